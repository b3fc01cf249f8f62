"""The brake: when so much dies at once that the code must be wrong and not the records, consuming stops.

A bad deploy would otherwise turn a whole topic into dead letters, each of which holds a person's plan back until a
human looks. Nothing is buried then: the batch comes again to other code, or after somebody said to go on.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

from shared.observability.metrics import Metrics
from shared.runtime.ports import Store

COLLECTION: Final = "stops"
ID: Final = "stop"
WINDOW: Final = 1000
DEAD: Final = 20
SHARE: Final = 0.05
PEOPLE: Final = 3

_log = structlog.get_logger(__name__)


class Stopped(Exception):
    """Nothing is consumed until another code version starts, or somebody resumes."""


class Brake:
    """Watches the last 1000 records of a service: 20 dead, above 5 %, of 3 people or more stop it.

    The stop is a document, so that a restart of the same code does not go on; newer code does, and `release` says so of
    the same. After a release what dies is buried, until the last 1000 records are within the limits again.
    """

    def __init__(self, store: Store, metrics: Metrics, version: str, wall: Callable[[], int]) -> None:
        self._store = store
        self._metrics = metrics
        self._version = version
        self._wall = wall
        self._window: deque[str | None] = deque(maxlen=WINDOW)
        self._asked = False
        self._stopped = False
        self._armed = True

    @property
    def stopped(self) -> bool:
        """Whether it holds now."""
        return self._stopped

    async def check(self) -> None:
        """Before a batch: raises `Stopped` while it holds, `DependencyDown` when that cannot be known."""
        if self._asked and not self._stopped:
            return
        document = await self._read()
        self._asked = True
        holds = document is not None and document["status"] == "stopped" and document["version"] == self._version
        if self._stopped and not holds:
            self._window.clear()
            self._armed = False
            _log.warning("brake.released")
        self._tell(holds)
        if holds:
            raise Stopped

    async def judge(self, records: int, dead: Sequence[str]) -> None:
        """After a fold and before anything is buried: `dead` names whose records died, of so many.

        Raises `Stopped` when that is too much; the batch then counts for nothing, since it comes again.
        """
        before = list(self._window)
        self._window.extend([None] * (records - len(dead)))
        self._window.extend(dead)
        over = _over(self._window)
        if not self._armed:
            self._armed = len(self._window) == WINDOW and not over
            return
        if not over:
            return
        self._window.clear()
        self._window.extend(before)
        await self._write("stopped", {"dead": len(dead), "records": records})
        self._tell(True)
        _log.error("brake.stopped", records=records)
        raise Stopped

    async def release(self) -> bool:
        """Let the same code go on; False when nothing was stopped. Every instance hears of it with its next batch."""
        document = await self._read()
        if document is None or document["status"] != "stopped":
            return False
        await self._write("released", {})
        return True

    async def _read(self) -> dict[str, Any] | None:
        found = await self._store.find(COLLECTION, {"_id": ID}, limit=1)
        return found[0] if found else None

    async def _write(self, status: str, more: dict[str, Any]) -> None:
        known = await self._read()
        document = {
            "_id": ID,
            "status": status,
            "version": self._version,
            "at": self._wall(),
            "seq": (known["seq"] if known else 0) + 1,
            **more,
        }
        await self._store.put({COLLECTION: [document]})

    def _tell(self, stopped: bool) -> None:
        self._stopped = stopped
        self._metrics.consumer_stopped().set(int(stopped))


def _over(window: Sequence[str | None] | deque[str | None]) -> bool:
    dead = [key for key in window if key is not None]
    return len(dead) >= DEAD and len(dead) > SHARE * len(window) and len(set(dead)) >= PEOPLE
