"""What a restore brings back beside documents: dead letters and their holes, the numbers of strangers, offsets."""

import asyncio
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.operations import backup, letters, putback, rebuild, republish, restore, verify
from deploy.operations.reach import Reach
from shared.ids import event_id
from shared.kafka.groups import Groups
from shared.kafka.topics import Topic, ensure_topics
from shared.runtime.restored import RAISED_BY
from tests.support.cluster import TENANT, Cluster, Member, eventually
from tests.support.operator import no_bar
from tests.support.topics import Feed, read_topic
from tests.support.toy import decided, event, session
from tests.support.toy_process import toy_service

NAME = "progression"
"""The toy goes by this name."""

PEOPLE = [f"p{number}" for number in range(1, 5)]


@pytest.fixture
async def toy(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Member:
    for module in (backup, putback, rebuild, republish, restore, verify):
        monkeypatch.setattr(module, "service_of", lambda _: toy_service())
    monkeypatch.setattr("deploy.operations.reach.service_of", lambda _: toy_service(cured=True))
    return await cluster.member().start().ready()


async def test_what_died_since_the_backup_is_missing_still_and_nobodys_numbers_are_given_twice(
    cluster: Cluster, toy: Member, reach: Reach, tmp_path: Path
) -> None:
    topic = f"{cluster.namespace}-progression-events"
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        feeding = asyncio.create_task(_feed(feed, range(1, 11)))
        taken = await backup.backup(reach, no_bar, NAME, tmp_path / "backup")
        await feeding
        assert taken.code == 0
        await feed.send(event("p1", 11, session(11, family="poison")))
        await feed.send(event("p1", 12, session(12)))
        await eventually(lambda: _has(toy, "p1", 11))
        await eventually(lambda: _has(toy, PEOPLE[-1], 10))
        (letter,) = await eventually(lambda: _open(reach))
        before = await _tallies(toy)
        await reach.sealer().load(TENANT, ["p9"])
        await feed.send(_published("p9", 1))  # its journal line and its document never were

        toy.child.kill()
        refused = await restore.restore(reach, no_bar, NAME, tmp_path / "backup", restore.Asked())
        assert refused.found["refused"] == "not_empty"
        await reach.whole(NAME).drop()
        done = await restore.restore(reach, no_bar, NAME, tmp_path / "backup", restore.Asked())
        assert (done.code, done.found["letters"], done.found["raised"]) == (0, 1, len(PEOPLE) + 1), done.found
        assert await _open(reach) == [letter]
        assert await _holes(reach, "p1") == {"session_logging:11": letter}

        heir = await cluster.member().start().ready()
        assert await _tallies(heir) == before
        await feed.send(event("p9", 1, session(1)))
        await feed.send(event("p1", 13, session(13)))
        await eventually(lambda: _has(heir, "p9", 1))
        await eventually(lambda: _has(heir, "p1", 12))
        assert (await letters.redriven(reach, no_bar, NAME, [letter], None, False)).found == {letter: "redriven"}
        await eventually(lambda: _has(heir, "p1", 13))
        assert await _holes(reach, "p1") == {}
    await eventually(lambda: _well(reach))
    await eventually(lambda: _all_published(cluster.kafka, topic))


async def _all_published(kafka: str, topic: str) -> None:
    """What a fold published follows what it wrote, and a page may show that before."""
    numbers: dict[bytes, list[int]] = {}
    for record in await read_topic(kafka, topic):
        numbers.setdefault(record.key, []).append(orjson.loads(record.value)["seq"])
    first = {key: list(dict.fromkeys(seqs)) for key, seqs in numbers.items()}
    assert first[b"p9"] == [1, RAISED_BY + 1]
    assert first[b"p1"] == [*range(1, 12), RAISED_BY + 12, RAISED_BY + 13]
    assert first[b"p2"] == list(range(1, 11))


async def test_a_group_goes_back_to_a_moment_or_further_and_never_forward(kafka: str, namespace: str) -> None:
    groups, service, hour = Groups(kafka, namespace=namespace), "progression", 3_600_000
    now = time.time_ns() // 1_000_000
    await ensure_topics(kafka, [Topic("some-events", -1)], namespace=namespace, partitions=3)
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=f"{namespace}-{service}", enable_auto_commit=False)
    places = [TopicPartition(f"{namespace}-some-events", partition) for partition in range(3)]
    await producer.start()
    await consumer.start()
    try:
        for place in places[:2]:
            for ago in (4, 3, 2, 1):
                at = now - ago * hour
                await producer.send_and_wait(place.topic, b"x", partition=place.partition, timestamp_ms=at)
        consumer.assign(places)
        await consumer.commit({places[0]: 4, places[1]: 1})
    finally:
        await producer.stop()
        await consumer.stop()
    assert await groups.empty(service)

    assert await groups.rewind(service, now, {}) == {}
    assert await groups.rewind(service, now - 2 * hour - 1, {}) == {"some-events": {0: 2}}
    assert await groups.rewind(service, now, {"some-events": {0: 1, 1: 3}}) == {"some-events": {0: 1}}
    assert await groups.rewind(service, 0, {}) == {"some-events": {0: 0, 1: 0}}
    assert await groups.committed(service) == {"some-events": {0: 0, 1: 0}}


async def _feed(feed: Feed, numbers: range) -> None:
    for number in numbers:
        for key in PEOPLE:
            await feed.send(event(key, number, session(number)))


def _published(key: str, seq: int) -> dict[str, Any]:
    """An event of the toy's own."""
    data = decided(1).model_dump(mode="json")
    named = {"type": "progression.decided", "service": NAME, "event_id": event_id(NAME, key, seq)}
    return {**event(key, seq, data), **named}


async def _has(member: Member, key: str, count: int) -> None:
    answer = await member.http.get(f"/v1/patients/{key}/tally")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["sessions"] or {}) == count, answer.text


async def _tallies(member: Member) -> list[Any]:
    return [(await member.http.get(f"/v1/patients/{key}/tally")).json() for key in PEOPLE]


async def _open(reach: Reach) -> list[str]:
    found = [letter["id"] for letter in (await letters.listed(reach, NAME, "open", 10)).found]
    assert len(found) == 1, found
    return found


async def _holes(reach: Reach, key: str) -> Any:
    (document,) = await reach.store(NAME).load([key])
    return orjson.loads(document["state"])["holes"]


async def _well(reach: Reach) -> None:
    answer = await verify.verify(reach, no_bar)
    assert answer.code == 0, answer.found
