"""What time does by itself: sweep outboxes that wait too long, clear rested ones, and run the ticks that are due."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

import structlog

from shared.clock import Clock, from_ms, to_ms
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate, Codec, Document, NewerSchema
from shared.runtime.forward import Forwarder
from shared.runtime.incoming import Incoming, Kind, Verdict
from shared.runtime.letters import Letters, dead_of
from shared.runtime.mechanism import Done, Mechanism
from shared.runtime.messages import Message, Tick
from shared.runtime.ownership import Ownership
from shared.runtime.ports import DependencyDown, Store

PAGE = 500
COUNT_LETTERS_S = 5.0
MOST_LETTERS = 1000
OUTBOX = "outbox:"
"""How the letter of an outbox that was set aside is named: this and the key."""

_log = structlog.get_logger(__name__)


class Timers:
    """Sweeper, clearer and ticker of the shards this process owns."""

    def __init__(
        self,
        codec: Codec,
        store: Store,
        mechanism: Mechanism,
        forwarder: Forwarder,
        letters: Letters,
        ownership: Ownership,
        clock: Clock,
        metrics: Metrics,
        *,
        wall: Callable[[], int],
        forward: Callable[[Done], Awaitable[None]],
        sweep_after_ms: int = 5000,
    ) -> None:
        self._codec = codec
        self._store = store
        self._mechanism = mechanism
        self._forwarder = forwarder
        self._letters = letters
        self._ownership = ownership
        self._clock = clock
        self._metrics = metrics
        self._wall = wall
        self._forward = forward
        self._sweep_after_ms = sweep_after_ms
        self._after = 0
        self._overdue = asyncio.Event()
        self._looked: tuple[list[int], int, int] = ([], 0, 0)

    async def sweep(self, *, after_ms: int | None = None) -> int:
        """Forward one page of outboxes that wait too long, oldest first. Raises `DependencyDown`.

        Returns how many were forwarded; 0 when Kafka did not take them all, so that nobody asks again at once. The page
        after a full one goes on behind it: outboxes that cannot leave starve nobody.
        """
        shards = self._ownership.shards()
        if not shards:
            return 0
        limit = self._wall() - (self._sweep_after_ms if after_ms is None else after_ms)
        documents = await self._store.pending(limit, shards, PAGE, self._after)
        last = max((d["pending"] for d in documents), default=0)
        self._after = (last if last > self._after else last + 1) if len(documents) == PAGE else 0
        delivered = not documents or await self._forwarder.submit(self._readable(documents))
        return len(documents) if delivered else 0

    async def look(self) -> int:
        """Tell how old the oldest outbox is that waits too long, and have the sweeper come. Raises `DependencyDown`.

        Apart from the sweep, which does not come back for a while when Kafka takes nothing; returns 0.
        """
        shards, now = self._ownership.shards(), self._wall()
        waiting = await self._store.pending(now, shards, 1) if shards else []
        oldest = min((d["pending"] for d in waiting), default=now)
        late = now - oldest >= self._sweep_after_ms
        self._metrics.outbox_oldest().set((now - oldest) / 1000 if late else 0)
        if late:
            self._overdue.set()
        self._looked = (shards, now, oldest + self._sweep_after_ms)
        return 0

    async def tick(self) -> int:
        """Run one page of due ticks of shards that are caught up; returns how many. Raises `DependencyDown`."""
        shards = self._ownership.caught_up()
        if not shards:
            return 0
        now = self._clock.now()
        documents = await self._store.due(to_ms(now), shards, PAGE)
        batch = [self._tick(aggregate) for aggregate in self._readable(documents)]
        if not batch:
            return 0
        done = await self._mechanism.process(batch)
        await self._letters.bury(dead_of(batch, done.outcomes))
        for incoming, outcome in zip(batch, done.outcomes, strict=True):
            self._metrics.ticks("handled" if outcome.verdict is Verdict.APPLIED else outcome.verdict.value).inc()
            self._metrics.tick_delay().observe(max(0.0, (now - incoming.message.data.due).total_seconds()))
        await self._forward(done)
        return len(documents)

    async def run(self, every_s: float) -> None:
        """Do all of it until cancelled; a dependency that is down is simply asked again."""
        jobs = (
            (self.tick, every_s),
            (self._look_in_time, every_s),
            (self._sweep_when_told, every_s),
            (self._clear, every_s / 2),
            (self._count_letters, COUNT_LETTERS_S),
        )
        await asyncio.gather(*(self._repeat(job, pause) for job, pause in jobs))

    async def _repeat(self, job: Callable[[], Awaitable[int]], every_s: float) -> None:
        while True:
            started = time.monotonic()
            try:
                full = await job() >= PAGE
            except DependencyDown:
                full = False
            except Exception as error:
                _log.error("timers.failed", error=type(error).__name__, exc_info=True)
                full = False
            if not full:
                await asyncio.sleep(max(0.01, every_s - (time.monotonic() - started)))

    async def _look_in_time(self) -> int:
        """Look, unless the latest look told that nothing can wait too long by now.

        What it did not find was written after it, and what it found is no older than the oldest: so one look is enough
        until that has waited too long. It says nothing of other shards, nor under a clock that went back.
        """
        shards, at, until = self._looked
        if at <= self._wall() < until and shards == self._ownership.shards():
            return 0
        return await self.look()

    async def _sweep_when_told(self) -> int:
        """Sweep once a look found something that waits too long; behind a full page at once."""
        if not self._after:
            await self._overdue.wait()
        self._overdue.clear()
        return await self.sweep()

    async def _clear(self) -> int:
        await self._forwarder.clear()
        return 0

    async def _count_letters(self) -> int:
        letters = await self._letters.list("open", MOST_LETTERS)
        self._metrics.dead_letters_open().set(len(letters))
        self._metrics.outbox_quarantined().set(sum(letter["_id"].startswith(OUTBOX) for letter in letters))
        return 0

    def _tick(self, aggregate: Aggregate) -> Incoming:
        """The tick of a due aggregate; it is named by its moment, however often a failing one was put off."""
        moment = self._mechanism.service.due(aggregate.state) or from_ms(aggregate.due or 0)
        id = f"tick:{aggregate.key}:{to_ms(moment)}"
        return Incoming(
            Kind.TICK, id, Message(Tick(moment), aggregate.key, aggregate.tenant, id, moment, self._clock.now())
        )

    def _readable(self, documents: Iterable[Document]) -> list[Aggregate]:
        """Those that this version of the code may touch."""
        readable = []
        for document in documents:
            try:
                readable.append(self._codec.decode(document))
            except NewerSchema:
                _log.warning("timers.newer_schema")
        return readable
