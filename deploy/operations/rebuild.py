"""`replay`: fold a service's journal into a new database while the old one serves, compare, and hand over."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import httpx
import orjson

from deploy.operations.apart import WHOLE, Share, apart
from deploy.operations.installation import Installation
from deploy.operations.reach import Reach, service_of
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.ids import random_id
from shared.kafka.partition import shard_of
from shared.kafka.reader import Lying, Span, partitions
from shared.mongo.store import MongoStore
from shared.runtime.aggregate import Codec
from shared.runtime.differences import differences
from shared.runtime.ports import Store
from shared.runtime.replay import Counts, Gap, JournalLine, NotAJournal, Replay

POSITIONS: Final = "replay_positions"
BATCH: Final = 2000
EVERY: Final = 50_000
"""After so many lines everything is durable: at most so much is folded again by whoever goes on."""

HELD: Final = 4000
"""So many people at once are in memory; of one partition at a time."""

FEW: Final = 200
"""A round that found no more than so many new lines has caught up."""

ROUNDS: Final = 10
LOOKS: Final = 8
"""How often both databases are compared before what differs counts: the old one goes on meanwhile."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a replay folded, and how many records of the journal that took."""

    counts: Counts = field(default_factory=Counts)
    records: int = 0


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
        share: Share = WHOLE,
    ) -> None:
        self._reach = reach
        self._service = service_of(name)
        self._store = store
        self._replay = replay
        self._advance = advance
        self._after_batch = after_batch
        self._share = share
        self._at: dict[int, int] = {}
        self._apart = Done()
        self.records = 0
        self.seconds = 0.0

    @classmethod
    def of(cls, reach: Reach, name: str, into: str, advance: Advance, share: Share = WHOLE) -> "Rebuild":
        """The replay of a service into its database with this suffix, written when much was folded."""
        described, target = service_of(name), reach.store(name, into)
        folding = Replay(described, Codec(described, shard_of), target, reach.sealer(), held=HELD, every=EVERY)
        return cls(reach, name, target, folding, advance, share=share)

    @property
    def done(self) -> Done:
        """What was folded so far, here and by other processes."""
        apart = self._apart
        return Done(self._replay.counts.plus(apart.counts), self.records + apart.records)

    async def share_out(self, fold: Callable[[Share, Callable[[], None]], Done], processes: int) -> None:
        """Let so many processes fold a share each; raises what one of them raised. Little is left then."""
        began = time.monotonic()

        async def look() -> None:
            self._advance("Replaying", *await self.left())

        for done in await apart(fold, processes, look):
            self._apart = Done(self._apart.counts.plus(done.counts), self._apart.records + done.records)
        await self.begin()
        self.seconds += time.monotonic() - began

    async def begin(self) -> None:
        """Find how far an earlier run came, or other processes."""
        for found in await self._store.find(POSITIONS, {"_id": {"$gt": ""}}, [("_id", 1)], 1000):
            place = orjson.loads(found["at"]) if "at" in found else {found["_id"]: found["seq"]}
            for partition, at in place.items():
                self._at[int(partition)] = max(at, self._at.get(int(partition), 0))

    async def left(self) -> tuple[int, int]:
        """How many lines of this share were folded, by anybody, and how many there are."""
        span = await (await self._reach.reader()).span(self._service.journal_topic)
        mine = Span(*partitions(span, filter(self._share.has, span.ends)))
        await self.begin()
        at = {p: max(at, self._at.get(p, 0)) for p, at in mine.begins.items()}
        return Span(mine.begins, at).count, mine.count

    async def catch_up(self) -> None:
        """Fold what lies in the journal now, and then what came meanwhile, until that is little; make the indexes."""
        reader, topic = await self._reach.reader(), self._service.journal_topic
        for round_ in range(ROUNDS):
            began, before = time.monotonic(), self.records
            span = await reader.span(topic)
            begins, ends = partitions(span, filter(self._share.has, span.ends))
            begins = {p: max(at, self._at.get(p, 0)) for p, at in begins.items()}
            count = Span(begins, ends).count
            for partition in (p for p in sorted(ends) if ends[p] > begins[p]):
                place = {partition: begins[partition]}, {partition: ends[partition]}
                await self._fold(reader.read(topic, *place), partition, before + count)
            if not round_ and self._share == WHOLE:
                await self._store.prepare(self._service)  # indexes that are there from the start take a third longer
            self.seconds += time.monotonic() - began
            if self.records - before <= FEW:
                return

    async def _fold(self, pages: AsyncIterator[list[Lying]], partition: int, count: int) -> None:
        """One partition after the other: its people are all that is held."""
        lines: list[JournalLine] = []
        at = self._at.get(partition, 0)
        async for page in pages:
            lines += [JournalLine.of(lying.raw) for lying in page]
            at = page[-1].raw.offset + 1
            if len(lines) >= BATCH:
                await self._take(lines, partition, at)
                lines = []
                self._advance("Replaying", self.records, count)
        await self._take(lines, partition, at)
        await self._replay.write()
        await self._save(partition, at)

    async def _take(self, lines: list[JournalLine], partition: int, at: int) -> None:
        durable = await self._replay.take(lines)
        if self._after_batch is not None:
            await self._after_batch()
        self.records += len(lines)
        if durable:
            await self._save(partition, at)

    async def _save(self, partition: int, at: int) -> None:
        self._at[partition] = at
        await self._store.put({POSITIONS: [{"_id": str(partition), "seq": at}]})

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
    """What was asked for: into which database (by suffix), only to try it, to end it, or to drop such a database.

    `processes` fold beside each other.
    """

    into: str | None = None
    dry_run: bool = False
    finish: bool = False
    drop: bool = False
    processes: int = 1


async def replay(reach: Reach, advance: Advance, service: str, asked: Asked) -> Answer:
    """Replay a service; 1 when the outcome differs from what is live, or its journal has a gap."""
    (name,) = reach.names(service)
    into = _suffix(reach, name, asked)
    if asked.drop:
        whole = reach.whole(name, into)
        await whole.drop()
        return Answer({"service": name, "dropped": whole.name}, WELL, (f"{whole.name} is gone.",))
    if asked.finish and await answers(reach, name):
        said = f"{name} still serves: stop each of its processes first, then finish."
        return Answer({"service": name, "refused": "still_serves"}, WRONG, (said,))
    live = reach.store(name)
    rebuild = Rebuild.of(reach, name, into, advance)
    carried = 0
    try:
        await rebuild.begin()
        if asked.processes > 1:
            await rebuild.share_out(partial(_fold, reach.installation, name, into), asked.processes)
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
    counts, seconds = rebuild.done.counts, rebuild.seconds
    found = {
        "service": name,
        "database": reach.whole(name, into).name,
        "suffix": into,
        "dry_run": asked.dry_run,
        "folded": counts.folded,
        "repeated": counts.repeated,
        "erased": counts.erased,
        "seconds": round(seconds, 2),
        "per_second": round(rebuild.done.records / max(seconds, 0.001)),
        "carried_over": carried,
        "differences": differing,
    }
    return Answer(found, WRONG if differing else WELL, _lines(found, asked))


def _fold(installation: Installation, name: str, into: str, share: Share, go_on: Callable[[], None]) -> Done:
    """The share of one of several processes."""

    async def folded() -> Done:
        async with Reach(installation) as reach:
            rebuild = Rebuild.of(reach, name, into, lambda *_: go_on(), share)
            await rebuild.begin()
            await rebuild.catch_up()
            return rebuild.done

    return asyncio.run(folded())


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
