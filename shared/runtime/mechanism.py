"""Fence: make a fold durable in one document per aggregate, and fold again whenever somebody else was faster."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from shared.clock import Clock
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate, Codec
from shared.runtime.cache import Cache
from shared.runtime.fold import Context, Fold, Folded
from shared.runtime.incoming import COMMANDS, Incoming, Kind, Outcome, Verdict
from shared.runtime.messages import Service
from shared.runtime.ports import Crash, CrashPoint, DependencyDown, Rejected, Store, survive
from shared.runtime.seals import Seals
from shared.sealing import Sealer

ATTEMPTS = 12
YIELD_EVERY = 100
CHUNK = 400


def wall_ms() -> int:
    """The machine's own time, epoch ms: for what waits, never for what is decided."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Done:
    """A batch that is durable: each message's outcome, and the aggregates it touched as they now are."""

    outcomes: list[Outcome] = field(default_factory=list)
    aggregates: list[Aggregate] = field(default_factory=list)


@dataclass(slots=True)
class _Turns:
    """The chunks of one batch are folded one at a time, in order; after a failure no further one begins."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    failed: Exception | None = None

    async def __aenter__(self) -> None:
        """Wait for the turn; raises what another chunk failed with."""
        await self.lock.acquire()
        if self.failed is not None:
            self.lock.release()
            raise self.failed

    async def __aexit__(self, *_: object) -> None:
        """Let the next one fold."""
        self.lock.release()


@dataclass(frozen=True, slots=True)
class _Work:
    """A batch on its way: its messages, what came of them, and whose turn it is to fold."""

    batch: Sequence[Incoming]
    done: Done
    turns: _Turns = field(default_factory=_Turns)


class Mechanism:
    """Loads, folds and fences batches of messages for one service."""

    def __init__(
        self,
        service: Service,
        codec: Codec,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        metrics: Metrics,
        *,
        acked: Callable[[str], frozenset[int]],
        settled: Callable[[Iterable[str]], Awaitable[None]] | None = None,
        wall: Callable[[], int] = wall_ms,
        crash: Crash = survive,
        chunk: int = CHUNK,
    ) -> None:
        self.service = service
        self.codec = codec
        self._fold = Fold(service, codec)
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._metrics = metrics
        self._acked = acked
        self._settled = settled
        self._wall = wall
        self._crash = crash
        self._chunk = chunk
        self._folding = Counter[str]()

    def is_folding(self, key: str) -> bool:
        """Whether a write of this aggregate is on its way; another one now would only make it lose its fence."""
        return self._folding[key] > 0

    async def process(
        self,
        batch: Sequence[Incoming],
        cache: Cache | None = None,
        fenced: Callable[[list[Aggregate]], object] | None = None,
    ) -> Done:
        """Fold a batch and make it durable; one chunk of people is folded while those before are written.

        `fenced` is told of each chunk's aggregates as soon as they are durable. Raises `DependencyDown`: some of it may
        have taken effect, and processing all of it again is harmless.
        """
        done = Done(outcomes=[Outcome(Verdict.DEAD) for _ in batch])
        work = _Work(batch, done)

        async def one(chunk: list[int]) -> None:
            touched: dict[str, Aggregate] = {}
            keys = {batch[place].message.key for place in chunk}
            self._folding.update(keys)
            try:
                await self._process(work, chunk, cache, touched)
            except Exception as error:
                work.turns.failed = error
                raise
            finally:
                self._folding -= Counter(keys)  # keeps those alone that others still write
            aggregates = list(touched.values())
            done.aggregates += aggregates
            if fenced is not None:
                fenced(aggregates)

        chunks = self._chunks(batch)
        if len(chunks) == 1:
            await one(chunks[0])
            return done
        ends = await asyncio.gather(*(one(chunk) for chunk in chunks), return_exceptions=True)
        for error in ends:  # only now, when nothing of the batch is under way any more
            if error is not None:
                raise error
        return done

    def _chunks(self, batch: Sequence[Incoming]) -> list[list[int]]:
        """The places of a batch by chunks of whole people, each in its order: no two touch the same aggregate."""
        if len(batch) <= self._chunk:
            return [list(range(len(batch)))]
        by_key: dict[str, list[int]] = {}
        for place, incoming in enumerate(batch):
            by_key.setdefault(incoming.message.key, []).append(place)
        chunks: list[list[int]] = []
        for places in by_key.values():
            if not chunks or len(chunks[-1]) >= self._chunk:
                chunks.append([])
            chunks[-1] += places
        return chunks

    async def _process(self, work: _Work, chunk: list[int], cache: Cache | None, touched: dict[str, Aggregate]) -> None:
        """One chunk, again and again until every document took effect or needed no change ([1])."""
        for attempt in range(ATTEMPTS):
            messages = [work.batch[i] for i in chunk]
            async with work.turns:
                if self._settled is not None:
                    await self._settled({m.message.key for m in messages})
                # Before the reads: a receipt that is put only now must still be found, in the outbox or as a record.
                acked = {m.message.key: self._acked(m.message.key) for m in messages}
                aggregates = await self._load(messages, cache if attempt == 0 else None)
                folded = await self._run(aggregates, messages, acked)
                if attempt == 0 and cache is not None:
                    stale = {key for key in aggregates if key not in folded.documents and cache.drop(key)}
                    if stale:  # [9]: a no-op judged on a cached copy is judged again on a fresh one
                        aggregates |= await self._load([m for m in messages if m.message.key in stale], None)
                        folded = await self._run(aggregates, messages, acked)
            for position, index in enumerate(chunk):
                work.done.outcomes[index] = folded.outcomes[position]
            self._crash(CrashPoint.BEFORE_FENCE)
            try:
                with self._metrics.fence_duration().time():
                    won = not folded.documents or await self._store.fence(list(folded.documents.values()))
            except Rejected as error:
                await self._halve(work, chunk, touched, error)
                return
            except DependencyDown:  # perhaps it took effect: the next fold will tell
                won = False
            if won:
                self._crash(CrashPoint.AFTER_FENCE)
                self._metrics.aggregates_written().inc(len(folded.documents))
                touched.update(folded.aggregates)
                if cache is not None:
                    cache.keep(folded.aggregates.values())
                return
            self._metrics.fence_conflicts().inc()
            if cache is not None:
                for key in folded.documents:
                    cache.drop(key)
            await asyncio.sleep(0.002 * attempt)
        raise DependencyDown("fence")

    async def _halve(self, work: _Work, chunk: list[int], touched: dict[str, Aggregate], error: Rejected) -> None:
        """A bulk that fails for no dependency is halved until the culprit is alone: a dead letter, and a hole."""
        keys = sorted({work.batch[i].message.key for i in chunk})
        half = set(keys[: len(keys) // 2])
        if half:
            parts = [
                [i for i in chunk if work.batch[i].message.key in half],
                [i for i in chunk if work.batch[i].message.key not in half],
            ]
        else:
            parts = [[i] for i in chunk]
        if len(parts) > 1:
            for part in parts:
                await self._process(work, part, None, touched)
            return
        culprit = work.batch[chunk[0]]
        if culprit.kind is Kind.HOLE:
            raise DependencyDown("document")
        work.done.outcomes[chunk[0]] = Outcome(Verdict.DEAD, error=error)
        if culprit.kind in (Kind.EVENT, Kind.ROUTED) and not culprit.redrive:
            seq = culprit.message.seq if culprit.kind is Kind.EVENT else None
            hole = Incoming(Kind.HOLE, culprit.id, replace(culprit.message, seq=seq))
            await self._process(_Work([hole], Done([Outcome(Verdict.DEAD)]), work.turns), [0], None, touched)

    async def _load(self, messages: Sequence[Incoming], cache: Cache | None) -> dict[str, Aggregate]:
        """The aggregates of a batch, as read or as cached, and new ones for people never heard of."""
        wanted = list(dict.fromkeys(m.message.key for m in messages))
        found: dict[str, Aggregate] = {}
        if cache is not None:
            found = {key: hit for key in wanted if (hit := cache.get(key)) is not None}
            self._metrics.cache("hit").inc(len(found))
            self._metrics.cache("miss").inc(len(wanted) - len(found))
        missing = [key for key in wanted if key not in found]
        if missing:
            for document in await self._store.load(missing):
                aggregate = self.codec.decode(document)
                found[aggregate.key] = aggregate
        return {key: found.get(key) or self.codec.new(key) for key in wanted}

    async def _run(
        self, aggregates: dict[str, Aggregate], messages: Sequence[Incoming], acked: dict[str, frozenset[int]]
    ) -> Folded:
        people = {(m.message.tenant, m.message.key) for m in messages if m.message.tenant}
        people |= {(a.tenant, a.key) for a in aggregates.values() if a.tenant}
        strangers = {
            (m.message.tenant, m.message.key)
            for m in messages
            if m.kind is Kind.COMMAND and not aggregates[m.message.key].v
        }
        seals = Seals(
            await self._sealer.load_people(people - strangers),
            await self._sealer.load_people(strangers, create=False),
        )
        ids = [f"{m.message.key}:{m.message.id}" for m in messages if m.kind is Kind.COMMAND]
        answers = await self._store.find(COMMANDS, {"_id": {"$in": ids}}, limit=len(ids)) if ids else []
        context = Context(
            now=self._clock.now(),
            wall_ms=self._wall(),
            seals=seals,
            answers={answer["_id"]: answer for answer in answers},
            acked=acked.__getitem__,
        )
        with self._metrics.fold_duration().time():
            folded = await self._in_slices(aggregates, messages, context)
        if not seals.missing:
            return folded
        await self._sealer.load_people(seals.missing)  # a command that is not refused made somebody known
        return await self._run(aggregates, messages, acked)

    async def _in_slices(
        self, aggregates: dict[str, Aggregate], messages: Sequence[Incoming], context: Context
    ) -> Folded:
        """Run the fold, letting the event loop breathe about every hundred messages; a person is never split."""
        if len(messages) <= YIELD_EVERY:
            return self._fold.run(aggregates, messages, context)
        by_key: dict[str, list[int]] = {}
        for position, incoming in enumerate(messages):
            by_key.setdefault(incoming.message.key, []).append(position)
        whole = Folded()
        slice_: list[int] = []
        keys = list(by_key)
        for number, key in enumerate(keys):
            slice_ += by_key[key]
            if len(slice_) >= YIELD_EVERY or number == len(keys) - 1:
                part = self._fold.run(aggregates, [messages[i] for i in slice_], context)
                whole.documents.update(part.documents)
                whole.aggregates.update(part.aggregates)
                whole.outcomes.update({slice_[i]: outcome for i, outcome in part.outcomes.items()})
                slice_ = []
                await asyncio.sleep(0)
        return whole
