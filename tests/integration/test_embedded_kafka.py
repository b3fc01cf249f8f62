"""The embedded broker is a real Kafka: it keeps what it acknowledged, whatever ends it."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import Kafka

RECORDS = 300


async def test_what_was_acknowledged_survives_kill_and_an_orderly_restart(own_kafka: Kafka) -> None:
    await _create(own_kafka.bootstrap, "survivors")
    await _produce(own_kafka.bootstrap, "survivors", range(RECORDS))

    await asyncio.to_thread(own_kafka.kill)
    assert own_kafka.exit_code == -9
    await asyncio.to_thread(own_kafka.start)
    assert await _read(own_kafka.bootstrap, "survivors", RECORDS) == list(range(RECORDS))

    await _produce(own_kafka.bootstrap, "survivors", range(RECORDS, 2 * RECORDS))
    assert await asyncio.to_thread(own_kafka.stop)
    await asyncio.to_thread(own_kafka.start)
    assert await _read(own_kafka.bootstrap, "survivors", 2 * RECORDS) == list(range(2 * RECORDS))


async def test_topics_exist_only_when_someone_made_them(kafka: str, namespace: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.describe_topics([f"{namespace}-never-made"])
        assert not [topic for topic in await admin.list_topics() if topic.startswith(namespace)]
    finally:
        await admin.close()


async def test_one_broker_serves_the_whole_run(kafka: str, namespace: str) -> None:
    await _create(kafka, f"{namespace}-topic")
    await _produce(kafka, f"{namespace}-topic", range(3))
    assert await _read(kafka, f"{namespace}-topic", 3) == [0, 1, 2]


async def _create(servers: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
        assert [code for _, code, *_ in answer.topic_errors] == [0]
    finally:
        await admin.close()


async def _produce(servers: str, topic: str, numbers: range) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True) as producer:
        for acknowledged in [await producer.send(topic, str(number).encode()) for number in numbers]:
            await acknowledged


async def _read(servers: str, topic: str, count: int) -> list[int]:
    found: list[int] = []
    async with AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        async with asyncio.timeout(30):
            while len(found) < count:
                found.append(int((await consumer.getone()).value))
    return found
