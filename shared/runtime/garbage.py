"""The garbage collector of a process that remembers many people."""

import gc
from typing import Final

THRESHOLDS: Final = (20_000, 10, 10)


def collect_rarely() -> None:
    """Look for cycles after 20 000 new objects, not 700, and never again among those that are there now.

    Decisions are made of many small objects that reference counting frees; with Python's own thresholds a third of the
    runtime's time goes into walking over the cached aggregates. Called once, when a process is wired.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
