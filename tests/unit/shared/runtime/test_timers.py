"""What time does: ticks when caught up, sweeps of owned shards, and neither is starved by who fails."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from shared.kafka.partition import partition_of
from shared.runtime.brake import Stopped
from shared.runtime.timers import PAGE
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig, laid, lay
from tests.support.toy import START, event, session


async def _due(*keys: str, broker: MemoryBroker | None = None) -> Rig:
    rig = Rig(broker=broker)
    await rig.consume([lay(rig.broker, event(key, 1)) for key in keys])
    await rig.rest()
    rig.clock.advance(timedelta(days=1))
    rig.caught_up()
    return rig


def _spoil(rig: Rig, key: str, ticks: int = 99) -> None:
    """Give somebody a state that makes the toy's tick raise."""
    state = orjson.loads(rig.store.aggregates[key]["state"])
    state["state"]["ticks"] = ticks
    rig.store.aggregates[key]["state"] = orjson.dumps(state).decode()


async def test_a_due_tick_runs_once() -> None:
    rig = await _due("p1")
    assert await rig.runtime.timers.tick() == 1
    assert await rig.runtime.timers.tick() == 0

    assert rig.state("p1").ticks == 1
    assert [body["seq"] for body in rig.events("p1")] == [1, 2]


async def test_nothing_ticks_before_it_is_due() -> None:
    rig = await _due("p1")
    rig.clock.advance(timedelta(milliseconds=-1))
    assert await rig.runtime.timers.tick() == 0


async def test_nothing_ticks_while_something_lies_unread() -> None:
    rig = await _due("p1")
    rig.caught_up(behind=1)
    assert await rig.runtime.timers.tick() == 0
    assert rig.state("p1").ticks == 0


async def test_only_owned_shards_tick_and_are_swept() -> None:
    broker = MemoryBroker(partitions=2)
    people = ("p1", "p2", "p6", "p7")
    assert len({partition_of(key, 2) for key in people}) == 2
    one = await _due(*people, broker=broker)
    other = Rig(store=one.store, broker=broker, keys=one.keys, clock=one.clock, instance="2")
    one.own([0])
    other.own([1])
    ticked = [await one.runtime.timers.tick(), await other.runtime.timers.tick()]
    assert sum(ticked) == 4
    assert 0 not in ticked

    broker.down = True
    for key in people:
        await other.consume([lay(broker, event(key, 2))])
    broker.down = False
    before = len(broker.topic("progression-events"))
    await one.runtime.timers.sweep(after_ms=-1)
    swept = len(broker.topic("progression-events")) - before
    await other.runtime.timers.sweep(after_ms=-1)
    assert 0 < swept < 4
    assert len(broker.topic("progression-events")) - before == 4


async def test_two_owners_of_a_shard_tick_it_once() -> None:
    one = await _due("p1")
    other = Rig(store=one.store, broker=one.broker, keys=one.keys, clock=one.clock, instance="2")
    stale = await one.store.due(2**53, one.ownership.shards(), 10)
    await one.runtime.timers.tick()

    async def due(*_: object) -> Any:
        return stale

    one.store.due = due
    await other.runtime.timers.tick()
    assert one.state("p1").ticks == 1


async def test_a_failing_tick_is_put_off_with_one_letter_and_the_others_run() -> None:
    rig = await _due("p1", "p2")
    _spoil(rig, "p1")
    for _ in range(3):
        await rig.runtime.timers.tick()
    due = int((START + timedelta(days=1)).timestamp() * 1000)
    assert rig.state("p2").ticks == 1
    assert {id: letter["attempts"] for id, letter in rig.letters().items()} == {f"tick:p1:{due}": 1}

    rig.clock.advance(timedelta(minutes=5))
    rig.caught_up()
    await rig.runtime.timers.tick()
    assert {id: letter["attempts"] for id, letter in rig.letters().items()} == {f"tick:p1:{due}": 2}

    _spoil(rig, "p1", ticks=0)
    rig.clock.advance(timedelta(minutes=5))
    rig.caught_up()
    await rig.runtime.timers.tick()
    assert rig.state("p1").ticks == 1


async def test_who_was_put_off_still_hears_events() -> None:
    rig = await _due("p1")
    _spoil(rig, "p1")
    await rig.runtime.timers.tick()
    await rig.consume([lay(rig.broker, event("p1", 2))])

    assert set(rig.state("p1").sessions) == {"s1", "s2"}
    assert rig.aggregate("p1").holes == {}


async def test_a_sweep_waits_until_an_outbox_is_old_enough() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.broker.down = False
    assert await rig.runtime.timers.sweep() == 0
    rig.clock.advance(timedelta(seconds=5))
    assert await rig.runtime.timers.sweep() == 1
    assert len(rig.events("p1")) == 1


async def test_a_sweep_that_kafka_does_not_take_is_not_asked_for_again_at_once() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    await rig.consume(laid(rig.broker, "p1", 1))
    assert await rig.runtime.timers.sweep(after_ms=-1) == 0


async def test_a_page_full_of_outboxes_that_cannot_leave_starves_nobody() -> None:
    rig = Rig()
    held = [f"h{i}" for i in range(PAGE)]
    poison = [lay(rig.broker, event(key, 1, session(1, family="poison"))) for key in held]
    tell = [lay(rig.broker, event(key, 2, session(2, family="tell"))) for key in held]
    with pytest.raises(Stopped):
        await rig.consume([*poison, *tell])
    await rig.runtime.brake.release()
    await rig.consume([*poison, *tell])
    await rig.runtime.effects.drain()
    await rig.runtime.forwarder.clear(everything=True)
    assert {rig.aggregate(key).outbox[0].kind for key in held} == {"x"}  # held back while their hole is open

    rig.clock.advance(timedelta(seconds=1))
    rig.broker.down = True
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.broker.down = False
    for _ in range(3):
        await rig.runtime.timers.sweep(after_ms=-1)

    assert len(rig.events("p1")) == 1


async def test_newer_documents_are_left_alone_and_the_rest_goes_on() -> None:
    rig = await _due("p1", "p2")
    rig.store.aggregates["p1"]["schema"] = 2
    await rig.runtime.timers.tick()

    assert rig.state("p2").ticks == 1
    assert rig.letters() == {}


async def test_the_age_of_the_oldest_outbox_is_told_though_no_sweep_comes_back() -> None:
    rig = Rig()
    rig.broker.down = True
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.clock.advance(timedelta(seconds=4))
    await rig.consume(laid(rig.broker, "p2", 1))
    await rig.runtime.timers.look()
    assert _oldest_s(rig) == 0  # nothing waits too long yet
    rig.clock.advance(timedelta(seconds=16))
    await rig.runtime.timers.look()
    assert _oldest_s(rig) == 20

    rig.broker.down = False
    await rig.rest()
    await rig.runtime.timers.look()
    assert _oldest_s(rig) == 0


async def test_who_owns_nothing_tells_of_no_outbox() -> None:
    rig = Rig()
    rig.broker.down = True
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.clock.advance(timedelta(seconds=20))
    rig.own(())
    await rig.runtime.timers.look()
    assert _oldest_s(rig) == 0


@pytest.mark.parametrize("late_ms", [0, 1, 500, 999, 1000, 3700])
async def test_few_looks_find_each_outbox_within_a_second_after_it_waited_too_long(late_ms: int) -> None:
    """As `run` does once a second, on a clock by hand; the outbox is written so long after a look that found none."""
    rig = Rig()
    looks = _counted(rig)
    await rig.runtime.timers._look_in_time()
    rig.clock.advance(timedelta(milliseconds=late_ms))
    rig.broker.down = True
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.clock.advance(timedelta(milliseconds=1000 - late_ms % 1000))
    waited_ms = 1000 - late_ms % 1000
    while not rig.runtime.timers._overdue.is_set():
        await rig.runtime.timers._look_in_time()
        rig.clock.advance(timedelta(seconds=1))
        waited_ms += 1000
    assert 5000 <= waited_ms - 1000 <= 6000
    assert len(looks) <= 3

    rig.broker.down = False
    assert await rig.runtime.timers._sweep_when_told() == 1
    assert len(rig.events("p1")) == 1


async def test_while_an_outbox_waits_too_long_every_look_asks_and_sends_the_sweeper() -> None:
    rig = Rig()
    rig.broker.down = True
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.clock.advance(timedelta(seconds=5))
    looks = _counted(rig)
    for _ in range(3):
        await rig.runtime.timers._look_in_time()
        assert await rig.runtime.timers._sweep_when_told() == 0  # Kafka takes nothing
        rig.clock.advance(timedelta(seconds=1))
    assert len([limit for limit in looks if limit == 1]) == 3


async def test_a_look_says_nothing_of_shards_that_come_later_nor_under_a_clock_that_went_back() -> None:
    rig = Rig(broker=MemoryBroker(partitions=2))
    rig.own([0])
    looks = _counted(rig)
    told = []
    for _ in range(2):
        await rig.runtime.timers._look_in_time()
        told.append(len(looks))
    rig.own([0, 1])
    await rig.runtime.timers._look_in_time()
    told.append(len(looks))
    rig.clock.advance(timedelta(hours=-1))
    await rig.runtime.timers._look_in_time()
    assert [*told, len(looks)] == [1, 1, 2, 3]


async def test_behind_a_full_page_the_sweeper_goes_on_without_being_told() -> None:
    rig = Rig()
    rig.broker.down = True
    await rig.consume([lay(rig.broker, event(f"p{i}", 1)) for i in range(PAGE + 1)])
    rig.broker.down = False
    rig.clock.advance(timedelta(seconds=5))
    await rig.runtime.timers.look()
    assert await rig.runtime.timers._sweep_when_told() == PAGE
    rig.clock.advance(timedelta(seconds=5))
    async with asyncio.timeout(5.0):
        assert await rig.runtime.timers._sweep_when_told() >= 1


def _counted(rig: Rig) -> list[int]:
    """The limit of each question for outboxes that wait."""
    asked, pending = [], rig.store.pending

    async def counted(before_ms: int, shards: Any, limit: int, after_ms: int = 0) -> Any:
        asked.append(limit)
        return await pending(before_ms, shards, limit, after_ms)

    rig.store.pending = counted
    return asked


def _oldest_s(rig: Rig) -> float | None:
    name = "pacewell_runtime_outbox_oldest_seconds"
    return rig.runtime.metrics.registry.get_sample_value(name, {"service": rig.runtime.service.name})
