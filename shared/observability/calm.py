"""A filter that lets a noisy library say a few lines a minute and counts the rest (an outage brings 60 a second)."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

_WINDOW_S: Final = 60.0


@dataclass(slots=True)
class _Window:
    ends: float
    let_through: int = 0
    suppressed: int = 0


class Calm(logging.Filter):
    """At most `per_minute` records of each family of loggers; the first of the next minute carries `suppressed`.

    To be put on a handler, since a filter on a logger does not see the records of its children. Other loggers pass.
    """

    def __init__(
        self,
        families: Iterable[str],
        *,
        per_minute: int = 5,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._windows = {family: _Window(float("-inf")) for family in families}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record goes on."""
        window = self._windows.get(record.name.partition(".")[0])
        if window is None:
            return True
        now = self._monotonic()
        if now >= window.ends:
            record.suppressed = window.suppressed
            window.ends, window.let_through, window.suppressed = now + _WINDOW_S, 0, 0
        if window.let_through >= self._per_minute:
            window.suppressed += 1
            return False
        window.let_through += 1
        return True
