"""A batch from Kafka: bad records die alone, and nothing may be committed while a dependency is down."""

import pytest

from shared.runtime.consume import pause
from shared.runtime.ports import CrashPoint, DependencyDown
from tests.support.life import Died, Life
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig, laid, lay
from tests.support.toy import event, session
from tests.support.virtual import run


async def test_bad_records_die_alone_and_their_neighbours_are_unharmed() -> None:
    rig = Rig()
    topic = "session-logging-events"
    bad = [
        rig.broker.append(topic, b"p1", None),
        rig.broker.append(topic, b"p1", b"{"),
        rig.broker.append(topic, None, b"{}"),
        rig.broker.append(topic, b"\xff", b"{}"),
        lay(rig.broker, event("p1", 1, session(1, family="poison"))),
        lay(rig.broker, event("p1", 3, session(3, family="huge"))),
        lay(rig.broker, {**event("p1", 4), "version": 7}),
    ]
    unknown = lay(rig.broker, {**event("p1", 5), "type": "weather.changed"})
    good = [lay(rig.broker, event("p1", seq)) for seq in (2, 6)]
    await rig.consume([*bad[:5], good[0], *bad[5:], unknown, good[1], *laid(rig.broker, "p2", 2)])

    assert set(rig.letters()) == {raw.id for raw in bad}
    assert rig.state("p1").sessions == {"s2": 2, "s6": 6}
    assert rig.state("p2").sessions == {"s1": 1, "s2": 2}
    assert rig.runtime.metrics.consumer_records("unknown", "skipped")._value.get() == 1


async def test_a_record_that_cannot_be_read_but_tells_its_place_leaves_a_hole_there() -> None:
    rig = Rig()
    body = event("p1", 2)
    broken = lay(rig.broker, {**body, "data": {}})
    await rig.consume([lay(rig.broker, event("p1", 1)), broken, lay(rig.broker, event("p1", 3))])

    assert rig.aggregate("p1").holes == {"session_logging:2": broken.id}
    assert rig.state("p1").incomplete == ("s3",)


async def test_while_the_store_is_down_nothing_is_handled_and_later_all_of_it_is() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 3)
    rig.store.down = True
    with pytest.raises(DependencyDown):
        await rig.consume(raws)
    rig.store.down = False
    await rig.consume(raws)

    assert rig.aggregate("p1").steps == 3


async def test_a_letter_that_cannot_be_stored_keeps_the_batch_from_being_committed() -> None:
    rig = Rig()
    raws = [lay(rig.broker, event("p1", 1, session(1, family="poison"))), lay(rig.broker, event("p1", 2))]
    rig.store.lose_writes = 0
    put = rig.store.put

    async def down(*_: object) -> None:
        raise DependencyDown("mongo")

    rig.store.put = down
    with pytest.raises(DependencyDown):
        await rig.consume(raws)
    rig.store.put = put
    await rig.consume(raws)

    assert set(rig.letters()) == {raws[0].id}
    assert rig.aggregate("p1").steps == 1


@pytest.mark.parametrize("point", [CrashPoint.BEFORE_FENCE, CrashPoint.AFTER_FENCE, CrashPoint.AFTER_DEAD_LETTER])
async def test_a_crash_anywhere_in_a_batch_is_mended_by_its_redelivery(point: CrashPoint) -> None:
    life = Life()
    first = Rig(life=life)
    raws = [lay(first.broker, event("p1", 1, session(1, family="poison"))), lay(first.broker, event("p1", 2))]
    life.die_at(point)
    with pytest.raises(Died):
        await life.live(first.consume(raws))
    second = Rig(store=first.store, broker=first.broker, keys=first.keys)
    await second.consume(raws)
    await second.rest()

    assert set(second.letters()) == {raws[0].id}
    assert second.state("p1").sessions == {"s2": 2}
    assert list(dict.fromkeys(body["seq"] for body in second.events("p1"))) == [1]


async def test_a_full_outbox_that_cannot_be_forwarded_has_the_batch_come_again() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    raws = laid(rig.broker, "p1", 700)
    with pytest.raises(DependencyDown):
        await rig.consume(raws)
    assert rig.letters() == {}

    rig.broker.down = False
    await rig.rest()
    await rig.consume(raws)
    await rig.rest()
    assert [body["seq"] for body in rig.events("p1")] == list(range(1, 701))


def test_a_pause_grows_and_stays_within_its_limit() -> None:
    async def waited(attempt: int, jitter: float) -> float:
        import asyncio

        loop = asyncio.get_running_loop()
        before = loop.time()
        await pause(5.0, attempt, lambda: jitter)
        return loop.time() - before

    waits = [run(waited(attempt, 1.0)) for attempt in range(12)]
    assert waits == sorted(waits)
    assert max(waits) == pytest.approx(5.0)
    assert run(waited(0, 0.0)) == pytest.approx(0.05)
