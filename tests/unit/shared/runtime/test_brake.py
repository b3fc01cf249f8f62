"""A bad deploy stops consuming before anything is buried; other code, or somebody who says so, goes on."""

import pytest

from shared.runtime.brake import COLLECTION, DEAD, WINDOW, Stopped
from shared.runtime.wire import Raw
from tests.support.rig import Rig, lay
from tests.support.toy import CURED, event, session

PEOPLE = [f"p{number}" for number in range(10)]


def laid(rig: Rig, dead: int, good: int, people: int = 10) -> list[Raw]:
    """A batch in which so many records make their transition raise, of so many people, after so many good ones."""
    number, seq, raws = 0, dict.fromkeys(PEOPLE, 0), []
    for family, count in (("walk", good), ("poison", dead)):
        for _ in range(count):
            key = PEOPLE[number % people]
            number, seq[key] = number + 1, seq[key] + 1
            raws.append(lay(rig.broker, event(key, seq[key], session(number, family=family))))
    return raws


def letters(rig: Rig) -> int:
    return len(rig.store.records.get("dead_letters", {}))


@pytest.mark.parametrize(
    ("dead", "good", "people"),
    [(DEAD - 1, 0, 10), (DEAD, 0, 2), (DEAD, 400, 10)],
    ids=["19 dead", "of two people", "not above five in a hundred"],
)
async def test_within_the_limits_the_dead_are_buried(dead: int, good: int, people: int) -> None:
    rig = Rig()

    await rig.consume(laid(rig, dead, good, people))

    assert letters(rig) == dead
    assert not rig.runtime.brake.stopped


async def test_beyond_the_limits_nothing_is_buried_and_nothing_is_consumed_any_more() -> None:
    rig = Rig()
    batch = laid(rig, DEAD, 0)

    for _ in range(3):
        with pytest.raises(Stopped):
            await rig.consume(batch)
    with pytest.raises(Stopped):
        await rig.consume([lay(rig.broker, event("somebody", 1))])

    assert letters(rig) == 0
    assert "somebody" not in rig.store.aggregates
    assert rig.runtime.brake.stopped
    assert b'pacewell_consumer_stopped{service="progression"} 1.0' in rig.runtime.metrics.exposition()


async def test_records_that_cannot_be_decoded_count_as_dead() -> None:
    rig = Rig()
    raws = [rig.broker.append("session-logging-events", key.encode(), b"{", ()) for key in 2 * PEOPLE]

    with pytest.raises(Stopped):
        await rig.consume(raws)

    assert letters(rig) == 0


async def test_the_limits_are_of_the_last_thousand_records_over_all_batches() -> None:
    rig = Rig()
    await rig.consume(laid(rig, 0, WINDOW))

    def ten_dead(round_: int) -> list[Raw]:
        seq = WINDOW // len(PEOPLE) + round_
        return [
            lay(rig.broker, event(key, seq, session(WINDOW * round_ + n, family="poison")))
            for n, key in enumerate(PEOPLE)
        ]

    for round_ in range(1, 6):
        await rig.consume(ten_dead(round_))
    assert letters(rig) == 50

    with pytest.raises(Stopped):
        await rig.consume(ten_dead(6))


async def test_a_restart_of_the_same_code_does_not_go_on() -> None:
    rig = Rig()
    batch = laid(rig, DEAD, 0)
    with pytest.raises(Stopped):
        await rig.consume(batch)
    again = Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys)

    with pytest.raises(Stopped):
        await again.consume(batch)

    assert again.runtime.brake.stopped


async def test_another_version_of_the_code_takes_the_batch_up_where_it_stopped() -> None:
    rig = Rig()
    batch = laid(rig, DEAD, 5)
    with pytest.raises(Stopped):
        await rig.consume(batch)
    rig.store.records[COLLECTION]["stop"]["version"] = "the version before"
    newer = Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys)

    await newer.consume(batch)
    await newer.rest()

    assert letters(newer) == 0
    assert sum(len(newer.state(key).sessions) for key in PEOPLE) == DEAD + 5
    assert not any(newer.aggregate(key).holes for key in PEOPLE)


async def test_after_a_release_the_same_code_buries_what_dies_and_goes_on() -> None:
    rig = Rig()
    batch = laid(rig, DEAD, 0)
    with pytest.raises(Stopped):
        await rig.consume(batch)

    assert await rig.runtime.brake.release()
    assert not await rig.runtime.brake.release()
    await rig.consume(batch)
    await rig.consume(laid(rig, 0, 10)[10:])

    assert letters(rig) == DEAD
    assert not rig.runtime.brake.stopped


async def test_once_all_is_well_again_it_can_stop_once_more() -> None:
    rig = Rig()
    batch = laid(rig, DEAD, 0)
    with pytest.raises(Stopped):
        await rig.consume(batch)
    await rig.runtime.brake.release()
    await rig.consume(batch)
    good = [lay(rig.broker, event(f"q{n}", 1, session(n))) for n in range(WINDOW)]
    await rig.consume(good, 500)

    with pytest.raises(Stopped):
        await rig.consume([lay(rig.broker, event(f"r{n}", 1, session(n, family="poison"))) for n in range(60)])
