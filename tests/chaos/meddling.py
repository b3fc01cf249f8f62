"""Records that nobody's outbox sent: old ones published again, and poison."""

import random
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.kafka.outside import let_go
from shared.kafka.partition import partition_of
from tests.chaos.bed import PARTITIONS, Bed
from tests.chaos.ledger import Ledger

AGAIN: Final = 100
WANTED_BY_ALL: Final = {
    "plans-events": "patient.enrolled",
    "session-logging-events": "session.logged",
}
"""A type that every service wants that hears the topic: where its data is wrong, each of them has a dead letter."""


def topic_of(service: str) -> str:
    """The topic of a service's events."""
    return f"{service.replace('_', '-')}-events"


async def publish_again(bed: Bed, ledger: Ledger, service: str, where: str) -> int:
    """Lay records on their partitions once more: the last ones ("near") or the first ones ("far"); how many."""
    topic = topic_of(service)
    consumer = AIOKafkaConsumer(bootstrap_servers=bed.kafka.bootstrap, enable_auto_commit=False)
    await consumer.start()
    found: list[Any] = []
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            first = begins[place] if where == "far" else max(begins[place], ends[place] - AGAIN)
            last = min(ends[place], first + AGAIN)
            consumer.assign([place])
            consumer.seek(place, first)
            while first < last and await consumer.position(place) < last:
                for record in (await consumer.getmany(timeout_ms=500, max_records=AGAIN)).get(place, []):
                    if record.offset < last and (topic, record.partition, record.offset) not in ledger.poison:
                        found.append(record)
    finally:
        await let_go(consumer)
    await _lay(bed, [(topic, one.partition, one.key, one.value, list(one.headers)) for one in found])
    return len(found)


async def poison(bed: Bed, ledger: Ledger, dice: random.Random, service: str) -> int:
    """Lay records that cannot be read under the key of a person who is there for that; how many."""
    topic = topic_of(service)
    key = dice.choice([person.id for person in ledger.people if person.poisoned])
    newer = {"type": WANTED_BY_ALL.get(topic, "progression.decided"), "version": 99, "data": {}}
    kinds: list[bytes | None] = [dice.randbytes(40), b'{"type": 3', orjson.dumps(newer), None]
    if topic in WANTED_BY_ALL:
        kinds.append(orjson.dumps({"type": WANTED_BY_ALL[topic], "version": 1, "data": {"no": "such"}}))
    unheard = orjson.dumps({"type": "nothing.happened", "version": 1})
    chosen = [*dice.sample(kinds, 2), unheard]
    place = partition_of(key, PARTITIONS)
    laid = await _lay(bed, [(topic, place, key.encode(), value, []) for value in chosen])
    for value, offset in zip(chosen, laid, strict=True):
        ledger.poison.add((topic, place, offset))
        if value is not unheard:
            ledger.undecodable.add((topic, place, offset))
    return len(chosen)


async def _lay(bed: Bed, records: list[tuple[str, int, bytes | None, bytes | None, list[Any]]]) -> list[int]:
    producer = AIOKafkaProducer(bootstrap_servers=bed.kafka.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        sent = [
            await producer.send(topic, value, key, partition=partition, headers=headers)
            for topic, partition, key, value, headers in records
        ]
        return [(await one).offset for one in sent]
    finally:
        await producer.stop()
