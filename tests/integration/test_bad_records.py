"""A record that cannot be handled becomes one dead letter with its reason; its partition and its neighbours go on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.support.cluster import Cluster, Member, eventually
from tests.support.cluster_nursery import Nursery
from tests.support.topics import Feed, Headers, committed, read_topic
from tests.support.toy import event, session

WITHIN_S = 10.0
TOPIC = "session-logging-events"


@dataclass
class World:
    """One running toy, and what was sent so far; every case has a person of its own."""

    cluster: Cluster
    toy: Member
    feed: Feed
    people: int = 0
    sent: dict[str, int] = field(default_factory=dict)

    def person(self) -> str:
        """Somebody new."""
        self.people += 1
        return f"q{self.people}"

    async def good(self, key: str, seq: int) -> None:
        """An ordinary session."""
        await self.feed.send(event(key, seq))
        self.sent[key] = self.sent.get(key, 0) + 1

    async def letters(self) -> list[dict[str, Any]]:
        """The open dead letters."""
        found: list[dict[str, Any]] = (await self.toy.http.get("/v1/toy/letters")).json()
        return found

    async def decided(self, key: str) -> int:
        """How many events of the toy about this person lie in its topic."""
        records = await read_topic(self.cluster.kafka, f"{self.cluster.namespace}-progression-events")
        return sum(record.key == key.encode() for record in records)

    async def everything_good_is_decided(self, key: str) -> None:
        """Within ten seconds, though a bad record lies between."""

        async def probe() -> None:
            assert await self.decided(key) == self.sent[key]

        await eventually(probe, WITHIN_S)


@pytest.fixture(scope="module")
async def world(
    kafka: str, engine: str, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[World]:
    cluster = Cluster(kafka, engine, "tbadrecords", tmp_path_factory.mktemp("toy"), nursery)
    async with Feed(kafka, cluster.namespace) as feed:
        yield World(cluster, await cluster.member().start().ready(), feed)
    await cluster.end()


def headers(type_: str | None, version: bytes | None = b"1") -> Headers:
    return (("ce_type", None if type_ is None else type_.encode()), ("ce_version", version), ("x", b"\xff\xfe"))


def changed(key: str, **changes: Any) -> bytes:
    return orjson.dumps({**event(key, 2), **changes})


UNREADABLE: dict[str, tuple[Any, Headers, str]] = {
    "bytes_that_are_no_json": (lambda _: b"\x00\xff\x00", (), "not_an_event"),
    "json_that_is_no_object": (lambda _: b"[1, 2]", (), "not_an_event"),
    "a_field_of_a_wrong_type": (lambda key: changed(key, seq="two"), headers("session.logged"), "invalid_event"),
    "data_that_break_the_contract": (lambda key: changed(key, data={}), headers("session.logged"), "invalid_event"),
    "no_value": (lambda _: None, headers("session.logged"), "no_value"),
    "a_null_header_and_no_body_to_ask": (lambda _: b"{}", headers(None, None), "not_an_event"),
    "a_newer_version": (lambda key: changed(key, version=2), headers("session.logged", b"2"), "newer_version"),
    "a_newer_version_without_headers": (lambda key: changed(key, version=2), (), "newer_version"),
    "another_persons_key": (
        lambda _: changed("somebody-else", seq=50),  # which says nothing of what comes after it here
        headers("session.logged"),
        "key_differs_from_body",
    ),
    "another_producers_name": (lambda key: changed(key, service="plans"), headers("session.logged"), "wrong_producer"),
}
UNFOLDABLE = {
    "poison": "ValueError:poison",
    "huge": "Unsendable",
    "vast": "Unsendable",
    "too_big_an_int": "Unsendable",
    "beyond_int64": "Unsendable",
    "not_a_number": "Unsendable",
}


@pytest.mark.parametrize("case", list(UNREADABLE))
async def test_an_unreadable_record_becomes_one_dead_letter_and_its_partition_goes_on(world: World, case: str) -> None:
    value, given, reason = UNREADABLE[case]
    key = world.person()
    before = len(await world.letters())
    await world.good(key, 1)
    await world.feed.raw(TOPIC, key.encode(), value(key), given)
    await world.good(key, 3)
    await world.everything_good_is_decided(key)
    letters = await world.letters()
    assert [(x["key"], x["reason"], x["attempts"]) for x in letters[before:]] == [(key, reason, 1)]


@pytest.mark.parametrize("family", list(UNFOLDABLE))
async def test_a_record_that_a_transition_cannot_take_becomes_one_dead_letter_and_its_neighbours_go_on(
    world: World, family: str
) -> None:
    key, neighbour = world.person(), world.person()
    before = len(await world.letters())
    await world.good(key, 1)
    await world.feed.send(event(key, 2, session(2, family=family)))
    await world.good(neighbour, 1)
    await world.good(key, 3)
    await world.everything_good_is_decided(key)
    await world.everything_good_is_decided(neighbour)
    letters = await world.letters()
    assert [(x["key"], x["reason"], x["attempts"]) for x in letters[before:]] == [(key, UNFOLDABLE[family], 1)]


async def test_a_record_whose_headers_cannot_be_read_is_handled_by_its_body(world: World) -> None:
    key = world.person()
    before = len(await world.letters())
    await world.feed.send(event(key, 1), headers=headers(None, None))
    await world.feed.send(event(key, 2), headers=(("ce_type", b"\xff"), ("ce_version", None)))
    world.sent[key] = 2
    await world.everything_good_is_decided(key)
    assert len(await world.letters()) == before


async def test_a_record_without_a_key_becomes_a_dead_letter(world: World) -> None:
    before = len(await world.letters())
    await world.feed.raw(TOPIC, None, changed(world.person()), headers("session.logged"))

    async def probe() -> None:
        assert [x["reason"] for x in (await world.letters())[before:]] == ["key_differs_from_body"]

    await eventually(probe, WITHIN_S)


async def test_an_unknown_type_is_skipped_and_counted_and_is_no_dead_letter(world: World) -> None:
    key = world.person()
    before = len(await world.letters())
    name = "pacewell_consumer_records_total"
    counted = await world.toy.metric(name, event_type="unknown", outcome="skipped")
    await world.feed.raw(TOPIC, key.encode(), changed(key, type="goat.milked"), headers("goat.milked"))
    await world.good(key, 3)
    await world.everything_good_is_decided(key)
    assert await world.toy.metric(name, event_type="unknown", outcome="skipped") == counted + 1
    assert len(await world.letters()) == before


async def test_after_all_of_it_every_letter_is_mirrored_every_record_committed_and_nothing_loops(world: World) -> None:
    kafka, namespace = world.cluster.kafka, world.cluster.namespace
    stored = {letter["_id"] for letter in await world.letters()}
    mirror = await read_topic(kafka, f"{namespace}-progression-dead-letters")
    assert {orjson.loads(record.value)["_id"] for record in mirror} == stored
    assert len(mirror) == len(stored)

    async def all_committed() -> None:
        now = await committed(kafka, f"{namespace}-progression", f"{namespace}-{TOPIC}")
        assert now.lag == 0, now

    await eventually(all_committed)
    assert await world.toy.metric("pacewell_consumer_rewinds_total") == 0
    name = "pacewell_consumer_batch_records_count"
    batches, used = await world.toy.metric(name), world.toy.cpu_s()
    await asyncio.sleep(1.0)
    assert await world.toy.metric(name) == batches
    assert world.toy.cpu_s() - used < 0.8
