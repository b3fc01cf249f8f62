"""The fence: what a refused, newer or contested document does to a batch."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from shared.runtime.aggregate import NewerSchema
from shared.runtime.messages import Refused
from shared.runtime.ports import DependencyDown, Rejected
from tests.support.memory_store import MemoryStore
from tests.support.rig import Rig, laid, lay
from tests.support.toy import CURED, Add, event


class Picky(MemoryStore):
    """Refuses a document for ever while its state names a certain session."""

    unwanted = '"s2"'

    async def fence(self, documents: Sequence[dict[str, Any]]) -> bool:
        if self.unwanted and any(self.unwanted in d["state"] for d in documents):
            raise Rejected("code 2")
        return await super().fence(documents)


async def test_a_bulk_that_the_store_refuses_is_halved_until_the_culprit_is_alone() -> None:
    rig = Rig(store=Picky())
    people = [f"p{i}" for i in range(9)]
    good = [lay(rig.broker, event(key, 1)) for key in people]
    bad = lay(rig.broker, event("p4", 2))
    await rig.consume([*good, bad, lay(rig.broker, event("p4", 3))])

    assert set(rig.letters()) == {bad.id}
    assert rig.aggregate("p4").holes == {"session_logging:2": bad.id}
    assert set(rig.state("p4").sessions) == {"s1", "s3"}
    assert set(rig.store.aggregates) == set(people)

    rig.store.unwanted = ""
    newer = Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys)
    assert await newer.runtime.redrive(bad.id) == "redriven"
    assert set(newer.state("p4").sessions) == {"s1", "s2", "s3"}


async def test_a_newer_schema_stops_the_batch_and_answers_commands_503() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    rig.store.aggregates["p1"]["schema"] = 2
    with pytest.raises(NewerSchema):
        await rig.consume(raws[1:])
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("a", 1), "c1")

    assert refused.value.status == 503
    assert rig.letters() == {}


async def test_a_fence_that_is_lost_again_and_again_gives_up_as_a_dependency() -> None:
    rig = Rig()

    async def lost(_: object) -> bool:
        return False

    rig.store.fence = lost
    with pytest.raises(DependencyDown):
        await rig.consume(laid(rig.broker, "p1", 1))


async def test_part_of_a_bulk_may_win_and_only_the_rest_is_folded_again() -> None:
    rig = Rig()
    other = Rig(store=rig.store, broker=rig.broker, keys=rig.keys, instance="2")
    fence = rig.store.fence
    calls: list[int] = []

    async def overtaken(documents: Any) -> bool:
        calls.append(len(documents))
        if len(calls) == 1:
            rig.store.fence = fence
            await other.command("p1", Add("x", 1), "c1")
            rig.store.fence = overtaken
        return bool(await fence(documents))

    rig.store.fence = overtaken
    await rig.consume([lay(rig.broker, event(key, 1)) for key in ("p1", "p2")])

    assert calls == [2, 1]
    assert set(rig.state("p1").sessions) == {"x", "s1"}
    assert rig.aggregate("p2").steps == 1


class Slow(MemoryStore):
    """Writes its first bulk only when it is told to; `asked` counts the bulks, `last` tells of p3's records."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.go = asyncio.Event()
        self.last = asyncio.Event()

    async def fence(self, documents: Sequence[dict[str, Any]]) -> bool:
        self.asked += 1
        if self.asked == 1:
            await self.go.wait()
        return await super().fence(documents)

    async def put(self, records: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        await super().put(records)
        if any(document["key"] == "p3" for documents in records.values() for document in documents):
            self.last.set()


async def test_the_next_people_are_folded_written_and_forwarded_while_those_before_are_still_written() -> None:
    store = Slow()
    rig = Rig(store=store, chunk=2)
    batch = [raw for key in ("p1", "p2", "p3") for raw in laid(rig.broker, key, 2)]
    handled = asyncio.create_task(rig.consume(batch))
    await store.last.wait()
    assert (store.asked, set(store.aggregates), handled.done()) == (3, {"p2", "p3"}, False)
    store.go.set()
    await handled
    assert all(set(rig.state(key).sessions) == {"s1", "s2"} for key in ("p1", "p2", "p3"))
    assert [event["seq"] for event in rig.events("p1")] == [1, 2]


async def test_people_of_a_batch_are_not_split_and_keep_their_order_whatever_lies_between() -> None:
    rig = Rig(chunk=2)
    by_person = [laid(rig.broker, key, 3) for key in ("p1", "p2", "p3")]
    await rig.consume([raw for round_ in zip(*by_person, strict=True) for raw in round_])

    assert [rig.store.aggregates[key]["v"] for key in ("p1", "p2", "p3")] == [1, 1, 1]
    for key in ("p1", "p2", "p3"):
        assert [event["seq"] for event in rig.events(key)] == [1, 2, 3]


class Failing(MemoryStore):
    """Reads nothing of a certain person, and remembers who was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    async def load(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        self.loaded += keys
        if "p2" in keys:
            raise DependencyDown("mongo")
        return await super().load(keys)


async def test_after_a_failure_no_further_people_are_folded_and_nothing_is_left_under_way() -> None:
    store = Failing()
    rig = Rig(store=store, chunk=1)
    raws = [lay(rig.broker, event(key, 1)) for key in ("p1", "p2", "p3", "p4")]
    with pytest.raises(DependencyDown):
        await rig.consume(raws)

    assert store.loaded == ["p1", "p2"]
    assert set(store.aggregates) == {"p1"}
    await rig.forwarded()
    assert len(rig.events("p1")) == 1


async def test_who_is_being_written_is_not_cleared_meanwhile_so_that_nobody_is_folded_twice() -> None:
    rig = Rig(cache_bytes=1 << 20)
    first, second = laid(rig.broker, "p1", 2)
    await rig.consume([first])
    clearing, fences, fence = rig.runtime.forwarder.clear, [], rig.store.fence

    async def while_clearing(documents: Sequence[dict[str, Any]]) -> bool:
        fences.append(len(documents))
        await clearing(everything=True)
        return bool(await fence(documents))

    rig.store.fence = while_clearing
    await rig.consume([second])

    assert fences == [1]
    assert not rig.runtime.mechanism.is_folding("p1")
    await clearing(everything=True)
    assert rig.aggregate("p1").outbox == ()


async def test_who_is_being_cleared_is_folded_after_that_so_that_nobody_is_folded_twice() -> None:
    rig = Rig(cache_bytes=1 << 20)
    first, second = laid(rig.broker, "p1", 2)
    await rig.consume([first])
    clear, fence, fences, folding = rig.store.clear, rig.store.fence, list[bool](), []

    async def slow(cleared: Sequence[tuple[str, int, str, int | None]]) -> bool:
        done = await clear(cleared)  # and its answer takes a while
        folding.append(asyncio.create_task(rig.consume([second])))
        for _ in range(20):  # turns enough for the second to go as far as it may meanwhile
            await asyncio.sleep(0)
        return bool(done)

    async def counted(documents: Sequence[dict[str, Any]]) -> bool:
        fences.append(bool(await fence(documents)))
        return fences[-1]

    rig.store.clear, rig.store.fence = slow, counted
    await rig.runtime.forwarder.clear(everything=True)
    await folding[0]

    assert fences == [True]
    assert set(rig.state("p1").sessions) == {"s1", "s2"}


async def test_a_clear_that_fails_lets_the_fold_go_on() -> None:
    rig = Rig()
    first, second = laid(rig.broker, "p1", 2)
    await rig.consume([first])
    clear = rig.store.clear

    async def down(cleared: Sequence[tuple[str, int, str, int | None]]) -> bool:
        raise DependencyDown("mongo")

    rig.store.clear = down
    with pytest.raises(DependencyDown):
        await rig.runtime.forwarder.clear(everything=True)
    rig.store.clear = clear
    await rig.consume([second])

    assert set(rig.state("p1").sessions) == {"s1", "s2"}
