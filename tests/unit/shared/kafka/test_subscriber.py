"""The parser that no header can break, and what is changed in the consumer: its empty polls, and its stop."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from shared.kafka import outside
from shared.kafka.patience import POLL_MS, stay
from shared.kafka.subscriber import Subscriber, leave, tolerant, undecoded
from shared.observability.metrics import Metrics
from shared.runtime.ownership import Ownership
from shared.runtime.ports import DependencyDown
from shared.sealing import make_master_key
from shared.settings import RuntimeSettings

PLACE = TopicPartition("plans-events", 0)


@dataclass(frozen=True)
class Record:
    """As much of a consumed record as the parser touches."""

    offset: int
    headers: tuple[tuple[str, bytes | None], ...]


async def strict(records: tuple[Record, ...]) -> list[dict[str, str]]:
    """What FastStream's parser does with headers."""
    return [{name: value.decode() for name, value in record.headers} for record in records]  # type: ignore[union-attr]


@pytest.mark.parametrize("bad", [None, b"\xff"])
async def test_a_bad_header_is_left_out_and_every_record_stays(bad: bytes | None) -> None:
    records = (Record(0, (("a", b"1"),)), Record(1, (("a", bad), ("b", b"2"))), Record(2, ()))
    assert await tolerant(records, strict) == [{"a": "1"}, {"b": "2"}, {}]


async def test_a_batch_without_bad_headers_is_parsed_as_it_is() -> None:
    seen: list[Any] = []

    async def remember(records: Any) -> Any:
        seen.append(records)
        return records

    records = (Record(0, (("a", b"1"),)),)
    assert await tolerant(records, remember) is records
    assert seen == [records]


async def test_bytes_are_left_alone() -> None:
    class Parsed:
        body = b"\x00not json"

    assert await undecoded(Parsed()) == b"\x00not json"


async def test_an_empty_poll_is_long_because_a_record_that_comes_after_it_waits() -> None:
    class Consumer:
        def __init__(self) -> None:
            self.polls: list[tuple[int, int | None]] = []

        async def getmany(self, *places: Any, timeout_ms: int = 0, max_records: int | None = None) -> dict[Any, Any]:
            self.polls.append((timeout_ms, max_records))
            return {}

    consumer = Consumer()
    stay(consumer)
    assert await consumer.getmany(timeout_ms=20, max_records=2000) == {}
    assert consumer.polls == [(POLL_MS, 2000)]


async def test_a_consumer_whose_stop_waits_for_ever_has_left_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    class LeavingAnAssignment:
        """As the client is then: what fetches hears one cancellation only where it does not end by it."""

        def __init__(self) -> None:
            self.fetching = asyncio.create_task(self._fetch())
            self.closed = False

        async def _fetch(self) -> None:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()

        async def stop(self) -> None:
            self.fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self.fetching
            self.closed = True

    monkeypatch.setattr(outside, "STOP_S", 0.02)
    consumer = LeavingAnAssignment()
    await asyncio.sleep(0)  # one turn: its fetching begins, and waits
    leave(consumer)

    async with asyncio.timeout(2.0):
        await consumer.stop()

    assert consumer.closed


class Group:
    """What a batch tells its consumer: what to commit, and from where to read again."""

    def __init__(self) -> None:
        self.commits: list[Mapping[TopicPartition, int]] = []
        self.seeks: list[int] = []

    def assignment(self) -> set[TopicPartition]:
        return {PLACE}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.commits.append(offsets)

    def seek(self, _: TopicPartition, offset: int) -> None:
        self.seeks.append(offset)


@pytest.mark.parametrize("outlived", [True, False])
@pytest.mark.parametrize("down", [True, False])
async def test_a_batch_that_outlived_its_assignment_tells_nothing_of_the_partition_that_came_back(
    tmp_path: Path, down: bool, outlived: bool
) -> None:
    ownership, group, go = Ownership(1), Group(), asyncio.Event()

    async def handle(_: Any) -> None:
        await go.wait()
        if down:
            raise DependencyDown("mongo")

    subscriber = Subscriber(
        settings(tmp_path), "toy", ["plans-events"], ownership, _metrics(), handle=handle, forget=lambda: None
    )
    await subscriber.on_partitions_assigned([PLACE])
    record = SimpleNamespace(topic=PLACE.topic, partition=0, offset=4, key=b"p", value=b"{}", headers=())
    batch: Any = SimpleNamespace(consumer=group, raw_message=[record])
    handling = asyncio.create_task(subscriber._on_batch([], batch))
    await asyncio.sleep(0)  # one turn: the batch is in hand
    if outlived:
        await subscriber.on_partitions_revoked([PLACE])
        await subscriber.on_partitions_assigned([PLACE])
    go.set()
    await handling
    await subscriber._commits.settle()

    told: Any = (group.commits, group.seeks, ownership.unplaced)
    place = (PLACE.topic, PLACE.partition)
    if outlived:
        assert told == ([], [], {place})
    else:
        assert told == (([], [4], {place}) if down else ([{PLACE: 5}], [], set()))


def settings(folder: Path) -> RuntimeSettings:
    """Of a service that waits for no batch when its partitions leave."""
    make_master_key(folder / "key")
    (folder / "jwks.json").write_text("{}")
    needed: dict[str, Any] = {
        "kafka": "k:9092",
        "mongo_url": "mongodb://m",
        "keys_mongo_url": "mongodb://m",
        "master_key_file": folder / "key",
        "jwks_file": folder / "jwks.json",
        "issuer": "i",
        "audience": "a",
    }
    return RuntimeSettings(**needed, drain_ms=0, pause_ms=10)


def _metrics() -> Metrics:
    return Metrics(CollectorRegistry(), "toy")
