"""What lies on the topics, as an outsider reads it: events, journals opened with the people's keys, and offsets."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.topology import SERVICES
from shared.kafka.outside import let_go
from shared.mongo.client import connect
from shared.mongo.keys import MongoKeyStore
from shared.sealing import NotSealed, Sealer, read_master_key
from tests.support.topics import PAGE, records


class Event(NamedTuple):
    """The first occurrence of an event."""

    seq: int
    id: str
    type: str
    cause: str
    data: Mapping[str, Any]


@dataclass
class Topic:
    """The events of one service by key, in the order of their first occurrences, and what is wrong with them."""

    events: dict[str, list[Event]] = field(default_factory=dict)
    repeats: int = 0
    differing: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, int, int]] = field(default_factory=list)
    _contents: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, record: Any) -> None:
        """The next record of its partition."""
        try:
            body = orjson.loads(record.value)
            key, seq = record.key.decode(), int(body["seq"])
            event = Event(seq, body["event_id"], body["type"], body["causation_id"], body["data"])
        except (ValueError, KeyError, TypeError, AttributeError):
            self.unreadable.append((record.topic, record.partition, record.offset))
            return
        content = hash(record.value)
        if (first := self._contents.get((key, seq))) is not None:
            self.repeats += 1
            if first != content:
                self.differing.append(f"{record.topic}: {key} has seq {seq} with two contents")
            return
        self._contents[key, seq] = content
        self.events.setdefault(key, []).append(event)


class Step(NamedTuple):
    """One line of a journal: the `n`-th step of an aggregate, and the message that it was."""

    n: int
    kind: str
    message: str


@dataclass
class Journal:
    """A service's steps by key, first occurrences in the order in which they lie there."""

    steps: dict[str, list[Step]] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    unreadable: int = 0


async def events_of(kafka: str, service: str) -> Topic:
    """A service's events."""
    topic = Topic()
    async for record in records(kafka, f"{service.replace('_', '-')}-events"):
        topic.add(record)
    return topic


async def journal_of(kafka: str, service: str, opener: "Opener") -> Journal:
    """A service's journal, opened."""
    journal = Journal()
    seen: dict[tuple[str, int], int] = {}
    page: list[tuple[str, str, int, str]] = []
    async for record in records(kafka, f"{service.replace('_', '-')}-journal"):
        headers = dict(record.headers)
        key, n = record.key.decode(), int(headers["n"])
        content = hash(record.value)
        if (first := seen.get((key, n))) is not None and first != content:
            journal.differing.append(f"{service}'s journal: {key} has step {n} with two contents")
        if first is None:
            seen[key, n] = content
            page.append((headers["tenant"].decode(), key, n, record.value.decode()))
        if len(page) >= PAGE:
            await opener.into(journal, page)
            page = []
    await opener.into(journal, page)
    return journal


class Opener:
    """Opens journal lines with people's keys, as an operator who has the master key can."""

    def __init__(self, keys_url: str, master_key_file: Path) -> None:
        self._client = connect(keys_url, app="chaos", timeout_ms=10_000)
        self._sealer = Sealer(MongoKeyStore(self._client["keys"]), read_master_key(master_key_file), ttl_s=3600)

    async def into(self, journal: Journal, page: list[tuple[str, str, int, str]]) -> None:
        """Open lines and put them into the journal."""
        ring = await self._sealer.load_people({(tenant, key) for tenant, key, _, _ in page}, create=False)
        for tenant, key, n, sealed in page:
            try:
                line = orjson.loads(ring.unseal(tenant, key, sealed))
            except (NotSealed, KeyError):
                journal.unreadable += 1
                continue
            message = line["message"]["id"] if "message" in line else ""  # a restore says only that there was one
            journal.steps.setdefault(key, []).append(Step(n, line["kind"], message))

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._client.close()


async def lag(kafka: str) -> dict[str, int]:
    """By service, how many records of its topics it has not committed; all of a partition that it never committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=10_000)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, request_timeout_ms=10_000)
    await admin.start()
    await consumer.start()
    found: dict[str, int] = {}
    try:
        for service in SERVICES:
            committed = await admin.list_consumer_group_offsets(service.replace("_", "-"))
            topics = {place.topic for place in committed}
            await consumer._client.set_topics(topics)
            places = [TopicPartition(t, p) for t in topics for p in consumer._client.cluster.partitions_for_topic(t)]
            ends = await consumer.end_offsets(places)
            found[service] = sum(
                end - (committed[place].offset if place in committed else 0) for place, end in ends.items()
            )
    finally:
        await let_go(consumer)
        await admin.close()
    return found
