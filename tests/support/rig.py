"""One runtime on memory: what unit and property tests drive by hand, step by step."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from shared.clock import ManualClock, to_ms
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate
from shared.runtime.mechanism import CHUNK
from shared.runtime.messages import Actor, Answer, Effect, Service
from shared.runtime.ownership import Ownership
from shared.runtime.ports import Channel, Store
from shared.runtime.runtime import Runtime
from shared.runtime.wire import Raw
from shared.sealing import Sealer
from tests.support.key_store import MemoryKeyStore
from tests.support.life import Gated, Life
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_store import MemoryStore
from tests.support.toy import START, TOY, event

HEADERS = ("ce_id", "ce_type", "ce_version", "ce_source", "ce_seq")


class Sent:
    """A channel that remembers what it was given."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.sent: list[tuple[str, str]] = []
        self.fail: list[Exception] = []

    async def send(self, effect: Effect, key: str, tenant: str) -> None:
        if self.fail:
            raise self.fail.pop()
        self.effects.append(effect)
        self.sent.append((key, effect.id))


class Rig:
    """A runtime with its surroundings; rigs that share a store and a broker are instances of one service.

    With a `life` each of its calls to the outside can be held up, and it can die at any crash point.
    """

    def __init__(
        self,
        service: Service = TOY,
        *,
        store: Store | None = None,
        broker: MemoryBroker | None = None,
        keys: MemoryKeyStore | None = None,
        clock: ManualClock | None = None,
        channel: Sent | None = None,
        life: Life | None = None,
        instance: str = "1",
        cache_bytes: int = 0,
        chunk: int = CHUNK,
    ) -> None:
        self.store: Any = store or MemoryStore()
        self.broker = broker or MemoryBroker()
        self.keys = keys or MemoryKeyStore()
        self.clock = clock or ManualClock(START)
        self.channel = channel or Sent()
        self.life = life or Life()
        self.ownership = Ownership(self.broker.partitions, lambda: 0.0)
        channels: dict[str, Channel] = {"file": Gated(self.channel, self.life)}
        self.runtime = Runtime(
            service,
            Gated(self.store, self.life),
            Gated(self.broker, self.life),
            Sealer(self.keys, b"k" * 32),
            self.clock,
            Metrics(CollectorRegistry(), service.name),
            self.ownership,
            instance=instance,
            channels=channels,
            wall=lambda: to_ms(self.clock.now()),
            crash=self.life.crash,
            cache_bytes=cache_bytes,
            chunk=chunk,
        )
        self.own(range(self.broker.partitions))

    def own(self, partitions: Iterable[int]) -> None:
        """Own these partitions, with everything handled."""
        self.ownership.assign(("session-logging-events", p) for p in partitions)
        self.caught_up()

    def caught_up(self, behind: int = 0) -> None:
        """Say that end offsets were just read, and that nothing (or so much) is left."""
        self.ownership.ends(dict.fromkeys(self.ownership.places, behind))

    async def consume(self, records: Sequence[Raw], batch: int = 2000) -> None:
        """Handle records in batches, as the subscriber would."""
        for start in range(0, len(records), batch):
            await self.runtime.consumer.handle(records[start : start + batch])

    async def command(self, key: str, command: Any, id: str, tenant: str = "clinic-a") -> Answer:
        return await self.runtime.execute(
            key=key, tenant=tenant, command=command, command_id=id, actor=Actor("patient", "u1"), source="app"
        )

    async def forwarded(self) -> None:
        """Let the rounds under way end."""
        await self.runtime.forwarder.submit([])

    async def rest(self) -> None:
        """Let everything in the background come to its end: rounds, effects, sweeps, clears."""
        for _ in range(6):
            await self.runtime.forwarder.submit([])
            await self.runtime.effects.drain()
            await self.runtime.timers.sweep(after_ms=-1)
            await self.runtime.effects.drain()
            await self.runtime.forwarder.clear(everything=True)

    def state(self, key: str) -> Any:
        """The state of an aggregate, as it is stored."""
        return self.aggregate(key).state

    def aggregate(self, key: str) -> Aggregate:
        """An aggregate, as it is stored."""
        return self.runtime.codec.decode(self.store.aggregates[key])

    def events(self, key: str) -> list[dict[str, Any]]:
        """What was published for a key, repetitions included, in the order of its partition."""
        records = self.broker.topic(self.runtime.service.events_topic)
        return [orjson.loads(r.value or b"") for r in records if r.key == key.encode()]

    def letters(self) -> dict[str, Any]:
        """The dead letters by id."""
        found: dict[str, Any] = self.store.records.get("dead_letters", {})
        return found

    def text(self, key: str) -> str:
        """The canonical state of an aggregate."""
        return str(self.store.aggregates[key]["state"])


def lay(broker: MemoryBroker, body: dict[str, Any], *, headers: bool = True) -> Raw:
    """Lay an event on its topic, with the headers our services write."""
    names = dict(
        zip(
            HEADERS,
            (body["event_id"], body["type"], str(body["version"]), f"/pacewell/{body['service']}", str(body["seq"])),
            strict=True,
        )
    )
    kafka_headers = tuple((name, value.encode()) for name, value in names.items()) if headers else ()
    topic = f"{body['service'].replace('_', '-')}-events"
    return broker.append(topic, body["patient_id"].encode(), orjson.dumps(body), kafka_headers)


def laid(broker: MemoryBroker, key: str, count: int, **kwargs: Any) -> list[Raw]:
    """`count` sessions of one person."""
    return [lay(broker, event(key, seq, **kwargs)) for seq in range(1, count + 1)]
