"""Where words could be left behind: every topic, every file of a stack's folder; read as an outsider reads them."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.supervisor import Running
from shared.kafka.outside import let_go

Marks = Mapping[TopicPartition, int]
_CHUNK: Final = 1 << 20
_SPARSE: Final = (".index", ".timeindex", ".txnindex")
"""Kafka's own index files hold offsets alone, and 10 MB of nothing each."""


def marks(running: Running) -> Marks:
    """Where every topic of the stack ends now."""
    return asyncio.run(_marks(running.kafka.bootstrap))


def records_since(running: Running, before: Marks) -> list[Any]:
    """What was published after `before`, of all topics, decompressed."""
    return asyncio.run(_since(running.kafka.bootstrap, before))


def every_record(running: Running) -> list[Any]:
    """Everything that lies on the topics."""
    return records_since(running, dict.fromkeys(marks(running), 0))


def about(records: list[Any], patient_id: str) -> list[Any]:
    """The records under a person's key."""
    return [record for record in records if record.key == patient_id.encode()]


def told_in(records: list[Any], words: bytes) -> list[str]:
    """The topics in whose keys, values or headers these bytes occur."""
    return [
        record.topic
        for record in records
        if words in b"\n".join([record.key or b"", record.value or b"", *(value or b"" for _, value in record.headers)])
    ]


def files_with(folder: Path, words: bytes) -> list[str]:
    """The files below a folder in which these bytes occur."""
    return sorted(str(path.relative_to(folder)) for path in _files(folder) if _occurs(path, words))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix not in _SPARSE)


def _occurs(path: Path, words: bytes) -> bool:
    tail = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if words in tail + chunk:
                    return True
                tail = chunk[-len(words) :]
    except FileNotFoundError:  # a segment or a write-ahead log that was cleared meanwhile
        return False
    return False


async def _marks(bootstrap: str) -> Marks:
    consumer = await _consumer(bootstrap)
    try:
        cluster = await consumer._client.fetch_all_metadata()
        topics = [topic for topic in cluster.topics() if not topic.startswith("__")]
        assert topics, "there are no topics"
        places = [TopicPartition(topic, number) for topic in topics for number in cluster.partitions_for_topic(topic)]
        await consumer._client.set_topics(topics)  # without it the next call looks for each topic on its own
        ends: Marks = await consumer.end_offsets(places)
        return ends
    finally:
        await let_go(consumer)


async def _since(bootstrap: str, before: Marks) -> list[Any]:
    ends = await _marks(bootstrap)
    left = {place: end for place, end in ends.items() if end > before.get(place, 0)}
    if not left:
        return []
    consumer = await _consumer(bootstrap)
    try:
        consumer.assign(list(left))
        for place in left:
            consumer.seek(place, before.get(place, 0))
        found: list[Any] = []
        while left:
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                found += [record for record in records if record.offset < ends[place]]
                if await consumer.position(place) >= ends[place]:
                    left.pop(place, None)
        return found
    finally:
        await let_go(consumer)


async def _consumer(bootstrap: str) -> Any:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=20_000)
    await consumer.start()
    return consumer
