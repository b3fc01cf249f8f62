"""Commands: answered once they are durable, gathered while a write is under way, and safe to repeat."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from shared.runtime.messages import Message, Refused, Transition
from shared.runtime.ports import CrashPoint
from tests.support.life import Died, Life
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig
from tests.support.toy import TOY, Add, Tally


async def test_the_same_command_five_times_in_parallel_takes_effect_once() -> None:
    one = Rig()
    other = Rig(store=one.store, broker=one.broker, keys=one.keys, instance="2")
    answers = await asyncio.gather(
        *((one, other)[i % 2].command("p1", Add("a", 5), "c1") for i in range(5)),
    )
    await one.rest()

    assert {(answer.status, answer.body["total"]) for answer in answers} == {(201, 5)}
    assert (one.aggregate("p1").seq, one.aggregate("p1").steps) == (1, 1)
    assert len(one.store.records["sums"]) == 1


async def test_commands_that_come_while_a_write_is_under_way_share_the_next_one() -> None:
    life = Life()
    rig = Rig(life=life)
    life.stall_before("fence")
    first = asyncio.create_task(rig.command("p0", Add("a", 1), "c0"))
    await life.standstill()
    others = [asyncio.create_task(rig.command(f"p{i}", Add("a", i), f"c{i}")) for i in range(1, 9)]
    await asyncio.sleep(0)  # one turn: all of them are asked
    assert rig.runtime.commands.waiting == 8
    writes = []
    fence = rig.store.fence

    async def counted(documents: list[object]) -> bool:
        writes.append(len(documents))
        return bool(await fence(documents))

    rig.store.fence = counted
    life.go_on()
    await asyncio.gather(first, *others)

    assert writes[-1] == 8
    assert len(rig.store.aggregates) == 9


async def test_one_refused_command_does_not_touch_the_others_of_its_write() -> None:
    rig = Rig()
    results = await asyncio.gather(
        rig.command("p1", Add("a", 1), "c1"),
        rig.command("p1", Add("b", -1), "c2"),
        rig.command("p1", Add("c", 3), "c3"),
        return_exceptions=True,
    )

    assert isinstance(results[1], Refused)
    assert rig.state("p1").sessions == {"a": 1, "c": 3}


async def test_while_the_store_is_down_a_command_is_unavailable_and_can_be_repeated() -> None:
    rig = Rig()
    rig.store.down = True
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("a", 5), "c1")
    assert (refused.value.status, refused.value.code) == (503, "unavailable")
    assert "Retry-After" in refused.value.headers

    rig.store.down = False
    assert (await rig.command("p1", Add("a", 5), "c1")).body == {"total": 5}


async def test_a_command_whose_records_could_not_be_put_is_repeated_to_the_same_answer() -> None:
    rig = Rig()
    put = rig.store.put
    calls: list[int] = []

    async def once_down(records: object) -> None:
        if not calls:
            calls.append(1)
            rig.store.lose_writes = 1
        await put(records)

    rig.store.put = once_down
    with pytest.raises(Refused):
        await rig.command("p1", Add("a", 5), "c1")
    answer = await rig.command("p1", Add("a", 5), "c1")

    assert answer.body == {"total": 5}
    assert rig.aggregate("p1").steps == 1


async def test_a_crash_before_the_answer_leaves_the_same_answer_for_the_next_try() -> None:
    life = Life()
    first = Rig(life=life)
    life.die_at(CrashPoint.BEFORE_ANSWER)
    with pytest.raises(Died):
        await life.live(first.command("p1", Add("a", 5), "c1"))
    second = Rig(store=first.store, broker=first.broker, keys=first.keys)

    assert (await second.command("p1", Add("a", 5), "c1")).body == {"total": 5}
    assert second.aggregate("p1").steps == 1


async def test_a_bug_in_a_transition_is_not_told_as_an_unknown_person() -> None:
    def broken(state: Tally, message: Message[Add], now: datetime) -> Transition[Tally]:
        raise KeyError("bug")

    rig = Rig(replace(TOY, transitions={**TOY.transitions, Add: broken}))
    with pytest.raises(KeyError):
        await rig.command("p1", Add("a", 5), "c1")
    assert rig.store.aggregates == {}


async def test_a_command_is_accepted_while_kafka_is_down_and_published_when_it_is_back() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    assert (await rig.command("p1", Add("a", 5), "c1")).status == 201
    await rig.forwarded()
    assert rig.events("p1") == []

    rig.broker.down = False
    await rig.rest()
    assert [body["seq"] for body in rig.events("p1")] == [1]
