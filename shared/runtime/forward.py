"""Forward: put the records, publish the events, hand over the effects, and clear what was acknowledged, lazily."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import structlog

from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate, Document
from shared.runtime.incoming import COMMANDS
from shared.runtime.messages import Service
from shared.runtime.ports import Crash, CrashPoint, Delivery, DependencyDown, Publisher, Rejected, Store, survive
from shared.runtime.wire import Outgoing, outgoing_event, outgoing_journal

QUARANTINE_AFTER = 5

_log = structlog.get_logger(__name__)

Quarantine = Callable[[Aggregate], Awaitable[None]]


class Forwarder:
    """The one forwarder of a process. It works in rounds: one round at a time, an aggregate at most once in it ([5]).

    What it forwards is the whole outbox of a version known to be durable, oldest first, whoever wrote it; so the first
    time that any event is published, all before it have been.
    """

    def __init__(
        self,
        service: Service,
        store: Store,
        publisher: Publisher,
        metrics: Metrics,
        *,
        effects: Callable[[Iterable[Aggregate]], None],
        quarantine: Quarantine,
        wall: Callable[[], int],
        folding: Callable[[str], bool] = lambda _key: False,
        clear_after_ms: int = 1000,
        crash: Crash = survive,
    ) -> None:
        self._service = service
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._effects = effects
        self._quarantine = quarantine
        self._wall = wall
        self._folding = folding
        self._clear_after_ms = clear_after_ms
        self._crash = crash
        self._waiting: dict[str, Aggregate] = {}
        self._latest: dict[str, tuple[Aggregate, int]] = {}
        self._acked: dict[str, set[int]] = {}
        self._failures: dict[str, int] = {}
        self._clearing: dict[str, asyncio.Event] = {}
        self._round: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[bool] | None = None

    def acked(self, key: str) -> frozenset[int]:
        """Outbox lines of an aggregate that are done; the next fold leaves them out ([2])."""
        return frozenset(self._acked.get(key, ()))

    def submit(self, aggregates: Iterable[Aggregate]) -> asyncio.Future[bool]:
        """Queue durable aggregates for the next round; the future is done when that round has ended.

        It is True when all was acknowledged; what was not lies in the outbox and waits for the sweeper.
        """
        for aggregate in aggregates:
            known = self._waiting.get(aggregate.key)
            if aggregate.outbox and (known is None or known.v <= aggregate.v):
                self._waiting[aggregate.key] = aggregate
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._rounds())
        return asyncio.shield(self._ended)  # one who waits and is cancelled takes nobody along

    async def _rounds(self) -> None:
        while self._ended is not None:
            (batch, self._waiting), (ended, self._ended) = (self._waiting, {}), (self._ended, None)
            started, delivered = time.perf_counter(), False
            try:
                for key in await self.put_records(batch.values()):
                    await self._failed(batch.pop(key))
                delivered = await self._publish(batch)
                self._effects(batch.values())
            except DependencyDown:
                _log.warning("forward.waits")  # the outbox keeps it; the sweeper comes again
            except Exception as error:
                _log.error("forward.failed", exc_info=error)
            finally:
                self._metrics.forward_duration().observe(time.perf_counter() - started)
                if not ended.done():
                    ended.set_result(delivered)

    async def put_records(self, aggregates: Iterable[Aggregate], *, remember: bool = True) -> set[str]:
        """Put the records that wait in these outboxes, newest of each ([8]). Raises `DependencyDown`.

        Returns the keys of those aggregates that have a record which the store refuses for ever. What will not be
        cleared here, because another process forwards it, need not be remembered.
        """
        puts: dict[str, dict[str, Document]] = {}
        lines: list[tuple[str, int]] = []
        for aggregate in aggregates:
            acked = self._acked.get(aggregate.key, ())
            for line in aggregate.outbox:
                if line.kind == "r" and line.i not in acked:
                    body = line.body
                    puts.setdefault(body["c"], {})[body["id"]] = {"_id": body["id"], **body["d"]}
                    lines.append((aggregate.key, line.i))
        if not puts:
            return set()
        refused = await self._put({name: list(documents.values()) for name, documents in puts.items()})
        for name, documents in puts.items():
            self._metrics.records_put(name).inc(len(documents))
        for key, i in lines:
            if remember and key not in refused:
                self._acked.setdefault(key, set()).add(i)
        self._crash(CrashPoint.AFTER_RECORDS)
        return refused

    async def _put(self, puts: dict[str, list[Document]]) -> set[str]:
        """Put; what is rejected is halved until the culprit is alone, and that one's key is returned."""
        once = self._service.once | {COMMANDS}  # such a record is there already only where it was put before
        try:
            await self._store.lay({name: documents for name, documents in puts.items() if name in once})
            await self._store.put({name: documents for name, documents in puts.items() if name not in once})
        except Rejected:
            flat = [(name, document) for name, documents in puts.items() for document in documents]
            if len(flat) == 1:
                _log.error("forward.record_rejected", collection=flat[0][0])
                return {flat[0][1]["key"]}
            refused: set[str] = set()
            for part in (flat[: len(flat) // 2], flat[len(flat) // 2 :]):
                half: dict[str, list[Document]] = {}
                for name, document in part:
                    half.setdefault(name, []).append(document)
                refused |= await self._put(half)
            return refused
        return set()

    async def _publish(self, batch: dict[str, Aggregate]) -> bool:
        delivered = True
        records: list[Outgoing] = []
        journal = self._service.journal_topic
        for key, aggregate in batch.items():
            acked = self._acked.get(key, ())
            for line in aggregate.outbox:
                if line.i in acked:
                    continue
                if line.kind == "e":
                    records.append(outgoing_event(key, line))
                elif line.kind == "j":
                    records.append(outgoing_journal(journal, aggregate, line))
        if records:
            results = await self._publisher.publish(records)
            delivered = await self._settle(batch, records, results)
            self._crash(CrashPoint.AFTER_PUBLISH)
        now = self._wall()
        for key, aggregate in batch.items():
            if key in self._acked:
                done = self._acked[key] = self._acked[key] & {line.i for line in aggregate.outbox}
                for line in aggregate.outbox:  # cached copies remember it for a while
                    if line.i in done:
                        line.done()
                before, since = self._latest.get(key, (aggregate, now))
                # The sweeper's repetition is no news: what rests goes on resting, or it would never be cleared.
                self._latest[key] = (aggregate, since if before.v == aggregate.v else now)
        return delivered

    async def _settle(self, batch: dict[str, Aggregate], records: list[Outgoing], results: list[Delivery]) -> bool:
        """Note what was acknowledged; who was refused is tried alone, and set aside after five times ([6])."""
        self._note(records, results)
        undone = {
            record.key for record, delivery in zip(records, results, strict=True) if delivery is not Delivery.DONE
        }
        for key in batch.keys() - undone:
            self._failures.pop(key, None)
        refused: dict[str, list[Outgoing]] = {}
        for record, delivery in zip(records, results, strict=True):
            if delivery is Delivery.REFUSED:
                refused.setdefault(record.key, []).append(record)
        for key, mine in refused.items():
            alone = await self._publisher.publish(mine)
            self._note(mine, alone)
            if Delivery.REFUSED in alone:
                await self._failed(batch[key])
        return not undone

    async def _failed(self, aggregate: Aggregate) -> None:
        """An outbox failed alone; the fifth time it is set aside."""
        key = aggregate.key
        self._failures[key] = self._failures.get(key, 0) + 1
        if self._failures[key] >= QUARANTINE_AFTER:
            await self._quarantine(aggregate)
            self._failures.pop(key)

    def _note(self, records: list[Outgoing], results: list[Delivery]) -> None:
        journal, published = self._service.journal_topic, Counter[str]()
        for record, delivery in zip(records, results, strict=True):
            if delivery is Delivery.DONE:
                self._acked.setdefault(record.key, set()).add(record.line)
                published["journal" if record.topic == journal else "event"] += 1
        for kind, count in published.items():
            self._metrics.events_published(kind).inc(count)

    async def clear(self, *, everything: bool = False) -> None:
        """Clear outboxes that rested for a while, fenced by the version that was forwarded. Raises `DependencyDown`."""
        before = self._wall() - (0 if everything else self._clear_after_ms)
        rested = [
            key
            for key, (_, at) in self._latest.items()
            if at <= before
            and key not in self._waiting
            and key not in self._clearing
            and not self._folding(key)  # a fold leaves it out by itself
        ]
        cleared: list[tuple[str, int, str, int | None]] = []
        for key in rested:
            aggregate, _ = self._latest[key]
            acked = self._acked.get(key, set())
            left = [line for line in aggregate.outbox if line.i not in acked]
            text = b"\n".join(line.raw for line in left).decode()
            cleared.append((key, aggregate.v, text, aggregate.pending if left else None))
        if not cleared:
            return
        self._crash(CrashPoint.BEFORE_CLEAR)
        ended = asyncio.Event()
        self._clearing.update((key, ended) for key, *_ in cleared)
        try:
            self._note_cleared(cleared, await self._store.clear(cleared))
        finally:
            for key, *_ in cleared:
                del self._clearing[key]
            ended.set()
        self._crash(CrashPoint.AFTER_CLEAR)

    async def settled(self, keys: Iterable[str]) -> None:
        """Return when no clear of these aggregates is under way: a fold beside it would lose its fence."""
        for ended in {event for key in keys if (event := self._clearing.get(key)) is not None}:
            await ended.wait()

    def _note_cleared(self, cleared: list[tuple[str, int, str, int | None]], all_cleared: bool) -> None:
        for key, v, _, pending in cleared:
            aggregate, _ = self._latest[key]
            if aggregate.v != v:
                continue  # a newer version was forwarded meanwhile
            if all_cleared:  # whoever holds this copy need not read it again
                acked = self._acked.get(key, set())
                aggregate.outbox = tuple(line for line in aggregate.outbox if line.i not in acked)
                aggregate.v, aggregate.pending = v + 1, pending
            self.forget(key)

    def forget(self, key: str) -> None:
        """Drop what is remembered of an aggregate; sending something again is harmless."""
        self._latest.pop(key, None)
        self._acked.pop(key, None)
