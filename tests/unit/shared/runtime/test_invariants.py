"""The nine invariants of the mechanism, by their names and numbers: each test fails when its invariant is broken."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import pytest

from shared.contracts.session_logging import SessionLoggedV1, SessionVoidedV1
from shared.ids import event_id
from shared.runtime.messages import Message, Record, Service, To, Transition
from shared.runtime.wire import Raw
from tests.support.life import Life
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig, laid, lay
from tests.support.toy import CURED, START, TOY, Add, Tally, event, session


def _seqs(rig: Rig, key: str = "p1") -> list[int]:
    return [body["seq"] for body in rig.events(key)]


def _firsts(rig: Rig, key: str = "p1") -> list[int]:
    return list(dict.fromkeys(_seqs(rig, key)))


async def test_invariant_1_losers_refold_and_a_fold_that_changes_nothing_means_the_first_write_was_ours() -> None:
    one, life = Rig(), Life()
    other = Rig(store=one.store, broker=one.broker, keys=one.keys, instance="2", life=life)
    one.store.lose_answers = 1

    assert (await one.command("p1", Add("a", 1), "c1")).body == {"total": 1}
    assert one.aggregate("p1").steps == 1

    life.stall_before("fence")
    late = asyncio.create_task(other.command("p1", Add("b", 2), "c2"))
    await life.standstill()
    await one.command("p1", Add("c", 3), "c3")
    wanted = one.aggregate("p1").v
    life.go_on()

    assert (await late).body == {"total": 6}
    assert one.aggregate("p1").v == wanted + 1
    assert one.state("p1").sessions == {"a": 1, "b": 2, "c": 3}


async def test_invariant_1_an_equal_version_number_does_not_prove_that_the_write_was_ours() -> None:
    life = Life()
    one = Rig(life=life)
    other = Rig(store=one.store, broker=one.broker, keys=one.keys, instance="2")
    life.stall_before("fence")
    late = asyncio.create_task(one.command("p1", Add("a", 1), "c1"))
    await life.standstill()
    await other.command("p1", Add("b", 2), "c2")  # version 1, as the stalled write would be
    one.store.lose_writes = 1
    life.go_on()
    await late

    assert one.state("p1").sessions == {"a": 1, "b": 2}
    assert one.aggregate("p1").seq == 2


async def test_invariant_2_a_fold_appends_to_the_outbox_it_read_and_only_clear_removes_what_was_acknowledged() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 3)
    rig.broker.down = True
    await rig.consume(raws[:1])
    await rig.consume(raws[1:2])
    kinds = [line.kind for line in rig.aggregate("p1").outbox]
    assert kinds.count("e") == 2
    assert kinds.count("j") == 2

    await rig.runtime.forwarder.clear(everything=True)
    left = [line.kind for line in rig.aggregate("p1").outbox]
    assert left.count("e") == left.count("j") == 2  # nothing but the records was acknowledged
    assert rig.aggregate("p1").pending is not None

    rig.broker.down = False
    await rig.consume(raws[2:])
    assert _seqs(rig) == [1, 2, 3]
    await rig.runtime.forwarder.clear(everything=True)
    assert rig.aggregate("p1").outbox == ()
    assert rig.aggregate("p1").pending is None


async def test_invariant_2_clear_is_fenced_by_the_version_that_was_forwarded() -> None:
    one = Rig()
    raws = laid(one.broker, "p1", 2)
    await one.consume(raws[:1])
    other = Rig(store=one.store, broker=MemoryBroker(down=True), keys=one.keys, instance="2")
    await other.consume(raws[1:])

    await one.runtime.forwarder.clear(everything=True)

    assert [line.body["b"]["seq"] for line in one.aggregate("p1").outbox if line.kind == "e"] == [1, 2]


async def test_invariant_2_the_next_fold_leaves_out_what_was_acknowledged() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    await rig.consume(raws[1:])

    assert [line.body["b"]["seq"] for line in rig.aggregate("p1").outbox if line.kind == "e"] == [2]


async def test_invariant_3_seq_counts_without_a_gap_and_marks_drop_what_was_seen() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 5)
    again = [lay(rig.broker, event("p1", seq)) for seq in (2, 5, 1)]  # a stale worker sends old events once more
    await rig.consume([raws[0], raws[0], raws[1], raws[2], raws[1], *raws[3:], *again])
    await rig.consume([*again, *raws])

    assert rig.aggregate("p1").marks == {"session_logging": 5}
    assert rig.aggregate("p1").steps == 5
    assert _seqs(rig) == [1, 2, 3, 4, 5]
    for raw in rig.broker.topic("progression-events"):
        body = orjson.loads(raw.value or b"")
        assert raw.header("ce_seq") == str(body["seq"])
        assert raw.header("ce_id") == body["event_id"] == event_id("progression", "p1", body["seq"])


async def test_invariant_3_first_contact_sets_the_mark_and_a_hole_lets_its_one_event_in() -> None:
    rig = Rig()
    poison = lay(rig.broker, event("p1", 41, session(41, family="poison")))
    await rig.consume([lay(rig.broker, event("p1", 40)), poison, lay(rig.broker, event("p1", 42))])
    assert rig.aggregate("p1").marks == {"session_logging": 42}

    newer = Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys)
    await newer.consume([lay(rig.broker, event("p1", seq)) for seq in (39, 40, 41, 42)])

    assert set(newer.state("p1").sessions) == {"s40", "s41", "s42"}
    assert newer.aggregate("p1").holes == {}


async def test_invariant_4_a_switch_keeps_its_seq_so_that_a_late_fill_overrides_nothing_newer() -> None:
    @dataclass(frozen=True)
    class Switch:
        on: bool = False
        seq: int = 0
        heard: tuple[tuple[int, bool], ...] = ()

    def switched(state: Switch, message: Message[Any], on: bool) -> Transition[Switch]:
        seq = message.seq or 0
        heard = (*state.heard, (seq, message.incomplete))
        return Transition(Switch(on, seq, heard) if seq > state.seq else replace(state, heard=heard))

    def on_logged(state: Switch, message: Message[SessionLoggedV1], now: datetime) -> Transition[Switch]:
        if message.data.activity_family == "poison" and not cured:
            raise ValueError("poison")
        return switched(state, message, True)

    def on_voided(state: Switch, message: Message[SessionVoidedV1], now: datetime) -> Transition[Switch]:
        return switched(state, message, False)

    cured = False
    service = Service("progression", Switch, {SessionLoggedV1: on_logged, SessionVoidedV1: on_voided})
    rig = Rig(service)
    off = SessionVoidedV1(
        session_id="s1", revision=2, track_id="walk", slot_id=None, started_at=START, reason="mistake"
    )
    poison = lay(rig.broker, event("p1", 1, session(1, family="poison")))
    await rig.consume([poison, lay(rig.broker, event("p1", 2, off, type="session.voided"))])
    cured = True
    assert await rig.runtime.redrive(poison.id) == "redriven"

    assert rig.state("p1") == Switch(on=False, seq=2, heard=((2, True), (1, True)))


async def test_invariant_5_first_occurrences_are_in_order_however_often_publishing_fails() -> None:
    rig = Rig()
    people = [f"p{i}" for i in range(6)]
    for key in people:
        laid(rig.broker, key, 4)
    logs = rig.broker.topic("session-logging-events")
    for start in range(0, len(logs), 3):
        rig.broker.fail_after, rig.broker.down = start % 5, False
        await rig.consume(logs[start : start + 3])
    rig.broker.fail_after, rig.broker.down = None, False
    await rig.rest()

    for key in people:
        assert _firsts(rig, key) == [1, 2, 3, 4]


async def test_invariant_5_one_round_at_a_time_and_after_a_failure_nothing_more_of_that_partition() -> None:
    under_way, most = 0, 0

    class Watched(MemoryBroker):
        async def publish(self, records: Any) -> Any:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)  # lets another round in, if there were one
            results = await super().publish(records)
            under_way -= 1
            return results

    rig = Rig(broker=Watched(refuse={"p2"}, partitions=1))
    raws = [lay(rig.broker, event(key, seq)) for seq in (1, 2) for key in ("p1", "p2", "p3")]
    await asyncio.gather(
        *(rig.consume([raw]) for raw in raws), *(rig.command("p1", Add(f"c{i}", i), f"c{i}") for i in range(5))
    )
    await rig.rest()

    assert most == 1
    assert _firsts(rig, "p1") == list(range(1, 8))
    assert _firsts(rig, "p3") == [1, 2]


@pytest.mark.parametrize("family", ["huge", "not_a_number", "too_big_an_int", "half_a_letter"])
async def test_invariant_6_nothing_unsendable_is_fenced(family: str) -> None:
    rig = Rig()
    bad = lay(rig.broker, event("p1", 2, session(2, family=family)))
    await rig.consume([lay(rig.broker, event("p1", 1)), bad, lay(rig.broker, event("p1", 3))])
    await rig.consume([lay(rig.broker, event("p2", 1))])
    await rig.rest()

    assert set(rig.letters()) == {bad.id}
    assert rig.letters()[bad.id]["reason"] == "Unsendable"
    assert set(rig.state("p1").sessions) == {"s1", "s3"}
    assert _seqs(rig) == [1, 2]
    assert rig.state("p2").sessions == {"s1": 1}


async def test_invariant_6_an_outbox_that_is_refused_five_times_alone_is_set_aside() -> None:
    rig = Rig(broker=MemoryBroker(refuse={"p1"}, partitions=1))
    await rig.consume([lay(rig.broker, event("p1", 1)), lay(rig.broker, event("p2", 1))])
    for _ in range(4):
        assert "outbox:p1" not in rig.letters()
        await rig.runtime.timers.sweep(after_ms=-1)

    assert rig.letters()["outbox:p1"]["status"] == "open"
    assert rig.aggregate("p1").pending is None
    assert [line.kind for line in rig.aggregate("p1").outbox if line.kind == "e"] == ["e"]
    await rig.rest()
    assert _seqs(rig, "p2") == [1]

    rig.broker.refuse.clear()
    assert await rig.runtime.redrive("outbox:p1") == "redriven"
    assert _seqs(rig) == [1]


def _routed(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
    sessions = {**(state.sessions or {}), f"{message.data.session_id}@{message.id}": 1}
    return Transition(replace(state, sessions=sessions))


async def test_invariant_7_a_message_reaches_one_aggregate_and_another_one_only_by_its_route() -> None:
    group = To(_routed, key=lambda message: "group-1")
    rig = Rig(replace(TOY, transitions={SessionLoggedV1: group}))
    raws = [lay(rig.broker, event(key, seq)) for seq in (1, 2) for key in ("p1", "p2")]
    await rig.consume(raws)
    await rig.consume([*raws, lay(rig.broker, event("p1", 1))])

    assert set(rig.store.aggregates) == {"group-1"}
    assert len(rig.state("group-1").sessions) == 4  # p1 and p2 count alike; the event id tells them apart
    assert rig.aggregate("group-1").marks == {}
    assert rig.aggregate("group-1").seen == tuple(
        event_id("session_logging", k, s) for s in (1, 2) for k in ("p1", "p2")
    )


async def test_invariant_7_an_aggregate_emits_under_its_own_key() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event(key, 1)) for key in ("p1", "p2")])

    for raw in rig.broker.topic("progression-events"):
        assert raw.key is not None
        assert orjson.loads(raw.value or b"")["patient_id"] == raw.key.decode()


async def test_invariant_8_records_go_out_before_events_and_only_a_higher_seq_replaces_one() -> None:
    order: list[str] = []

    class Watched(Life):
        async def passing(self, method: str) -> None:
            order.append(method)
            await super().passing(method)

    def latest(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        made = Transition(replace(state, ticks=state.ticks + 1))
        record = Record("sums", "latest", {"amount": message.data.amount, "at": 0})
        return replace(made, records=(record,), events=toy_events(state, message, now))

    rig = Rig(replace(TOY, transitions={SessionLoggedV1: latest}), life=Watched())
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    old = dict(rig.store.records["sums"]["p1:latest"])
    stale = Rig(rig.runtime.service, store=rig.store, broker=rig.broker, keys=rig.keys, instance="2")
    stale_copy = rig.aggregate("p1")
    await rig.consume(raws[1:])

    assert [name for name in order if name in ("fence", "put", "publish")] == ["fence", "put", "publish"] * 2
    newest = rig.store.records["sums"]["p1:latest"]
    assert (newest["amount"], newest["seq"], newest["key"]) == (2, 2, "p1")

    await stale.runtime.forwarder.submit([stale_copy])  # what a stale worker puts again replaces nothing newer
    assert rig.store.records["sums"]["p1:latest"] == newest != old
    assert list(rig.store.records["sums"]) == ["p1:latest"]


def toy_events(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Any:
    transition = TOY.transitions[SessionLoggedV1]
    assert not isinstance(transition, To)
    return transition(state, message, now).events


async def test_invariant_8_records_of_two_people_never_share_an_id() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event(key, 1)) for key in ("p1", "p2")])

    assert {(d["_id"], d["key"]) for d in rig.store.records["sums"].values()} == {("p1:s1", "p1"), ("p2:s1", "p2")}


async def test_invariant_9_a_fold_on_a_cached_copy_that_would_write_nothing_is_repeated_on_a_fresh_read() -> None:
    rig = Rig(cache_bytes=1_000_000)
    raws: list[Raw] = laid(rig.broker, "p1", 3)
    await rig.consume(raws[:2])
    before = dict(rig.store.aggregates["p1"])
    await rig.consume(raws[2:])
    rig.store.aggregates["p1"] = before  # the database was set back; the cached copy knows of an event that it does not

    await rig.consume(raws[2:])

    assert set(rig.state("p1").sessions) == {"s1", "s2", "s3"}


async def test_invariant_9_commands_never_see_the_cache_and_other_peoples_shards_are_not_kept() -> None:
    rig = Rig(cache_bytes=1_000_000)
    await rig.consume(laid(rig.broker, "p1", 1))
    other = Rig(store=rig.store, broker=rig.broker, keys=rig.keys, instance="2")
    await other.command("p1", Add("a", 5), "c1")
    assert (await rig.command("p1", Add("b", 6), "c2")).body == {"total": 12}

    rig.own(())
    await rig.consume([lay(rig.broker, event("p1", 2))])
    assert rig.runtime.cache.get("p1") is None
