"""The fence: what a refused, newer or contested document does to a batch."""

from collections.abc import Sequence
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
