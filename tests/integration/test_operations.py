"""A service's journal on real Kafka and a real engine, folded into a new database while the old one serves."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
import pytest

from deploy.operations import letters, rebuild, republish, verify
from deploy.operations.person import databases_aside
from deploy.operations.reach import Reach
from shared.kafka.reader import Reader
from shared.kafka.topics import Topic, ensure_topics
from tests.support.cluster import Cluster, Member, eventually
from tests.support.operator import no_bar
from tests.support.topics import Feed, read_topic
from tests.support.toy import event, session
from tests.support.toy_process import toy_service

NAME = "progression"
"""The toy goes by this name."""

LINE = orjson.dumps({"i": 999, "k": "r", "c": "sums", "id": "x", "d": {}}).decode()
EVERYTHING_WRONG = {
    "seq gap",
    "hole without a letter",
    "step without a journal line",
    "old outbox",
    "outbox set aside",
    "dead letter open",
    "journal ahead of the database",
    "record ahead of its history",
}
PEOPLE = [f"p{number}" for number in range(6)]


@pytest.fixture
async def toy(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Member:
    for module in (rebuild, republish, verify):
        monkeypatch.setattr(module, "service_of", lambda _: toy_service())
    return await cluster.member().start().ready()


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

        assert await databases_aside(reach) == [f"{cluster.namespace}-{NAME}-r2"]
        heir = await cluster.member("2", database_suffix="r2").start().ready()
        assert [(await heir.http.get(f"/v1/patients/{key}/tally")).json() for key in PEOPLE] == before
        await _feed(feed, range(31, 33))
        await eventually(lambda: _has(heir, 32))
        moved = reach.installation.place(NAME).model_copy(update={"database_suffix": "r2"})
        async with Reach(reach.installation.model_copy(update={"services": {NAME: moved}})) as after:
            assert await databases_aside(after) == [f"{cluster.namespace}-{NAME}"]
            await rebuild.replay(after, no_bar, NAME, rebuild.Asked(into="", drop=True))
            assert await databases_aside(after) == []
        await _has(heir, 32)
    await eventually(lambda: _all_published(cluster, range(1, 33)))


async def _all_published(cluster: Cluster, wanted: range) -> None:
    """What a fold published follows what it wrote, and a page may show that before."""
    numbers: dict[bytes, list[int]] = {}
    for record in await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events"):
        numbers.setdefault(record.key, []).append(orjson.loads(record.value)["seq"])
    assert {tuple(dict.fromkeys(seqs)) for seqs in numbers.values()} == {tuple(wanted)}


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


async def test_whatever_is_missing_or_too_much_is_found_where_it_lies(
    cluster: Cluster, toy: Member, reach: Reach
) -> None:
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await _feed(feed, range(1, 4))
        await eventually(lambda: _has(toy, 3))
        await eventually(lambda: _verified(reach, set()))
        toy.child.stop()

        aggregates, sums = reach.database(NAME)["aggregates"], reach.database(NAME)["sums"]
        await aggregates.delete_one({"_id": "p0"})
        await _change(aggregates, "p1", lambda meta: meta["holes"].update({"session_logging:9": "nowhere:0:0"}))
        await _change(aggregates, "p2", lambda meta: meta.update(steps=meta["steps"] + 1))
        await aggregates.update_one({"_id": "p3"}, {"$set": {"pending": 1, "outbox": LINE}})
        await aggregates.update_one({"_id": "p4"}, {"$set": {"pending": None, "outbox": LINE}})
        await sums.update_one({"_id": "p5:s1"}, {"$set": {"seq": 99}})
        letter = {"_id": "input:0:1", "status": "open", "seq": 1, "at": 1}
        await reach.database(NAME)["dead_letters"].insert_one(letter)
        await feed.send(event("p9", 1))
        await feed.send(event("p9", 3))

    found = await _verified(reach, EVERYTHING_WRONG)
    where = {kind: told["where"] for kind, told in found["wrong"].items()}
    assert where["seq gap"] == ["session-logging-events p9: 3 where 2 was due"]
    assert where["hole without a letter"] == [f"{NAME} p1: nowhere:0:0"]
    assert where["step without a journal line"] == [f"{NAME}-journal p2"]
    assert where["outbox set aside"] == [f"{NAME} p4"]
    assert where["dead letter open"] == [f"{NAME} input:0:1"]
    assert where["journal ahead of the database"] == [f"{NAME}-journal p0"]
    assert f"{NAME} sums p5:s1" in where["record ahead of its history"]
    assert all("p0" in one or "p5" in one for one in where["record ahead of its history"])
    assert where["old outbox"][0].startswith(f"{NAME} p3: ")


async def test_what_newer_code_redrives_beside_the_service_is_forwarded_by_the_service(
    cluster: Cluster, toy: Member, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.operations.reach.service_of", lambda _: toy_service(cured=True))
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        for number, family in enumerate(("walk", "poison", "tell"), 1):
            await feed.send(event("p1", number, session(number, family=family)))
    (letter,) = await eventually(lambda: _letters(reach, 1))
    assert not cluster.messages.exists()  # nothing is said while something is missing

    for _ in range(2):
        answer = await letters.redriven(reach, no_bar, NAME, [letter], None, False)
        assert (answer.code, answer.found) == (0, {letter: "redriven"})

    await eventually(lambda: _different(cluster, f"{cluster.namespace}-progression-events", 3))
    tally = (await toy.http.get("/v1/patients/p1/tally")).json()
    assert set(tally["sessions"]) == set(tally["records"]) - {"latest"} == {"s1", "s2", "s3"}
    await eventually(lambda: _said(cluster))
    assert (await verify.verify(reach, no_bar)).code == 0


async def test_reading_what_is_empty_or_not_there_ends(
    kafka: str, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a topic that held nothing the client's own stop may wait for ever, unless it is cancelled."""
    await ensure_topics(kafka, [Topic("empty", -1)], namespace=namespace, partitions=4)
    async with asyncio.timeout(30), Reader(kafka, namespace=namespace) as reader:
        for topic in ("nowhere", "empty"):
            span = await reader.span(topic)
            assert [page async for page in reader.read(topic, span.begins, span.ends)] == []
        monkeypatch.setattr(reader._consumer, "stop", partial(_never, reader._consumer.stop))


async def _never(stop: Callable[[], Awaitable[None]]) -> None:
    """As the client does it: it waits for a task that does not end, and stops once that is cancelled."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await stop()


async def _letters(reach: Reach, count: int) -> list[str]:
    found = [letter["id"] for letter in (await letters.listed(reach, NAME, "open", 10)).found]
    assert len(found) == count, found
    return found


async def _different(cluster: Cluster, topic: str, count: int) -> None:
    records = {(record.key, record.value) for record in await read_topic(cluster.kafka, topic)}
    assert len(records) == count, f"{len(records)} events"


async def _said(cluster: Cluster) -> None:
    assert cluster.messages.exists()


async def _verified(reach: Reach, kinds: set[str]) -> Any:
    """What `verify` tells once it finds just these kinds of wrong."""
    answer = await verify.verify(reach, no_bar)
    assert set(answer.found["wrong"]) == kinds, answer.found
    assert answer.code == bool(kinds)
    return answer.found


async def _change(aggregates: Any, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    meta = orjson.loads((await aggregates.find_one({"_id": key}))["state"])
    change(meta)
    await aggregates.update_one({"_id": key}, {"$set": {"state": orjson.dumps(meta).decode()}})


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
