"""One suite for every broker: the fake in memory and the publisher on real Kafka."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from deploy.local.kafka import Kafka
from shared.kafka.partition import partition_of
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.topics import Topic, ensure_topics
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import EVENT_LIMIT
from shared.runtime.ports import Delivery, Publisher
from shared.runtime.wire import Outgoing, Raw
from tests.support.memory_broker import MemoryBroker
from tests.support.topics import read_topic

PARTITIONS: Final = 4
TOPICS: Final = ("progression-events", "progression-journal")
WARM_UP: Final = "progression-dead-letters"
WITHIN_S: Final = 30.0
PEOPLE: Final = tuple(f"p{i}" for i in range(12))


@dataclass
class Broker:
    """A publisher, and how to read what lies in a topic (partition after partition)."""

    publisher: Publisher
    read: Callable[[str], Awaitable[list[Raw]]]


def _metrics() -> Metrics:
    return Metrics(CollectorRegistry(), "progression")


async def _read(servers: str, namespace: str, topic: str) -> list[Raw]:
    """Everything that lies in a topic now."""
    records = await read_topic(servers, f"{namespace}-{topic}")
    return [Raw(topic, r.partition, r.offset, r.key, r.value, tuple(r.headers)) for r in records]


async def _publisher(servers: str, namespace: str, metrics: Metrics) -> KafkaPublisher:
    await ensure_topics(
        servers,
        [Topic(name, -1) for name in (*TOPICS, WARM_UP)],
        namespace=namespace,
        partitions=PARTITIONS,
        replicas=1,
    )
    publisher = KafkaPublisher(servers, metrics, namespace=namespace, partitions=PARTITIONS, client="contract")
    await publisher.start()
    return publisher


async def _eventually(publisher: Publisher, records: Sequence[Outgoing], wanted: Delivery) -> list[Delivery]:
    """Publish until it ends as wanted; the answer of that time."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            results = await publisher.publish(records)
            if set(results) == {wanted}:
                return results
            await asyncio.sleep(0.1)


@pytest.fixture(params=["memory", "kafka"])
async def broker(request: pytest.FixtureRequest, namespace: str) -> AsyncIterator[Broker]:
    """An empty broker of each kind."""
    if request.param == "memory":
        memory = MemoryBroker(partitions=PARTITIONS)

        async def read(topic: str) -> list[Raw]:
            return memory.topic(topic)

        yield Broker(memory, read)
        return
    servers = str(request.getfixturevalue("kafka"))
    publisher = await _publisher(servers, namespace, _metrics())
    await _eventually(publisher, [record("p1", topic=WARM_UP)], Delivery.DONE)
    yield Broker(publisher, lambda topic: _read(servers, namespace, topic))
    await publisher.stop()


def record(key: str, number: int = 0, *, topic: str = TOPICS[0], size: int = 0) -> Outgoing:
    """A record whose value begins with its number; the rest, up to `size` bytes, no compression makes smaller."""
    value = f"{number} ".encode()
    return Outgoing(topic, key, value + os.urandom(max(0, size - len(value))), (("n", value),), number)


def number_of(raw: Raw) -> int:
    """The number of such a record."""
    return int((raw.value or b"").split(b" ", 1)[0])


async def test_records_of_a_key_keep_their_order_over_batches_and_lie_where_murmur2_says(broker: Broker) -> None:
    sent = [record(key, number, size=2000) for number in range(120) for key in PEOPLE]
    results = []
    for start in range(0, len(sent), 700):  # some 1.4 MB at once: several batches per partition
        results += await broker.publisher.publish(sent[start : start + 700])
    assert results == [Delivery.DONE] * len(sent)

    found = await broker.read(TOPICS[0])
    assert len(found) == len(sent)
    assert len({raw.partition for raw in found}) == PARTITIONS
    for key in PEOPLE:
        mine = [raw for raw in found if raw.key == key.encode()]
        assert [number_of(raw) for raw in mine] == list(range(120))
        assert {raw.partition for raw in mine} == {partition_of(key, PARTITIONS)}


async def test_headers_are_kept_in_their_order(broker: Broker) -> None:
    headers = (("ce_id", b"1"), ("ce_type", b"a.b"), ("n", b""), ("ce_type", "ü".encode()))
    await broker.publisher.publish([Outgoing(TOPICS[0], "p1", b"{}", headers, 1)])

    (found,) = await broker.read(TOPICS[0])
    assert found.headers == headers
    assert found.header("ce_type") == "a.b"


async def test_several_topics_go_in_one_call_with_an_answer_for_each_record(broker: Broker) -> None:
    sent = [record("p1", 1), record("p1", 1, topic=TOPICS[1]), record("p2", 2), record("p2", 2, topic=TOPICS[1])]
    assert await broker.publisher.publish(sent) == [Delivery.DONE] * 4
    for topic in TOPICS:
        assert sorted(raw.key or b"" for raw in await broker.read(topic)) == [b"p1", b"p2"]


async def test_nothing_to_publish_is_nothing(broker: Broker) -> None:
    assert await broker.publisher.publish([]) == []


async def test_the_largest_event_that_the_fold_lets_through_can_be_sent_with_others(broker: Broker) -> None:
    sent = [record("p1", number, size=size) for number, size in enumerate((10, EVENT_LIMIT, EVENT_LIMIT, 10))]
    assert await broker.publisher.publish(sent) == [Delivery.DONE] * 4
    assert [number_of(raw) for raw in await broker.read(TOPICS[0])] == [0, 1, 2, 3]


async def test_an_oversize_record_is_refused_and_the_next_one_goes_through_at_once(kafka: str, namespace: str) -> None:
    metrics = _metrics()
    publisher = await _publisher(kafka, namespace, metrics)
    await _eventually(publisher, [record("p1", 0)], Delivery.DONE)
    oversize = record("p1", 1, size=2_000_000)

    assert await publisher.publish([oversize, record("p1", 2)]) == [Delivery.REFUSED, Delivery.DOWN]
    assert metrics.producer_replacements()._value.get() == 1
    assert await publisher.publish([record("p1", 2)]) == [Delivery.DONE]
    assert await publisher.publish([oversize]) == [Delivery.REFUSED]
    assert await publisher.publish([record("p1", 3)]) == [Delivery.DONE]
    await publisher.stop()

    assert [number_of(raw) for raw in await _read(kafka, namespace, TOPICS[0])] == [0, 2, 3]


async def test_a_refused_record_does_not_touch_other_partitions(kafka: str, namespace: str) -> None:
    publisher = await _publisher(kafka, namespace, _metrics())
    await _eventually(publisher, [record("p1", 0)], Delivery.DONE)
    other = next(key for key in PEOPLE if partition_of(key, PARTITIONS) != partition_of("p1", PARTITIONS))

    assert await publisher.publish([record("p1", 1, size=2_000_000), record(other, 2)]) == [
        Delivery.REFUSED,
        Delivery.DONE,
    ]
    await publisher.stop()


async def test_while_it_is_down_records_are_not_sent_and_afterwards_each_is_there_in_order(
    own_kafka: Kafka, namespace: str
) -> None:
    publisher = await _publisher(own_kafka.bootstrap, namespace, _metrics())
    await _eventually(publisher, [record("p1", 0)], Delivery.DONE)
    await asyncio.to_thread(own_kafka.kill)
    down = await publisher.publish([record("p1", 1), record("p1", 2)])
    assert down == [Delivery.DOWN] * 2

    await asyncio.to_thread(own_kafka.start)
    await _eventually(publisher, [record("p1", 1), record("p1", 2)], Delivery.DONE)
    await publisher.stop()
    found = [number_of(raw) for raw in await _read(own_kafka.bootstrap, namespace, TOPICS[0])]
    assert list(dict.fromkeys(found)) == [0, 1, 2]


async def test_without_a_broker_at_start_records_are_down_and_nobody_waits(namespace: str) -> None:
    publisher = KafkaPublisher("127.0.0.1:9", _metrics(), namespace=namespace, partitions=PARTITIONS, client="contract")
    await publisher.start()
    async with asyncio.timeout(1.0):
        assert await publisher.publish([record("p1", 1)]) == [Delivery.DOWN]
    await publisher.stop()


async def test_the_fake_goes_down_and_refuses_as_it_is_told() -> None:
    fake = MemoryBroker(partitions=1, fail_after=2, refuse={"p2"})
    assert await fake.publish([record("p1", 1), record("p2", 2), record("p1", 3)]) == [
        Delivery.DONE,
        Delivery.REFUSED,
        Delivery.DOWN,
    ]
    assert await fake.publish([record("p1", 3), record("p1", 4)]) == [Delivery.DONE, Delivery.DOWN]
    fake.down, fake.fail_after = False, None
    assert await fake.publish([record("p1", 4)]) == [Delivery.DONE]
