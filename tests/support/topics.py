"""Topics as an outsider sees them: a plain consumer and a plain producer, and of the product only how to stop one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.outside import let_go

PAGE: Final = 5000
Headers = Sequence[tuple[str, bytes | None]]


async def read_topic(kafka: str, topic: str) -> list[Any]:
    """Every record of a topic that lies there now, partition after partition, by offset."""
    found = [record async for record in records(kafka, topic)]
    return sorted(found, key=lambda record: (record.partition, record.offset))


async def records(kafka: str, topic: str) -> AsyncIterator[Any]:
    """The same one by one and not all in memory at once: in order within each partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, request_timeout_ms=10_000)
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in sorted(await _partitions(consumer, topic))]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for place, page in (await consumer.getmany(timeout_ms=200, max_records=PAGE)).items():
                for record in page:
                    if record.offset < ends[place]:
                        yield record
    finally:
        await let_go(consumer)


def delete_topics(kafka: str, prefix: str) -> None:
    """Delete every topic whose name begins so, from a thread of its own, whatever loop runs here."""
    thread = threading.Thread(target=lambda: asyncio.run(_delete_topics(kafka, prefix)))
    thread.start()
    thread.join()


async def _delete_topics(kafka: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        if names := [topic for topic in await admin.list_topics() if topic.startswith(prefix)]:
            await admin.delete_topics(names)
    finally:
        await admin.close()


async def _partitions(consumer: Any, topic: str) -> set[int]:
    for _ in range(50):
        await consumer._client.force_metadata_update()
        consumer._client.add_topic(topic)
        partitions = consumer.partitions_for_topic(topic)
        if partitions:
            return set(partitions)
        await asyncio.sleep(0.1)
    raise AssertionError(f"there is no topic {topic}")


@dataclass(frozen=True)
class Committed:
    """How far a group committed a topic, by partition, and how much of it lies behind that."""

    offsets: dict[int, int]
    ends: dict[int, int]

    @property
    def lag(self) -> int:
        """Records not yet committed; a partition without a commit counts from its beginning."""
        return sum(end - self.offsets.get(partition, 0) for partition, end in self.ends.items())


async def committed(kafka: str, group: str, topic: str) -> Committed:
    """What a group committed of a topic, asked as an administrator."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=10_000)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await admin.start()
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in await _partitions(consumer, topic)]
        ends = await consumer.end_offsets(places)
        found = await admin.list_consumer_group_offsets(group)
        return Committed(
            {place.partition: entry.offset for place, entry in found.items() if place.topic == topic},
            {place.partition: end for place, end in ends.items()},
        )
    finally:
        await let_go(consumer)
        await admin.close()


class Feed:
    """A plain producer of events, in the place of another service; `async with Feed(kafka, namespace) as feed`."""

    def __init__(self, kafka: str, namespace: str) -> None:
        self._prefix = f"{namespace}-"
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True, linger_ms=0)

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send(self, event: dict[str, Any], *, headers: Headers | None = None) -> Any:
        """Publish an event as a service does, and return where it lies."""
        usual: Headers = (
            ("ce_id", str(event["event_id"]).encode()),
            ("ce_type", str(event["type"]).encode()),
            ("ce_version", str(event["version"]).encode()),
            ("ce_source", f"/pacewell/{event['service']}".encode()),
            ("ce_seq", str(event["seq"]).encode()),
        )
        topic = f"{str(event['service']).replace('_', '-')}-events"
        return await self.raw(
            topic,
            str(event["patient_id"]).encode(),
            orjson.dumps(event),
            usual if headers is None else headers,
        )

    async def raw(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()) -> Any:
        """Publish anything at all."""
        return await self._producer.send_and_wait(f"{self._prefix}{topic}", value, key, headers=list(headers))
