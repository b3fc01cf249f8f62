"""What `http.py` may ask of the runtime."""

from collections.abc import Sequence

import pytest

from shared.runtime.aggregate import Document, NewerSchema
from shared.runtime.messages import Refused
from shared.runtime.ports import CrashPoint
from tests.support.life import Died, Life
from tests.support.rig import Rig, laid
from tests.support.toy import Add, Tally


async def test_state_is_fresh_and_only_for_its_tenant() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 5), "c1")

    assert await rig.runtime.state("p1", "clinic-a") == Tally(sessions={"a": 5})
    assert await rig.runtime.state("p1", "clinic-b") is None
    assert await rig.runtime.state("p9", "clinic-a") is None


async def test_a_query_names_its_tenant() -> None:
    rig = Rig()
    with pytest.raises(ValueError, match="tenant"):
        await rig.runtime.find("sums", {"key": "p1"})


async def test_settle_completes_the_records_that_a_dead_process_left_waiting() -> None:
    life = Life()
    first = Rig(life=life)
    life.die_at(CrashPoint.AFTER_FENCE)
    with pytest.raises(Died):
        await life.live(first.command("p1", Add("a", 5), "c1"))
    second = Rig(store=first.store, broker=first.broker, keys=first.keys)
    where = {"key": "p1", "tenant": "clinic-a"}
    assert await second.runtime.find("sums", where) == []

    await second.runtime.settle("p1")
    assert [found["total"] for found in await second.runtime.find("sums", where)] == [5]
    assert not await second.runtime.settle("p9")


async def test_reading_a_state_completes_the_records_without_a_second_read() -> None:
    life = Life()
    first = Rig(life=life)
    life.die_at(CrashPoint.AFTER_FENCE)
    with pytest.raises(Died):
        await life.live(first.command("p1", Add("a", 5), "c1"))
    second = Rig(store=first.store, broker=first.broker, keys=first.keys)
    where = {"key": "p1", "tenant": "clinic-a"}
    assert await second.runtime.state("p1", "clinic-b", settled=True) is None
    assert not await second.runtime.settle("p1", "clinic-b")
    assert await second.runtime.find("sums", where) == []

    with pytest.MonkeyPatch.context() as patched:
        reads: list[Sequence[str]] = []
        load = second.store.load

        async def counted(keys: Sequence[str]) -> list[Document]:
            reads.append(keys)
            found: list[Document] = await load(keys)
            return found

        patched.setattr(second.store, "load", counted)
        assert await second.runtime.state("p1", "clinic-a", settled=True) == Tally(sessions={"a": 5})
        assert reads == [["p1"]]
    assert [found["total"] for found in await second.runtime.find("sums", where)] == [5]


async def test_what_newer_code_wrote_is_not_settled() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 5), "c1")
    rig.store.aggregates["p1"]["schema"] = 2
    with pytest.raises(NewerSchema):
        await rig.runtime.settle("p1")


async def test_while_the_store_is_down_reads_are_unavailable() -> None:
    rig = Rig()
    rig.store.down = True
    for asked in (
        rig.runtime.state("p1", "clinic-a"),
        rig.runtime.settle("p1"),
        rig.runtime.find("sums", {"tenant": "clinic-a"}),
    ):
        with pytest.raises(Refused) as refused:
            await asked
        assert (refused.value.status, refused.value.code) == (503, "unavailable")


async def test_at_the_end_of_the_process_what_is_done_is_cleared() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 1))
    await rig.runtime.rest()
    assert rig.aggregate("p1").outbox == ()
