"""One suite for every store: the fake, the embedded engine, an engine of exact semantics, and real MongoDB."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from typing import Any, Final

import pytest

from deploy.local.engine import Engine
from services.community import store as community
from services.community.transitions import SERVICE as COMMUNITY
from services.plans import store as plans
from services.plans.transitions import SERVICE as PLANS
from shared.kafka.partition import SHARDS
from shared.mongo.client import connect
from shared.mongo.keys import MongoKeyStore
from shared.mongo.store import MongoStore
from shared.runtime.aggregate import Document
from shared.runtime.ports import DependencyDown, Rejected, Store
from shared.sealing import KeyStore
from tests.support.key_store import MemoryKeyStore
from tests.support.memory_store import MemoryStore
from tests.support.toy import TOY

REAL: Final = "PACEWELL_TEST_MONGO_URL"
ENGINES: Final = ["engine", "java_engine", *(["mongodb"] if REAL in os.environ else [])]
TIMEOUT_MS: Final = 5000
EVERY_SHARD: Final = range(SHARDS)


def _url(request: pytest.FixtureRequest, engine: str) -> str:
    return os.environ[REAL] if engine == "mongodb" else str(request.getfixturevalue(engine))


@asynccontextmanager
async def _database(url: str, name: str) -> AsyncIterator[Any]:
    client = connect(url, app="contract", timeout_ms=TIMEOUT_MS)
    try:
        yield client[name]
        await client.drop_database(name)
    finally:
        client.close()


@pytest.fixture(params=ENGINES)
async def database(request: pytest.FixtureRequest, namespace: str) -> AsyncIterator[Any]:
    """An empty database on each engine."""
    async with _database(_url(request, request.param), namespace) as opened:
        yield opened


@pytest.fixture(params=["memory", *ENGINES])
async def store(request: pytest.FixtureRequest, namespace: str) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with _database(_url(request, request.param), namespace) as opened:
        prepared = MongoStore(opened)
        await prepared.prepare(TOY)
        yield prepared


@pytest.fixture(params=["memory", *ENGINES])
async def keys(request: pytest.FixtureRequest, namespace: str) -> AsyncIterator[KeyStore]:
    """An empty key store of each kind."""
    if request.param == "memory":
        yield MemoryKeyStore()
        return
    async with _database(_url(request, request.param), namespace) as opened:
        yield MongoKeyStore(opened)


def aggregate(key: str, v: int = 1, **fields: Any) -> Document:
    """A document as the codec writes it."""
    whole = {"tenant": "clinic-a", "schema": 1, "shard": 0, "due": None, "pending": None, "state": "{}", "outbox": ""}
    return {"_id": key, "v": v, **whole, **fields}


def record(id: str, seq: int, **fields: Any) -> Document:
    return {"_id": id, "key": "p1", "tenant": "clinic-a", "seq": seq, **fields}


async def _one(store: Store, key: str) -> Document:
    (found,) = await store.load([key])
    return found


# Aggregates


async def test_load_gives_what_is_there_and_only_that(store: Store) -> None:
    documents = [aggregate(f"p{i}", state=f'{{"n":{i}}}') for i in range(3)]
    assert await store.fence(documents)

    found = await store.load(["p2", "p0", "nobody"])
    assert sorted(found, key=lambda d: str(d["_id"])) == [documents[0], documents[2]]
    assert await store.load(["nobody"]) == []


@pytest.mark.parametrize(
    "text",
    ["line\nbreak", 'tab\t"quoted" \\', "🌱 äöü 漢字", "\u2028\u2029", "nul\x00inside", "$set", "a.b", "x" * 900_000],
    ids=["newline", "quotes", "unicode", "separators", "nul", "dollar", "dot", "large"],
)
async def test_text_comes_back_as_it_was(store: Store, text: str) -> None:
    document = aggregate("p1", state=text, outbox=text[:1000])
    assert await store.fence([document])
    assert await _one(store, "p1") == document


async def test_a_fence_wins_only_against_the_version_it_read(store: Store) -> None:
    assert await store.fence([aggregate("p1", 1, state="one")])
    assert await store.fence([aggregate("p1", 2, state="two")])
    for v in (1, 2, 4):
        assert not await store.fence([aggregate("p1", v, state="late")])
    assert not await store.fence([aggregate("nobody", 2)])

    assert (await _one(store, "p1"))["state"] == "two"
    assert await store.load(["nobody"]) == []


async def test_in_one_bulk_some_may_win_while_others_lose(store: Store) -> None:
    await store.fence([aggregate("p1"), aggregate("p2")])
    bulk = [aggregate("p1", 1, state="x"), aggregate("p2", 2, state="two"), aggregate("p3", 1), aggregate("p4", 5)]

    assert not await store.fence(bulk)
    found = {d["_id"]: (d["v"], d["state"]) for d in await store.load(["p1", "p2", "p3", "p4"])}
    assert found == {"p1": (1, "{}"), "p2": (2, "two"), "p3": (1, "{}")}


async def test_of_many_first_inserts_one_wins(store: Store) -> None:
    won = await asyncio.gather(*(store.fence([aggregate("p1", state=str(i))]) for i in range(10)))

    assert won.count(True) == 1
    assert (await _one(store, "p1"))["state"] == str(won.index(True))


async def test_racing_writers_who_read_again_lose_nothing(store: Store) -> None:
    await store.fence([aggregate("p1", state="0")])

    async def add_one() -> None:
        while True:
            read = await _one(store, "p1")
            if await store.fence([{**read, "v": read["v"] + 1, "state": str(int(read["state"]) + 1)}]):
                return

    await asyncio.gather(*(add_one() for _ in range(12)))
    found = await _one(store, "p1")
    assert (found["v"], found["state"]) == (13, "12")


async def test_clear_changes_only_the_outbox_of_the_version_it_saw(store: Store) -> None:
    await store.fence([aggregate(key, outbox="a\nb", pending=5, due=7, state="kept") for key in ("p1", "p2")])

    assert await store.clear([("p1", 1, "b", 5), ("p2", 1, "", None)])
    assert await _one(store, "p1") == aggregate("p1", 2, outbox="b", pending=5, due=7, state="kept")
    assert await _one(store, "p2") == aggregate("p2", 2, outbox="", pending=None, due=7, state="kept")
    assert not await store.clear([("p1", 1, "", None), ("p2", 2, "c", 9), ("nobody", 1, "", None)])
    assert (await _one(store, "p1"))["outbox"] == "b"
    assert (await _one(store, "p2"))["outbox"] == "c"


@pytest.mark.parametrize("field", ["due", "pending"])
async def test_what_waits_comes_in_order_page_by_page_and_only_of_the_asked_shards(store: Store, field: str) -> None:
    documents = [aggregate(f"p{i}", shard=i % 3, **{field: 100 - i}) for i in range(30)]
    await store.fence([*documents, aggregate("never"), aggregate("later", **{field: 1000})])
    find: Callable[..., Any] = store.due if field == "due" else store.pending

    found = await find(100, [0, 2], 500)
    assert [d[field] for d in found] == sorted(100 - i for i in range(30) if i % 3 != 1)
    assert await find(70, EVERY_SHARD, 500) == []
    assert [d[field] for d in await find(75, EVERY_SHARD, 3)] == [71, 72, 73]
    assert await find(100, [], 500) == []
    assert [d["_id"] for d in await find(2000, EVERY_SHARD, 500)][-1] == "later"


async def test_pending_goes_on_after_a_moment(store: Store) -> None:
    await store.fence([aggregate(f"p{i}", pending=i) for i in range(1, 9)])

    assert [d["pending"] for d in await store.pending(6, EVERY_SHARD, 10, 4)] == [4, 5, 6]


# Records


async def test_a_record_is_replaced_only_by_a_higher_seq(store: Store) -> None:
    for seq in (2, 1, 2, 5, 4):
        await store.put({"sums": [record("p1:a", seq, at=seq * 10)]})

    assert await store.find("sums", {"_id": "p1:a"}) == [record("p1:a", 5, at=50)]


async def test_a_put_takes_what_is_new_and_leaves_what_is_newer(store: Store) -> None:
    await store.put({"sums": [record("p1:a", 5, at=1), record("p1:b", 1, at=1)], "others": [record("p1:a", 1, at=9)]})
    await store.put({"sums": [record("p1:a", 3, at=2), record("p1:b", 3, at=2), record("p1:c", 3, at=2)]})

    found = {d["_id"]: (d["seq"], d["at"]) for d in await store.find("sums", {"key": "p1"})}
    assert found == {"p1:a": (5, 1), "p1:b": (3, 2), "p1:c": (3, 2)}
    assert [d["at"] for d in await store.find("others", {"key": "p1"})] == [9]


async def test_records_laid_where_some_are_there_already_are_put(store: Store) -> None:
    await store.put({"sums": [record("p1:a", 5, at=1), record("p1:b", 1, at=1)]})
    await store.lay({"sums": [record("p1:a", 3, at=2), record("p1:b", 3, at=2), record("p1:c", 3, at=2)]})
    await store.lay({"sums": [record("p1:d", 1, at=3)]})

    found = {d["_id"]: (d["seq"], d["at"]) for d in await store.find("sums", {"key": "p1"})}
    assert found == {"p1:a": (5, 1), "p1:b": (3, 2), "p1:c": (3, 2), "p1:d": (1, 3)}


async def test_of_many_concurrent_puts_the_highest_seq_stays(store: Store) -> None:
    seqs = list(range(1, 31))
    random.Random(7).shuffle(seqs)
    await asyncio.gather(*(store.put({"sums": [record("p1:a", seq, at=seq)]}) for seq in seqs))

    assert [d["seq"] for d in await store.find("sums", {"_id": "p1:a"})] == [30]


async def test_values_of_json_come_back_as_they_were(store: Store) -> None:
    values: dict[str, Any] = {
        "whole": [0, -1, 2**31, 2**53 - 1, -(2**53) + 1],
        "half": 0.5,
        "yes": True,
        "nothing": None,
        "nested": {"a": [{"b": "ü"}, []], "empty": {}},
    }
    await store.put({"sums": [record("p1:a", 1, **values)]})

    (found,) = await store.find("sums", {"_id": "p1:a"})
    assert {name: found[name] for name in values} == values
    assert found["yes"] is True


async def test_find_by_equality_range_and_set_sorted_and_limited(store: Store) -> None:
    documents = [record(f"p{i % 2}:{i}", 1, key=f"p{i % 2}", at=i % 7, kind="ab"[i % 3 == 0]) for i in range(20)]
    for document in documents:
        document["key"] = document["_id"].split(":")[0]
    await store.put({"sums": documents})

    def wanted(*keep: Callable[[Document], bool]) -> set[str]:
        return {d["_id"] for d in documents if all(one(d) for one in keep)}

    async def ids(where: dict[str, Any]) -> set[str]:
        return {d["_id"] for d in await store.find("sums", where)}

    mine: Callable[[Document], bool] = lambda d: bool(d["key"] == "p1")  # noqa: E731
    assert await ids({"key": "p1", "kind": "b"}) == wanted(mine, lambda d: bool(d["kind"] == "b"))
    assert await ids({"key": "p1", "at": {"$gte": 2, "$lt": 5}}) == wanted(mine, lambda d: 2 <= d["at"] < 5)
    assert await ids({"key": "p1", "at": {"$gt": 2, "$lte": 5}}) == wanted(mine, lambda d: 2 < d["at"] <= 5)
    assert await ids({"key": {"$in": ["p1", "p9"]}}) == wanted(mine)
    assert await ids({"key": "p9"}) == set()
    assert await store.find("never_made", {"key": "p1"}) == []

    found = await store.find("sums", {"key": "p1"}, [("at", -1), ("_id", 1)], 4)
    expected = sorted((d for d in documents if mine(d)), key=lambda d: (-d["at"], d["_id"]))[:4]
    assert found == expected


# Keys


async def test_the_first_key_of_an_id_stays(keys: KeyStore) -> None:
    await keys.create({"a": "one", "b": "two"})
    await keys.create({"a": "other", "c": "three"})
    assert await keys.get(["a", "b", "c", "nobody"]) == {"a": "one", "b": "two", "c": "three"}


async def test_an_erased_key_leaves_a_tombstone_for_ever(keys: KeyStore) -> None:
    await keys.create({"a": "one"})
    await keys.erase("a")
    await keys.erase("never-heard-of")
    await keys.create({"a": "again", "never-heard-of": "again"})
    assert await keys.get(["a", "never-heard-of"]) == {"a": None, "never-heard-of": None}


async def test_of_many_who_make_a_key_all_get_the_same_one(keys: KeyStore) -> None:
    await asyncio.gather(*(keys.create({"a": str(i)}) for i in range(10)))
    first = await keys.get(["a"])
    await keys.create({"a": "late"})
    assert await keys.get(["a"]) == first


# What only a database can do


@pytest.mark.parametrize("value", [2**70, "\ud800", {1: "a key that is no text"}], ids=["int", "surrogate", "key"])
async def test_what_the_driver_cannot_carry_is_refused_without_a_word_of_it(database: Any, value: Any) -> None:
    store = MongoStore(database)
    for attempt in (
        store.put({"sums": [record("p1:a", 1, at=value)]}),
        store.fence([aggregate("p1", state=value)]),
    ):
        with pytest.raises(Rejected) as refused:
            await attempt
        assert str(value) not in str(refused.value)
        assert refused.value.__cause__ is None
    assert await store.load(["p1"]) == []


async def test_indexes_are_made_once_and_made_again_without_harm(database: Any) -> None:
    store = MongoStore(database)
    await store.prepare(TOY)
    await store.prepare(TOY)
    names = {tuple(index["key"]) for index in await database["aggregates"].list_indexes().to_list(None)}
    assert {("due", "shard"), ("pending", "shard")} <= names


class _Remembering:
    """A database that remembers the cursors which were made on it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.cursors: list[Any] = []

    def __getitem__(self, name: str) -> Any:
        return _RememberingCollection(self._inner[name], self.cursors)


class _RememberingCollection:
    def __init__(self, inner: Any, cursors: list[Any]) -> None:
        self._inner = inner
        self._cursors = cursors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def find(self, *args: Any, **kwargs: Any) -> Any:
        cursor = self._inner.find(*args, **kwargs)
        self._cursors.append(cursor)
        return cursor


async def test_no_query_of_the_runtime_scans_on_the_embedded_engine(engine: str, namespace: str) -> None:
    async with _database(engine, namespace) as opened:
        remembering = _Remembering(opened)
        store = MongoStore(remembering)
        await store.prepare(TOY)
        await store.fence([aggregate(f"p{i}", shard=i % 64, due=i, pending=i) for i in range(200)])
        letters = [record(f"t:0:{i}", 1, status="open", at=i, reason="newer_version") for i in range(50)]
        await store.put({"sums": [record(f"p1:{i}", 1, at=i) for i in range(200)], "dead_letters": letters})
        await store.load(["p1", "p2"])
        await store.due(50, range(16), 500)
        await store.pending(50, range(16), 500, 10)
        await store.find("sums", {"key": "p1", "tenant": "clinic-a"}, [("at", -1)], 20)
        await store.find("sums", {"key": "p1", "tenant": "clinic-a", "at": {"$lt": 9}}, [("at", -1)], 20)
        await store.find("commands", {"_id": {"$in": ["p1:c1", "p1:c2"]}}, limit=2)
        await store.find("dead_letters", {"status": "open", "reason": "newer_version"}, [("at", 1)], 200)
        await opened["sums"].find({"tenant": "clinic-a"}).to_list(1)

        plans = [await cursor.clone().explain() for cursor in remembering.cursors]
        assert len(plans) == 7
        for plan in plans:
            assert not _scans(plan), plan["queryPlanner"]["parsedQuery"]
        assert _scans(await opened["sums"].find({"tenant": "clinic-a"}).explain()), "this test can see a scan"


async def test_no_query_of_the_work_list_scans_on_the_embedded_engine(engine: str, namespace: str) -> None:
    async with _database(engine, namespace) as opened:
        remembering = _Remembering(opened)
        store = MongoStore(remembering)
        await store.prepare(PLANS)
        items = [
            record(
                f"p{i % 7}:w{i}",
                1,
                waits=i % 3 and 1,
                status="open",
                kind="review",
                urgency="soon",
                order=f"{i:03}",
                site="main",
                role="nurse",
                taken_by="u-1" if i % 5 == 0 else None,
            )
            for i in range(200)
        ]
        await store.put({plans.WORK: [{**item, "key": item["_id"][:2], "closed_ms": 0} for item in items]})
        for status, kind, urgency, after in product((None, "open"), (None, "call"), (None, "soon"), (None, "050")):
            where = plans.clinics_work("clinic-a", status, after, kind=kind, urgency=urgency)
            await store.find(plans.WORK, where, plans.MOST_URGENT_FIRST, 51)
        for only in ({"site": "main"}, {"role": "nurse"}, {"taken_by": "u-1"}, {"site": "main", "taken_by": "u-1"}):
            where = plans.clinics_work("clinic-a", None, "050", **only)
            await store.find(plans.WORK, where, plans.MOST_URGENT_FIRST, 51)
        for waits, order in ((True, plans.MOST_URGENT_FIRST), (False, plans.LAST_CLOSED_FIRST)):
            assert await store.find(plans.WORK, plans.persons_work("clinic-a", "p1", waits=waits), order, 50)
        await store.find(plans.WORK, plans.waiting_of("soon"), plans.MOST_URGENT_FIRST, 1000)
        await store.find(plans.WORK, plans.closed_since(0), plans.FIRST_CLOSED_FIRST, 1000)

        told = [await cursor.clone().explain() for cursor in remembering.cursors]
        assert len(told) == 24
        assert [plan["queryPlanner"]["parsedQuery"] for plan in told if _scans(plan)] == []


async def test_no_query_of_groups_and_feeds_scans_on_the_embedded_engine(engine: str, namespace: str) -> None:
    async with _database(engine, namespace) as opened:
        remembering = _Remembering(opened)
        store = MongoStore(remembering)
        await store.prepare(COMMUNITY)
        kept: dict[str, list[dict[str, Any]]] = {community.GROUPS: [], community.MEMBERS: [], community.POSTS: []}
        for i in range(200):
            common = {"tenant": f"clinic-{i % 3}", "key": f"g{i % 7}", "seq": 1}
            kept[community.GROUPS].append({**common, "_id": f"g{i}:group", "order": f"{i:03}"})
            member = {"patient_id": f"p{i % 40}", "status": "active" if i % 2 else "left"}
            kept[community.MEMBERS].append({**common, **member, "_id": f"g:m{i}"})
            kept[community.POSTS].append(
                {**common, "_id": f"g:o{i}", "number": i, "status": "shown" if i % 5 else "deleted"}
            )
        await store.put(kept)
        for place, number in ((None, None), ("050", 150)):
            groups = community.tenants_groups("clinic-1", place)
            assert len(await store.find(community.GROUPS, groups, community.IN_ORDER, 51)) >= 50
            posts = community.groups_posts("clinic-1", "g1", number)
            assert await store.find(community.POSTS, posts, community.NEWEST_FIRST, 51)
        assert await store.find(community.MEMBERS, community.persons_memberships("clinic-1", "p1"), (), 20)
        assert len(await store.find(community.GROUPS, community.groups_by_id("clinic-1", ["g1", "g4"]), (), 2)) == 2

        told = [await cursor.clone().explain() for cursor in remembering.cursors]
        assert len(told) == 6
        assert [plan["queryPlanner"]["parsedQuery"] for plan in told if _scans(plan)] == []


def _scans(plan: dict[str, Any]) -> bool:
    steps = [step["detail"] for step in plan["queryPlanner"]["winningPlan"]]
    collection = plan["queryPlanner"]["namespace"].split(".")[-1]
    return any(step.startswith("SCAN ") and step.split()[1] == collection for step in steps)


async def test_an_engine_that_was_killed_is_a_dependency_that_is_down_and_comes_back_with_its_data(
    own_engine: Engine,
) -> None:
    client = connect(own_engine.url, app="contract", timeout_ms=1000)
    store, keys = MongoStore(client["down"]), MongoKeyStore(client["keys"])
    await store.prepare(TOY)
    await store.fence([aggregate("p1", state="kept")])
    await store.put({"sums": [record("p1:a", 1)]})
    await keys.create({"a": "one"})
    await asyncio.to_thread(own_engine.kill)

    calls: list[Callable[[], Any]] = [
        lambda: store.load(["p1"]),
        lambda: store.fence([aggregate("p1", 2)]),
        lambda: store.clear([("p1", 1, "", None)]),
        lambda: store.put({"sums": [record("p1:a", 2)]}),
        lambda: store.due(1, [0], 1),
        lambda: store.pending(1, [0], 1),
        lambda: store.find("sums", {"key": "p1"}),
        lambda: keys.get(["a"]),
        lambda: keys.create({"b": "two"}),
        lambda: keys.erase("a"),
        lambda: store.prepare(TOY),
    ]
    for call in calls:
        with pytest.raises(DependencyDown) as down:
            await call()
        assert "p1" not in str(down.value)

    await asyncio.to_thread(own_engine.start)
    assert (await _one(store, "p1"))["state"] == "kept"
    assert len(await store.find("sums", {"key": "p1"})) == 1
    assert await keys.get(["a"]) == {"a": "one"}
    client.close()
