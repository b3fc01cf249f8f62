"""Serve MongoDB's wire protocol over SQLite files: `python -m deploy.local.engine_server FOLDER PORT`.

The package's own command writes process id files and logs what it is asked; this one does neither, and finds ranges of
ids by their index.
"""

import logging
import os
import signal
import sys
from pathlib import Path

from nx_27017.handler import NeoSQLiteHandler  # type: ignore[import-untyped]
from nx_27017.server import run_server_threaded  # type: ignore[import-untyped]

from deploy.local.engine_ranges import teach
from deploy.local.ports import LOOPBACK


def main() -> None:
    """Serve until SIGTERM; one file for each database, made when it is first used."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    teach()
    # What was acknowledged is in the file already, as it must be for a kill; nothing is left to do.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    run_server_threaded(LOOPBACK, port, NeoSQLiteHandler(data_dir=str(folder)), use_threading=False)


if __name__ == "__main__":
    main()
