"""The example consumer is a program of thirty lines that knows nothing of ours and prints each event once."""

import ast
import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.catalog import BY_TYPE
from shared.contracts.schemas import examples_of
from shared.kafka.topics import Topic, ensure_topics
from shared.runtime.aggregate import Line
from shared.runtime.wire import Outgoing, outgoing_event
from tests.support.topics import committed

EXAMPLE: Final = Path(__file__).parents[2] / "deploy/examples/consumer/consume.py"
TOPIC: Final = "session-logging-events"
WITHIN_S: Final = 30.0


def event(patient_id: str, seq: int) -> Outgoing:
    """A logged session as the runtime publishes it."""
    example = next(iter(examples_of(BY_TYPE["session.logged", 1]).values()))
    body = {**example, "patient_id": patient_id, "seq": seq, "event_id": f"{patient_id}-{seq}"}
    return outgoing_event(patient_id, Line.of(seq, "e", {"b": body, "at": 0}))


async def publish(servers: str, topic: str, events: Sequence[Outgoing]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
        for one in events:
            await producer.send_and_wait(topic, one.value, key=one.key.encode(), headers=list(one.headers))


@asynccontextmanager
async def consuming(servers: str, topic: str, group: str) -> AsyncIterator[Process]:
    """The example as its user starts it, outside this project; killed at the end, as a user might."""
    command = [sys.executable, "-I", str(EXAMPLE), servers, topic, group]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd="/", env={})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def printed(process: Process, count: int) -> list[str]:
    """The next lines that it prints."""
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


async def test_the_example_prints_each_event_once_and_goes_on_where_it_left(kafka: str, namespace: str) -> None:
    topic, group = f"{namespace}-{TOPIC}", f"{namespace}-example"
    await ensure_topics(kafka, [Topic(TOPIC, -1)], namespace=namespace, partitions=2)
    first = [event("ann", 1), event("ann", 2), event("ann", 1), event("bob", 1), event("ann", 2), event("ann", 3)]
    await publish(kafka, topic, first)
    async with consuming(kafka, topic, group) as process:
        lines = await printed(process, 4)
        assert sorted(lines) == [f"session.logged {who}" for who in ("ann 1", "ann 2", "ann 3", "bob 1")]
        assert [line for line in lines if "ann" in line] == [f"session.logged ann {seq}" for seq in (1, 2, 3)]
        await _until_committed(kafka, group, topic, len(first))

    await publish(kafka, topic, [event("bob", 2)])
    async with consuming(kafka, topic, group) as process:
        assert await printed(process, 1) == ["session.logged bob 2"]


def test_the_example_is_short_and_imports_nothing_of_ours() -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert len(source.splitlines()) <= 30
    assert imported == {"asyncio", "sys", "aiokafka"}


async def _until_committed(kafka: str, group: str, topic: str, records: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = await committed(kafka, group, topic)
            if found.offsets and found.lag == 0:
                break
            await asyncio.sleep(0.05)
    assert sum(found.offsets.values()) == records


pytestmark = pytest.mark.timeout(120)
