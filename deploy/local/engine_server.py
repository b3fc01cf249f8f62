"""Serve MongoDB's wire protocol over SQLite files: `python -m deploy.local.engine_server FOLDER PORT`.

The package's own command writes process id files and logs what it is asked; this one does neither. It finds ranges of
ids by their index, and does without what the package spends on threads, transactions and copies (decision 0026).
"""

import gc
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop
from nx_27017.handler import NeoSQLiteHandler  # type: ignore[import-untyped]

from deploy.local import engine_ranges, engine_writes
from deploy.local.engine_serving import serve
from deploy.local.ports import LOOPBACK

NEW_OBJECTS = 20_000
"""After so many the engine looks for garbage cycles; documents are none."""


def main() -> None:
    """Serve until SIGTERM; one file for each database, made when it is first used."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    engine_ranges.teach()
    engine_writes.teach()
    gc.set_threshold(NEW_OBJECTS, 20, 100)
    # What was acknowledged is in the file already, as it must be for a kill; nothing is left to do.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    uvloop.run(serve(LOOPBACK, port, NeoSQLiteHandler(data_dir=str(folder))))


if __name__ == "__main__":
    main()
