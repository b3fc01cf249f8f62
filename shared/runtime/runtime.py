"""The runtime of one service process: every part of the mechanism, wired once, and what `http.py` may ask of it."""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog

from shared.clock import Clock
from shared.kafka.partition import shard_of
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate, Codec, Document
from shared.runtime.brake import Brake
from shared.runtime.cache import Cache
from shared.runtime.commands import Commands
from shared.runtime.consume import Consumer, incoming_event
from shared.runtime.effects import Effects
from shared.runtime.forward import Forwarder
from shared.runtime.incoming import Incoming, Kind, Verdict, fingerprint
from shared.runtime.letters import CODE_VERSION, Letters, dead_of, raw_of
from shared.runtime.mechanism import CHUNK, Done, Mechanism, wall_ms
from shared.runtime.messages import Actor, Answer, Message, Refused, Service, Tick
from shared.runtime.ownership import Ownership
from shared.runtime.ports import Channel, Crash, DependencyDown, Publisher, Store, survive
from shared.runtime.reads import LATER, Reads
from shared.runtime.timers import OUTBOX, Timers
from shared.runtime.wire import NotWanted, Undecodable, decode
from shared.sealing import Erased, Sealer

_log = structlog.get_logger(__name__)


class Runtime:
    """One service's mechanism. Parts are public where tests and operations reach for them.

    With `forwards=False` what a dead letter leads to waits in its outbox for the owner's sweeper (operations).
    """

    def __init__(
        self,
        service: Service,
        store: Store,
        publisher: Publisher,
        sealer: Sealer,
        clock: Clock,
        metrics: Metrics,
        ownership: Ownership,
        *,
        instance: str = "1",
        channels: Mapping[str, Channel] | None = None,
        wall: Callable[[], int] = wall_ms,
        crash: Crash = survive,
        sweep_after_ms: int = 5000,
        clear_after_ms: int = 1000,
        cache_bytes: int = 64 * 1024 * 1024,
        chunk: int = CHUNK,
        forwards: bool = True,
    ) -> None:
        self.service = service
        self.store = store
        self.sealer = sealer
        self.clock = clock
        self.metrics = metrics
        self.ownership = ownership
        self._forwards = forwards
        self._wall = wall
        self.codec = Codec(service, shard_of)
        self.letters = Letters(service.dead_letters_topic, store, publisher, metrics, wall, crash)
        self.cache = Cache(cache_bytes, ownership.owns)
        self.mechanism = Mechanism(
            service,
            self.codec,
            store,
            sealer,
            clock,
            metrics,
            acked=self._acked,
            settled=self._settled,
            wall=wall,
            crash=crash,
            chunk=chunk,
        )
        boot = f"{service.name}-{instance}/{uuid.uuid4()}"
        self.effects = Effects(
            self.mechanism,
            channels or {},
            clock,
            metrics,
            boot=boot,
            wall=wall,
            done=self._done,
            caught_up=ownership.is_caught_up,
            crash=crash,
        )
        self.forwarder = Forwarder(
            service,
            store,
            publisher,
            metrics,
            effects=self.effects.submit,
            quarantine=self._quarantine,
            wall=wall,
            folding=self.mechanism.is_folding,
            clear_after_ms=clear_after_ms,
            crash=crash,
        )
        self.reads = Reads(store, self.codec, self.forwarder)
        self.state, self.settle, self.find = self.reads.state, self.reads.settle, self.reads.find
        self.commands = Commands(self.mechanism, put_records=self._put_records, done=self._done, crash=crash)
        self.brake = Brake(store, metrics, CODE_VERSION, wall)
        self.consumer = Consumer(
            service, self.mechanism, self.letters, self.brake, self.cache, clock, metrics, forward=self._submit
        )
        self.timers = Timers(
            self.codec,
            store,
            self.mechanism,
            self.forwarder,
            self.letters,
            ownership,
            clock,
            metrics,
            wall=wall,
            forward=self._ticked,
            sweep_after_ms=sweep_after_ms,
        )

    async def execute(
        self,
        *,
        key: str,
        tenant: str,
        command: Any,
        command_id: str,
        actor: Actor,
        source: str,
        content: bytes | None = None,
    ) -> Answer:
        """Carry out a command on one aggregate; on return it is durable, and its records can be read.

        `content` is the request as the client sent it: the same `command_id` with the same content gives the same
        answer, other content is refused with 409. Raises `Refused`; 503 when the database cannot be reached.
        """
        now = self.clock.now()
        message = Message(command, key, tenant, command_id, now, now, actor, source)
        incoming = Incoming(Kind.COMMAND, command_id, message, fingerprint=fingerprint(command, content))
        name = type(command).__name__
        try:
            answer = await self.commands.execute(incoming)
        except Refused as refusal:
            self.metrics.commands(name, {409: "conflict", 503: "overloaded"}.get(refusal.status, "refused")).inc()
            raise
        except DependencyDown:
            self.metrics.commands(name, "unavailable").inc()
            raise Refused(
                503, "unavailable", "The service cannot store this now; send it again with the same id.", headers=LATER
            ) from None
        except Erased:
            raise Refused(404, "unknown_person", "There is no such person.") from None
        self.metrics.commands(name, "accepted").inc()
        return answer

    async def rest(self) -> None:
        """Clear every outbox whose lines are done, before the process ends. Raises `DependencyDown`."""
        await self.forwarder.clear(everything=True)

    async def redrive(self, letter_id: str) -> str:
        """Fold a dead letter again, in this service only; returns `redriven`, `dead` or `unknown`. Idempotent."""
        letter = await self.letters.get(letter_id)
        if letter is None:
            return "unknown"
        if letter["status"] != "open":
            return str(letter["status"])
        try:
            incoming = await self._again(letter)
        except Undecodable:
            return "dead"
        if incoming is not None:
            done = await self.mechanism.process([incoming])
            if done.outcomes[0].verdict is Verdict.WAITS:
                raise DependencyDown("outbox")
            if done.outcomes[0].verdict is Verdict.DEAD:
                await self.letters.bury(dead_of([incoming], done.outcomes))
                return "dead"
            await self._forward(done)
        await self._close_hole(letter)
        await self.letters.close(letter, "redriven")
        return "redriven"

    async def discard(self, letter_id: str) -> str:
        """Give a dead letter up for good and close its hole."""
        letter = await self.letters.get(letter_id)
        if letter is None:
            return "unknown"
        if letter["status"] == "open":
            await self._close_hole(letter)
            await self.letters.close(letter, "discarded")
        return "discarded"

    async def redrive_newer(self) -> int:
        """Redrive what an older version of this code could not read; returns how many were."""
        redriven = 0
        while True:
            letters = await self.letters.list(reason="newer_version")
            now = sum([await self.redrive(letter["_id"]) == "redriven" for letter in letters])
            redriven += now
            if not now:
                return redriven

    async def _again(self, letter: Document) -> Incoming | None:
        """The message of a letter, or None for one that only needs to be forwarded, or is no longer of interest."""
        if letter["_id"].startswith("tick:"):
            now = self.clock.now()
            tick = Message(Tick(now), letter["key"], letter["tenant"], letter["_id"], now, now)
            return Incoming(Kind.TICK, letter["_id"], tick, redrive=True)
        if not letter["topic"]:
            aggregate = await self.reads.aggregate(letter["key"])
            if aggregate is not None:
                await self._let_out(aggregate)
            return None
        raw = raw_of(letter)
        try:
            message = decode(raw, frozenset(self.service.transitions))
        except NotWanted:
            return None
        return incoming_event(self.service, message, raw, redrive=True)

    async def _close_hole(self, letter: Document) -> None:
        aggregate = await self.reads.aggregate(letter["key"])
        if aggregate is None or letter["_id"] not in aggregate.holes.values():
            return
        now = self.clock.now()
        close = Message(None, aggregate.key, aggregate.tenant, letter["_id"], now, now)
        await self._forward(await self.mechanism.process([Incoming(Kind.CLOSE, letter["_id"], close)]))

    def _acked(self, key: str) -> frozenset[int]:
        return self.forwarder.acked(key)

    async def _settled(self, keys: Iterable[str]) -> None:
        await self.forwarder.settled(keys)

    async def _put_records(self, done: Done) -> None:
        await self.forwarder.put_records(done.aggregates)

    async def _done(self, batch: list[Incoming], done: Done) -> None:
        """After a command or an effect's outcome: bury what died, forward the rest in the background."""
        await self.letters.bury(dead_of(batch, done.outcomes) if batch else [])
        for aggregate in done.aggregates:
            self.cache.drop(aggregate.key)
        self.forwarder.submit(done.aggregates)

    def _submit(self, aggregates: Iterable[Aggregate]) -> Awaitable[bool]:
        return self.forwarder.submit(aggregates if self._forwards else ())

    async def _forward(self, done: Done) -> None:
        await self._submit(done.aggregates)

    async def _let_out(self, aggregate: Aggregate) -> None:
        """Try an outbox again that was set aside: here, or by letting it wait for the owner's sweeper."""
        if self._forwards:
            await self.forwarder.submit([aggregate])
        elif aggregate.outbox and aggregate.pending is None:
            await self.store.clear([(aggregate.key, aggregate.v, aggregate.waiting, self._wall())])

    async def _ticked(self, done: Done) -> None:
        for aggregate in done.aggregates:
            self.cache.drop(aggregate.key)
        await self._forward(done)

    async def _quarantine(self, aggregate: Aggregate) -> None:
        """Set an outbox aside that failed alone again and again: a dead letter, an alert, and no more tries."""
        _log.error("outbox.quarantined")
        now = self.clock.now()
        message = Message(None, aggregate.key, aggregate.tenant, f"{OUTBOX}{aggregate.key}", now, now)
        await self.letters.bury([(Incoming(Kind.HOLE, message.id, message), OutboxRefused())])
        await self.store.clear([(aggregate.key, aggregate.v, aggregate.waiting, None)])


class OutboxRefused(Exception):
    """Something that waits to be forwarded is refused for ever; what comes after it in the same outbox waits too."""
