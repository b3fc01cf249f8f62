"""Taking an answer: stored where that can be done in half a second, else put to the disk; the person is told anyway."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

import orjson
import structlog

from services.safety.domain.commands import OWN, AnswerRedFlags
from services.safety.domain.model import SafetyState
from services.safety.spool import Entry, Spool
from services.safety.views import Recorded
from shared.observability.logs import failure
from shared.runtime.messages import Actor, Answer, Refused
from shared.runtime.runtime import Runtime
from shared.web.problems import refused

STORE_S: Final = 0.5
"""The database may take so long; an answer to a red flag is never kept back longer for its sake (9.2: within 1 s)."""

SPOOL_S: Final = 0.3
"""And the disk so long after that."""

AGAIN_S: Final = 1.0
"""Nobody waits for the database again for so long after it could not be had."""

AWAY: Final = "unavailable"
"""The code with which the runtime says that the database is away; another 503 is about this person alone."""

_LOCALES: Final = 20_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """Where an answer is now; `suspended` and `locale` are None where the database could not be asked."""

    recorded: Recorded
    suspended: bool | None
    locale: str | None


class Desk:
    """Takes answers. An answer of a person whose earlier one waits on the disk waits behind it."""

    def __init__(
        self,
        runtime: Runtime,
        spool: Spool,
        *,
        store_s: float = STORE_S,
        spool_s: float = SPOOL_S,
        again_s: float = AGAIN_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._spool = spool
        self._store_s = store_s
        self._spool_s = spool_s
        self._again_s = again_s
        self._monotonic = monotonic
        self._away_until = float("-inf")
        self._locales: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._writes: set[asyncio.Task[None]] = set()
        for recorded in get_args(Recorded):  # shown as zero, or nobody could see the first one come
            runtime.metrics.safety_answers(recorded)

    async def take(self, entry: Entry) -> Taken:
        """Keep an answer, one way or the other, in less than a second.

        `Refused` 409 for an id that was used for another answer, 404 for staff where the person is not of their tenant;
        a person's own answer is never refused for anything else.
        """
        taken = await self._kept(entry)
        self._runtime.metrics.safety_answers(taken.recorded).inc()
        return taken

    async def locale(self, tenant: str, key: str, *, own: bool) -> str | None:
        """The person's locale, as last heard of where the database cannot be asked; None where it never was.

        `Refused` 404 for staff (`own` is false) where the person is known not to be of their tenant.
        """
        if self._away:
            return self._locales.get((tenant, key))
        try:
            async with asyncio.timeout(self._store_s):
                state: SafetyState | None = await self._runtime.state(key, tenant)
        except (TimeoutError, Refused):
            self._went_away()
            return self._locales.get((tenant, key))
        enrolment = state.enrolment if state else None
        if enrolment is None and not own:
            raise refused(404)
        return self._remembered(tenant, key, enrolment.locale if enrolment else None)

    @property
    def _away(self) -> bool:
        return self._monotonic() < self._away_until

    def _went_away(self) -> None:
        self._away_until = self._monotonic() + self._again_s

    async def _kept(self, entry: Entry) -> Taken:
        waiting = self._spool.same(entry)
        if waiting is not None:
            if not waiting:
                raise Refused(409, "id_used_for_other_content", "This id was used before for something else.", "/id")
            return self._later(entry, "spooled")
        if not self._away and not self._spool.waits(entry.tenant, entry.key):
            try:
                async with asyncio.timeout(self._store_s):
                    answer = await store(self._runtime, entry)
            except TimeoutError:
                self._went_away()
                _log.warning("answer.not_stored_in_time")
            except Refused as refusal:
                if refusal.status == 404 and entry.role in OWN:
                    _log.error("answer.refused", code=refusal.code)
                    return self._later(entry, "not_recorded")
                if refusal.status != 503:
                    raise
                if refusal.code == AWAY:
                    self._went_away()
                _log.warning("answer.not_stored", code=refusal.code)
            except Exception as error:  # whatever went wrong: the person is told what to do, and the answer is kept
                _log.error("answer.failed", **failure(error))
            else:
                body = answer.body
                locale = self._remembered(entry.tenant, entry.key, body["locale"])
                return Taken("stored", bool(body["suspended"]), locale)
        return self._later(entry, await self._spooled(entry))

    async def _spooled(self, entry: Entry) -> Recorded:
        """Put it to the disk; a write that takes too long goes on, and what it leaves is stored all the same."""
        write = asyncio.create_task(self._spool.append(entry))
        self._writes.add(write)
        write.add_done_callback(self._written)
        done, _ = await asyncio.wait({write}, timeout=self._spool_s)
        if not done:
            _log.error("spool.slow")
            return "not_recorded"
        return "not_recorded" if write.exception() else "spooled"

    def _written(self, write: asyncio.Task[None]) -> None:
        self._writes.discard(write)
        self._runtime.metrics.safety_spool_waiting().set(len(self._spool))
        if not write.cancelled() and (error := write.exception()) is not None:
            _log.error("spool.failed", **failure(error))

    def _later(self, entry: Entry, recorded: Recorded) -> Taken:
        """What is known without the database: a yes that was kept suspends as soon as it is stored."""
        suspended = True if entry.yes and recorded == "spooled" else None
        return Taken(recorded, suspended, self._locales.get((entry.tenant, entry.key)))

    def _remembered(self, tenant: str, key: str, locale: str | None) -> str | None:
        if locale is not None:
            self._locales[tenant, key] = locale
            self._locales.move_to_end((tenant, key))
            while len(self._locales) > _LOCALES:
                self._locales.popitem(last=False)
        return locale


async def store(runtime: Runtime, entry: Entry) -> Answer:
    """Carry out an answer, now or from the disk: the same id takes effect once. Raises what `Runtime.execute` does.

    What makes two answers the same is what was said, not when it was heard.
    """
    command = AnswerRedFlags(entry.id, entry.context, entry.yes, datetime.fromisoformat(entry.answered_at))
    return await runtime.execute(
        key=entry.key,
        tenant=entry.tenant,
        command=command,
        command_id=entry.id,
        actor=Actor(entry.role, entry.subject),
        source=entry.source,
        content=orjson.dumps([entry.context, entry.yes]),
    )
