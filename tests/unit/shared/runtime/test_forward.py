"""Forwarding: records, then events, in order; failures touch nobody else; clearing is lazy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.runtime.ports import Rejected
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_store import MemoryStore
from tests.support.rig import Rig, laid, lay
from tests.support.toy import TOY, Add, event


class Picky(MemoryStore):
    """Refuses the records of one person for ever."""

    def __init__(self, person: str) -> None:
        super().__init__()
        self.person: str | None = person

    async def put(self, records: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        if any(d["key"] == self.person for name, documents in records.items() if name == "sums" for d in documents):
            raise Rejected("code 2")
        await super().put(records)


async def test_nothing_is_sent_again_in_the_same_process_once_it_was_acknowledged() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    await rig.runtime.timers.sweep(after_ms=-1)
    await rig.consume(raws[1:])

    assert [body["seq"] for body in rig.events("p1")] == [1, 2]


async def test_what_was_not_acknowledged_waits_for_the_sweeper_and_goes_out_in_order() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    await rig.consume(laid(rig.broker, "p1", 3))
    assert rig.events("p1") == []
    assert rig.aggregate("p1").pending is not None

    rig.broker.down = False
    assert await rig.runtime.timers.sweep(after_ms=-1) == 1
    assert [body["seq"] for body in rig.events("p1")] == [1, 2, 3]


async def test_after_a_failure_nothing_more_of_that_partition_is_sent_in_this_round() -> None:
    rig = Rig(broker=MemoryBroker(partitions=1, fail_after=2))
    await rig.consume(laid(rig.broker, "p1", 4))

    assert [body["seq"] for body in rig.events("p1")] == [1]


async def test_who_is_refused_is_tried_alone_so_that_neighbours_go_on() -> None:
    rig = Rig(broker=MemoryBroker(partitions=1, refuse={"p2"}))
    await rig.consume([lay(rig.broker, event(key, 1)) for key in ("p1", "p2", "p3")])
    for _ in range(5):
        await rig.runtime.timers.sweep(after_ms=-1)

    assert len(rig.events("p1")) == len(rig.events("p3")) == 1
    assert rig.events("p2") == []
    assert rig.letters()["outbox:p2"]["reason"] == "OutboxRefused"


async def test_a_success_in_between_starts_the_count_of_refusals_anew() -> None:
    rig = Rig(broker=MemoryBroker(refuse={"p1"}))
    raws = laid(rig.broker, "p1", 9)
    for number in range(4):
        await rig.consume(raws[number : number + 1])
    rig.broker.refuse.clear()
    await rig.consume(raws[4:5])
    rig.broker.refuse.add("p1")
    for number in range(5, 9):
        await rig.consume(raws[number : number + 1])

    assert rig.letters() == {}


async def test_a_record_that_the_store_refuses_holds_up_its_own_person_only() -> None:
    rig = Rig(store=Picky("p2"))
    await rig.consume([lay(rig.broker, event(key, 1)) for key in ("p1", "p2", "p3")])
    assert set(rig.store.records["sums"]) == {"p1:s1", "p3:s1"}
    assert len(rig.events("p1")) == len(rig.events("p3")) == 1
    assert rig.events("p2") == []  # no event whose record nobody can read

    for _ in range(4):
        await rig.runtime.timers.sweep(after_ms=-1)
    assert rig.letters()["outbox:p2"]["status"] == "open"

    rig.store.person = None
    assert await rig.runtime.redrive("outbox:p2") == "redriven"
    assert len(rig.events("p2")) == 1


async def test_an_outbox_is_cleared_only_after_a_rest() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 1))
    await rig.runtime.forwarder.clear()
    assert rig.aggregate("p1").outbox != ()

    rig.clock.advance(timedelta(seconds=1))
    await rig.runtime.forwarder.clear()
    assert (rig.aggregate("p1").outbox, rig.aggregate("p1").pending) == ((), None)


async def test_a_cleared_copy_in_the_cache_stays_good_for_the_next_fold() -> None:
    rig = Rig(cache_bytes=1_000_000)
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    await rig.runtime.forwarder.clear(everything=True)
    cached = rig.runtime.cache.get("p1")
    assert cached is not None
    assert (cached.v, cached.outbox) == (rig.aggregate("p1").v, ())

    await rig.consume(raws[1:])
    assert rig.runtime.metrics.fence_conflicts()._value.get() == 0


async def test_records_of_a_command_can_be_read_when_it_is_answered_though_kafka_is_down() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    await rig.command("p1", Add("a", 5), "c1")

    (found,) = await rig.runtime.find("sums", {"key": "p1", "tenant": "clinic-a"})
    assert found["total"] == 5


async def test_a_round_ends_for_who_is_in_it_though_others_came_later() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 1))
    first = rig.runtime.forwarder.submit([rig.aggregate("p1")])
    await first
    second = rig.runtime.forwarder.submit([rig.aggregate("p1")])

    assert first.done()
    assert not second.done()
    await second


class Laid(MemoryStore):
    """Notes what is laid without being looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.laid: list[str] = []

    async def lay(self, records: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        self.laid += [d["_id"] for documents in records.values() for d in documents]
        await super().lay(records)


async def test_records_that_are_written_once_are_laid_and_stay_though_they_are_sent_again() -> None:
    store, broker = Laid(), MemoryBroker(down=True)
    rig = Rig(replace(TOY, once=frozenset({"sums"})), store=store, broker=broker)
    await rig.consume(laid(broker, "p1", 2))
    before = dict(store.records["sums"])
    broker.down = False
    again = Rig(replace(TOY, once=frozenset({"sums"})), store=store, broker=broker)
    await again.runtime.timers.sweep(after_ms=-1)

    assert len(before) == 2
    assert store.records["sums"] == before
    assert store.laid == [*before, *before]
    assert [body["seq"] for body in again.events("p1")] == [1, 2]
