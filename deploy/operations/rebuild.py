"""`replay`: fold a service's journal into a new database while the old one serves, compare, and hand over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import orjson

from deploy.operations.reach import Reach, service_of
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.ids import random_id
from shared.kafka.partition import shard_of
from shared.kafka.reader import Span
from shared.mongo.store import MongoStore
from shared.runtime.aggregate import Codec
from shared.runtime.differences import differences
from shared.runtime.ports import Store
from shared.runtime.replay import Gap, JournalLine, NotAJournal, Replay

POSITIONS: Final = "replay_positions"
BATCH: Final = 2000
FEW: Final = 200
"""A round that found no more than so many new lines has caught up."""

ROUNDS: Final = 10
LOOKS: Final = 8
"""How often both databases are compared before what differs counts: the old one goes on meanwhile."""


class Rebuild:
    """One service's replay into a database of its own; a second one into the same goes on where the first ended."""

    def __init__(
        self,
        reach: Reach,
        name: str,
        store: MongoStore,
        replay: Replay,
        advance: Advance,
        after_batch: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._reach = reach
        self._service = service_of(name)
        self._store = store
        self._replay = replay
        self._advance = advance
        self._after_batch = after_batch
        self._at: dict[int, int] = {}
        self._saved = 0
        self.records = 0
        self.seconds = 0.0

    async def begin(self) -> None:
        """Make the indexes, and find how far an earlier run came."""
        await self._store.prepare(self._service)
        found = await self._store.find(POSITIONS, {"_id": POSITIONS}, limit=1)
        if found:
            self._saved = found[0]["seq"]
            self._at = {int(partition): at for partition, at in orjson.loads(found[0]["at"]).items()}

    async def catch_up(self) -> None:
        """Fold what lies in the journal now, and then what came meanwhile, until that is little."""
        reader, topic = await self._reach.reader(), self._service.journal_topic
        for _ in range(ROUNDS):
            began, before = time.monotonic(), self.records
            span = await reader.span(topic)
            begins = {p: max(at, self._at.get(p, 0)) for p, at in span.begins.items()}
            await self._fold(reader.read(topic, begins, span.ends), Span(begins, span.ends).count)
            self.seconds += time.monotonic() - began
            if self.records - before <= FEW:
                return

    async def _fold(self, pages: Any, count: int) -> None:
        lines: list[JournalLine] = []
        at, done = dict(self._at), 0
        async for page in pages:
            for lying in page:
                lines.append(JournalLine.of(lying.raw))
                at[lying.raw.partition] = lying.raw.offset + 1
            if len(lines) >= BATCH:
                done += await self._take(lines, at)
                lines = []
                self._advance("Replaying", done, count)
        if lines:
            await self._take(lines, at)

    async def _take(self, lines: list[JournalLine], at: dict[int, int]) -> int:
        await self._replay.take(lines)
        if self._after_batch is not None:
            await self._after_batch()
        self._at, self._saved = dict(at), self._saved + 1
        text = orjson.dumps(at, option=orjson.OPT_NON_STR_KEYS).decode()
        await self._store.put({POSITIONS: [{"_id": POSITIONS, "seq": self._saved, "at": text}]})
        self.records += len(lines)
        return len(lines)

    async def differences(self, live: Store) -> list[str]:
        """What differs from the old database, which goes on: only what differs look after look."""
        found: list[str] = []
        for look in range(LOOKS):
            await self.catch_up()
            await self._replay.finish(live)
            found = await differences(self._service, live, self._store)
            if not found:
                break
            self._advance("Comparing", look, LOOKS)
            await asyncio.sleep(1.0)
        return found

    async def hand_over(self, live: Store) -> tuple[int, list[str]]:
        """After the service was stopped: take over the rest and what waits in outboxes; what differs then is wrong."""
        await self.catch_up()
        carried = await self._replay.carry_over(live)
        await self._replay.finish(live)
        return carried, await differences(self._service, live, self._store)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: into which database (by suffix), only to try it, to end it, or to drop such a database."""

    into: str | None = None
    dry_run: bool = False
    finish: bool = False
    drop: bool = False


async def replay(reach: Reach, advance: Advance, service: str, asked: Asked) -> Answer:
    """Replay a service; 1 when the outcome differs from what is live, or its journal has a gap."""
    (name,) = reach.names(service)
    into = _suffix(reach, name, asked)
    if asked.drop:
        whole = reach.whole(name, into)
        await whole.drop()
        return Answer({"service": name, "dropped": whole.name}, WELL, (f"{whole.name} is gone.",))
    described = service_of(name)
    if asked.finish and await answers(reach, name):
        said = f"{name} still serves: stop each of its processes first, then finish."
        return Answer({"service": name, "refused": "still_serves"}, WRONG, (said,))
    target, live = reach.store(name, into), reach.store(name)
    folding = Replay(described, Codec(described, shard_of), target, reach.sealer())
    rebuild = Rebuild(reach, name, target, folding, advance)
    carried = 0
    try:
        await rebuild.begin()
        await rebuild.catch_up()
        if asked.finish:
            carried, differing = await rebuild.hand_over(live)
        else:
            differing = await rebuild.differences(live)
    except (Gap, NotAJournal) as error:
        return Answer({"service": name, "refused": str(error)}, WRONG, (f"The journal cannot be folded: {error}.",))
    finally:
        if asked.dry_run:
            await reach.whole(name, into).drop()
    counts, rate = folding.counts, round(rebuild.records / max(rebuild.seconds, 0.001))
    found = {
        "service": name,
        "database": reach.whole(name, into).name,
        "suffix": into,
        "dry_run": asked.dry_run,
        "folded": counts.folded,
        "repeated": counts.repeated,
        "erased": counts.erased,
        "seconds": round(rebuild.seconds, 2),
        "per_second": rate,
        "carried_over": carried,
        "differences": differing,
    }
    return Answer(found, WRONG if differing else WELL, _lines(found, asked))


def _suffix(reach: Reach, name: str, asked: Asked) -> str:
    if asked.dry_run and (asked.finish or asked.drop or asked.into is not None):
        raise WrongQuestion("A dry run has a database of its own, which is dropped: it neither finishes nor stays.")
    if asked.dry_run:
        return f"dry-{random_id()[:8]}"
    if (asked.finish or asked.drop) and asked.into is None:
        raise WrongQuestion("Say which database is meant: --into SUFFIX.")
    if asked.finish and asked.drop:
        raise WrongQuestion("Finish it or drop it.")
    into = f"r{datetime.now(UTC):%Y%m%d%H%M%S}" if asked.into is None else asked.into
    if into == (reach.installation.place(name).database_suffix or ""):
        raise WrongQuestion(f"{name} runs on this database already.")
    return into


async def answers(reach: Reach, name: str) -> bool:
    """Whether any process of the service is there."""
    for address in reach.installation.place(name).http:
        try:
            await reach.http.get(f"{address}/livez")
        except httpx.TransportError:
            continue
        return True
    return False


def _lines(found: dict[str, Any], asked: Asked) -> list[str]:
    lines = [
        f"Folded {found['folded']} journal lines into {found['database']} in {found['seconds']} s "
        f"({found['per_second']} a second); {found['repeated']} were there twice, {found['erased']} nobody can read."
    ]
    if found["differences"]:
        return [*lines, "It differs from the live database at:", *found["differences"]]
    lines.append("It equals the live database in states, seqs and records.")
    if asked.dry_run:
        return [*lines, "The database was dropped again."]
    if not asked.finish:
        return [*lines, f"Stop {found['service']}, then: replay {found['service']} --into {found['suffix']} --finish"]
    carried = f"{found['carried_over']} lines of outboxes were carried over."
    return [*lines, carried, f"Start {found['service']} with PACEWELL_DATABASE_SUFFIX={found['suffix']}"]
