"""Storing the answers that wait on the disk, as soon as the database is back."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog

from services.safety.desk import AWAY, store
from services.safety.spool import Entry, Name, Spool, Unreadable
from shared.observability.logs import failure
from shared.runtime.messages import Refused
from shared.runtime.runtime import Runtime

PAUSE_S: Final = 1.0
"""How long after a failed round the next one begins."""

STORE_S: Final = 10.0
AGAIN_S: Final = 5.0
"""An answer that only its own person keeps from being stored (their outbox is full) is tried again after so long."""

UNKNOWN_FOR_S: Final = 3600.0
"""Staff may answer for a person whose enrolment comes only after the outage: so long it is waited for."""

_log = structlog.get_logger(__name__)


class Replay:
    """Stores what waits: the oldest answer of each person first, several people at a time, the next when it is done.

    An answer leaves the disk only after it was stored. One that can never be stored is set aside, counted and logged.
    """

    def __init__(
        self,
        runtime: Runtime,
        spool: Spool,
        *,
        store_s: float = STORE_S,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._runtime = runtime
        self._spool = spool
        self._store_s = store_s
        self._monotonic = monotonic
        self._wall = wall

    async def run(self) -> None:
        """Go on for as long as the process runs; no failure ends it."""
        while True:
            try:
                whole = await self.round()
                self._runtime.metrics.safety_spool_refused().set(await self._spool.aside())
            except Exception as error:
                _log.error("spool.round_failed", **failure(error))
                whole = False
            await (self._spool.changed(PAUSE_S) if whole else asyncio.sleep(PAUSE_S))

    async def round(self) -> bool:
        """Everything that waits, as far as it goes; False when the database refused or another try makes sense."""
        whole = True
        while heads := self._spool.heads(self._monotonic()):
            done = await asyncio.gather(*(self._one(name) for name in heads))
            self._runtime.metrics.safety_spool_waiting().set(len(self._spool))
            if not all(done):
                whole = False
                break
        self._runtime.metrics.safety_spool_waiting().set(len(self._spool))
        return whole

    async def _one(self, name: Name) -> bool:
        """Store one answer; False where the database was not to be had, so that the round ends."""
        try:
            entry = await self._spool.read(name)
        except Unreadable as error:
            await self._aside(name, type(error).__name__)
            return True
        try:
            async with asyncio.timeout(self._store_s):
                await store(self._runtime, entry)
        except TimeoutError:
            return False
        except Refused as refusal:
            if refusal.code == AWAY:
                return False
            if refusal.status == 503 or (refusal.status == 404 and self._young(entry)):
                self._spool.later(name, self._monotonic() + AGAIN_S)
            else:
                await self._aside(name, refusal.code)
        except Exception as error:
            _log.error("spool.entry_failed", **failure(error))
            await self._aside(name, type(error).__name__)
        else:
            await self._spool.remove(name)
        return True

    def _young(self, entry: Entry) -> bool:
        return self._wall() - entry.spooled_at_ms / 1000 < UNKNOWN_FOR_S

    async def _aside(self, name: Name, code: str) -> None:
        _log.error("spool.set_aside", code=code)
        self._runtime.metrics.safety_spool_set_aside().inc()
        await self._spool.set_aside(name)
