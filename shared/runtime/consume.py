"""Consume: take a batch from Kafka through decode, fold, fence and forward, and say which offsets may be committed."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from shared.clock import Clock, from_ms
from shared.contracts.catalog import BY_MODEL
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate
from shared.runtime.brake import Brake
from shared.runtime.cache import Cache
from shared.runtime.incoming import Incoming, Kind, Verdict
from shared.runtime.letters import Letters, dead_of
from shared.runtime.mechanism import Done, Mechanism
from shared.runtime.messages import Message, Service, To
from shared.runtime.ports import DependencyDown
from shared.runtime.wire import NotWanted, Raw, Undecodable, decode

DECODE_SLICE = 100

_log = structlog.get_logger(__name__)


class Consumer:
    """Handles batches of records for one service; knows nothing of the client that fetched them."""

    def __init__(
        self,
        service: Service,
        mechanism: Mechanism,
        letters: Letters,
        brake: Brake,
        cache: Cache,
        clock: Clock,
        metrics: Metrics,
        *,
        forward: Callable[[Sequence[Aggregate]], Awaitable[bool]],
    ) -> None:
        self._service = service
        self._wanted = frozenset(service.transitions)
        self._mechanism = mechanism
        self._letters = letters
        self._brake = brake
        self._cache = cache
        self._clock = clock
        self._metrics = metrics
        self._forward = forward

    async def handle(self, records: Sequence[Raw]) -> None:
        """Make a batch durable and forward it; on return all its offsets may be committed.

        Raises `DependencyDown` and `Stopped`: nothing may be committed, and the whole batch must be handled again.
        """
        await self._brake.check()
        started = time.perf_counter()
        batch: list[Incoming] = []
        undecodable: list[tuple[Incoming | Raw, Exception]] = []
        for number, raw in enumerate(records):
            if number % DECODE_SLICE == DECODE_SLICE - 1:
                await asyncio.sleep(0)
            self._decode(raw, batch, undecodable)
        dead, count = undecodable, len(records)
        while True:
            done, rounds = await self._process(batch) if batch else (Done(), [])
            dead += dead_of(batch, done.outcomes)
            await self._brake.judge(count, [_whose(what) for what, _ in dead])
            await self._letters.bury(dead)
            self._count(batch, done)
            await asyncio.gather(*rounds)
            batch, dead, count = _waiting(batch, done), [], 0
            if not batch:
                break
        self._metrics.batch_records().observe(len(records))
        self._metrics.batch_duration().observe(time.perf_counter() - started)

    async def _process(self, batch: list[Incoming]) -> tuple[Done, list[Awaitable[bool]]]:
        """Make it durable; what is, is forwarded already while the next people are folded."""
        rounds: list[Awaitable[bool]] = []
        done = await self._mechanism.process(batch, self._cache, lambda chunk: rounds.append(self._forward(chunk)))
        return done, rounds

    def _decode(self, raw: Raw, batch: list[Incoming], dead: list[tuple[Incoming | Raw, Exception]]) -> None:
        """Turn one record into a message, a skip, or a dead letter with its hole; never raises."""
        try:
            message = decode(raw, self._wanted)
            batch.append(incoming_event(self._service, message, raw))
        except NotWanted as skipped:
            self._metrics.consumer_records(skipped.event_type, "skipped").inc()
        except Exception as error:
            self._metrics.consumer_records("undecodable", "dead").inc()
            dead.append((raw, error))
            service = error.service if isinstance(error, Undecodable) else None
            seq = error.seq if isinstance(error, Undecodable) else None
            if raw.key:
                now = from_ms(0)
                hole = Message(None, raw.key.decode(errors="replace"), "", raw.id, now, now, service=service, seq=seq)
                batch.append(Incoming(Kind.HOLE, raw.id, hole, raw))

    def _count(self, batch: Sequence[Incoming], done: Done) -> None:
        now, ended = self._clock.now(), Counter[tuple[str, str]]()
        for incoming, outcome in zip(batch, done.outcomes, strict=True):
            if incoming.kind is Kind.HOLE or outcome.verdict is Verdict.WAITS:
                continue
            name = BY_MODEL[type(incoming.message.data)].type
            handled = outcome.verdict is Verdict.APPLIED
            ended[name, "handled" if handled else outcome.verdict.value] += 1
            if handled and name == "session.logged":
                delay = (now - incoming.message.recorded_at).total_seconds()
                self._metrics.log_to_decision().observe(max(0.0, delay))
        for (name, how), count in ended.items():
            self._metrics.consumer_records(name, how).inc(count)


def _whose(what: Incoming | Raw) -> str:
    """By what the dead are counted as people: the key, or the place of a record that has none."""
    if isinstance(what, Incoming):
        return what.message.key
    return what.key.decode(errors="replace") if what.key else what.id


def _waiting(batch: list[Incoming], done: Done) -> list[Incoming]:
    """What found an outbox full: its turn is now that this was forwarded, or else later, with the whole batch."""
    waiting = [i for i, outcome in zip(batch, done.outcomes, strict=True) if outcome.verdict is Verdict.WAITS]
    if batch and len(waiting) == len(batch):
        raise DependencyDown("outbox")
    return waiting


def incoming_event(service: Service, message: Message[object], raw: Raw, *, redrive: bool = False) -> Incoming:
    """An event on its way into the fold, sent on to another aggregate where the table says so ([7])."""
    handler = service.transitions[type(message.data)]
    if not isinstance(handler, To):
        return Incoming(Kind.EVENT, raw.id, message, raw, redrive=redrive)
    routed = replace(message, key=handler.key(message))
    return Incoming(Kind.ROUTED, raw.id, routed, raw, redrive=redrive)


async def pause(limit_s: float, attempt: int, jitter: Callable[[], float]) -> None:
    """Sleep before a failed dependency is asked again: longer each time, at most `limit_s`, with jitter."""
    await asyncio.sleep(min(limit_s, 0.1 * 2 ** min(attempt, 8)) * (0.5 + jitter() / 2))
