"""A service's journal on real Kafka and a real engine, folded into a new database while the old one serves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from deploy.operations import rebuild, republish
from deploy.operations.installation import Installation, KafkaPlace, Mongo, ServicePlace
from deploy.operations.reach import Reach
from tests.support.cluster import Cluster, Member, eventually
from tests.support.topics import Feed, read_topic
from tests.support.toy import event, session
from tests.support.toy_process import toy_service

NAME = "progression"
"""The toy goes by this name."""

PEOPLE = [f"p{number}" for number in range(6)]


def no_bar(_title: str, _so_far: int, _of: int) -> None:
    """Nobody looks."""


@pytest.fixture
async def toy(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Member:
    for module in (rebuild, republish):
        monkeypatch.setattr(module, "service_of", lambda _: toy_service())
    return await cluster.member().start().ready()


@pytest.fixture
async def reach(cluster: Cluster, toy: Member) -> AsyncIterator[Reach]:
    """An operator's connections."""
    installation = Installation(
        services={NAME: ServicePlace(http=(toy.url,), mongo_url=cluster.engine)},
        keys=Mongo(mongo_url=cluster.engine),
        kafka=KafkaPlace(servers=cluster.kafka),
        master_key_file=cluster.folder / "master.key",
        namespace=cluster.namespace,
        partitions=4,
        clock_file=cluster.folder / "clock.json",
    )
    async with Reach(installation) as opened:
        yield opened


async def test_a_service_goes_on_from_a_replayed_database_with_nothing_lost(
    cluster: Cluster, toy: Member, reach: Reach
) -> None:
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await _feed(feed, range(1, 21))
        await eventually(lambda: _has(toy, 20))
        feeding = asyncio.create_task(_feed(feed, range(21, 31)))

        first = await rebuild.replay(reach, no_bar, NAME, rebuild.Asked(into="r2"))
        await feeding
        assert first.code == 0, first.found
        assert first.found["folded"] >= 20 * len(PEOPLE)
        refused = await rebuild.replay(reach, no_bar, NAME, rebuild.Asked(into="r2", finish=True))
        assert refused.found["refused"] == "still_serves"

        await eventually(lambda: _has(toy, 30))
        before = [(await toy.http.get(f"/v1/patients/{key}/tally")).json() for key in PEOPLE]
        toy.child.stop()
        last = await rebuild.replay(reach, no_bar, NAME, rebuild.Asked(into="r2", finish=True))
        assert (last.code, last.found["differences"]) == (0, [])
        assert first.found["folded"] + last.found["folded"] == 30 * len(PEOPLE)

        heir = await cluster.member("2", database_suffix="r2").start().ready()
        assert [(await heir.http.get(f"/v1/patients/{key}/tally")).json() for key in PEOPLE] == before
        await _feed(feed, range(31, 33))
        await eventually(lambda: _has(heir, 32))
    numbers: dict[bytes, list[int]] = {}
    for record in await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events"):
        numbers.setdefault(record.key, []).append(orjson.loads(record.value)["seq"])
    assert {tuple(dict.fromkeys(seqs)) for seqs in numbers.values()} == {tuple(range(1, 33))}


async def test_older_events_are_published_once_more_as_they_were_and_nothing_stays_behind(
    cluster: Cluster, toy: Member, reach: Reach
) -> None:
    topic = f"{cluster.namespace}-progression-events"
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await _feed(feed, range(1, 6))
        await eventually(lambda: _has(toy, 5))
    first = await eventually(lambda: _lie(cluster, topic, 5 * len(PEOPLE)))

    later = await republish.republish(reach, no_bar, NAME, datetime(9999, 1, 1, tzinfo=UTC))
    assert later.found["published"] == 0
    again = await republish.republish(reach, no_bar, NAME, datetime(2000, 1, 1, tzinfo=UTC))

    assert again.found["published"] == len(first)
    every = await _lie(cluster, topic, 2 * len(first))
    assert sorted(every) == sorted(first * 2)
    dry = await rebuild.replay(reach, no_bar, NAME, rebuild.Asked(dry_run=True))
    assert (dry.code, dry.found["folded"]) == (0, 5 * len(PEOPLE))
    assert await reach.whole(NAME, dry.found["suffix"]).collections() == []


async def _feed(feed: Feed, numbers: range) -> None:
    for number in numbers:
        for key in PEOPLE:
            await feed.send(event(key, number, session(number)))


async def _has(member: Member, count: int) -> None:
    for key in PEOPLE:
        answer = await member.http.get(f"/v1/patients/{key}/tally")
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["sessions"] or {}) == count, answer.text


async def _lie(cluster: Cluster, topic: str, count: int) -> list[Any]:
    records = [(record.key, record.value) for record in await read_topic(cluster.kafka, topic)]
    assert len(records) == count, f"{len(records)} events"
    return records
