"""Time that stands still for processes whose clock is wall time plus what a file says."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from shared.clock import SystemClock, write_offset

EVERY_S: Final = 0.2
BEFORE: Final = timedelta(seconds=2)
"""So far before the given moment they stand: what is due by then was done, and a late hand does not bring more."""


@contextmanager
def still(clocks: Mapping[Path, timedelta], moment: datetime) -> Iterator[None]:
    """The clocks, each with its own jump, stand just before the moment until the block ends.

    They still run between two strokes of the hand, a thread of its own. Where they go on from is the caller's to say.
    """
    over = threading.Event()

    def hold() -> None:
        while True:
            offset = moment - BEFORE - SystemClock().now()
            for file, jump in clocks.items():
                write_offset(file, offset + jump)
            if over.wait(EVERY_S):
                return

    hand = threading.Thread(target=hold, name="still")
    hand.start()
    try:
        yield
    finally:
        over.set()
        hand.join()
