"""Folding in memory: who is told what, what is refused, and what a failing message leaves behind."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.messages import (
    Effect,
    EffectOutcome,
    Emit,
    Message,
    Record,
    Refused,
    Service,
    Tick,
    Transition,
)
from shared.sealing import Sealer
from tests.support.life import Life
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig, laid, lay
from tests.support.toy import START, TOY, Add, Tally, decided, event, session


def _with(handler: Any, kind: type = SessionLoggedV1) -> Service:
    return replace(TOY, transitions={**TOY.transitions, kind: handler})


async def test_the_same_command_gives_the_same_answer_and_takes_effect_once() -> None:
    rig = Rig()
    first = await rig.command("p1", Add("a", 5), "c1")
    await rig.rest()
    again = await rig.command("p1", Add("a", 5), "c1")  # now its receipt is a record

    assert (first.status, first.body) == (201, {"total": 5}) == (again.status, again.body)
    assert rig.aggregate("p1").seq == 1


async def test_a_command_id_used_for_other_content_is_a_conflict_and_stores_nothing() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 5), "c1")
    before = rig.text("p1")
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("a", 6), "c1")

    assert (refused.value.status, refused.value.field) == (409, "/id")
    assert rig.text("p1") == before


async def test_a_command_id_is_scoped_by_person() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 5), "c1")
    assert (await rig.command("p2", Add("b", 7), "c1")).body == {"total": 7}


async def test_a_refused_command_stores_nothing_at_all() -> None:
    rig = Rig()
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("a", -1), "c1")

    assert (refused.value.status, refused.value.code) == (422, "amount_below_zero")
    assert rig.store.aggregates == {}
    assert rig.store.records.get("commands", {}) == {}


async def test_another_tenants_command_meets_nobody() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 5), "c1")
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("b", 5), "c2", tenant="clinic-b")

    assert refused.value.status == 404
    assert rig.state("p1").sessions == {"a": 5}


async def test_another_tenants_event_is_a_dead_letter_that_leaves_no_trace() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 1))
    before = rig.text("p1")
    foreign = lay(rig.broker, event("p1", 2, tenant="clinic-b"))
    await rig.consume([foreign])

    assert rig.letters()[foreign.id]["reason"] == "TenantDiffers"
    assert rig.text("p1") == before


async def test_the_first_event_that_takes_effect_gives_somebody_new_their_tenant() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", 1)), lay(rig.broker, event("p1", 2, tenant="clinic-b"))])

    assert rig.aggregate("p1").tenant == "clinic-a"
    assert rig.aggregate("p1").steps == 1


async def test_too_full_an_outbox_refuses_commands_but_not_repeated_ones() -> None:
    def on_many(state: Tally, message: Message[Add], now: datetime) -> Transition[Tally]:
        made = TOY.transitions[Add](state, message, now)  # type: ignore[operator]
        return replace(made, records=tuple(Record("sums", f"{message.id}-{i}", {}) for i in range(501)))

    rig = Rig(_with(on_many, Add), broker=MemoryBroker(down=True))
    await rig.command("p1", Add("a", 1), "c1")
    await rig.forwarded()
    rig.runtime.forwarder.forget("p1")  # as in another process, which does not know what is done
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("b", 1), "c9")

    assert (refused.value.status, refused.value.code) == (503, "catching_up")
    assert "Retry-After" in refused.value.headers
    assert (await rig.command("p1", Add("a", 1), "c1")).body == {"total": 1}


async def test_a_long_backlog_of_one_person_goes_in_parts_and_none_of_it_dies() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 400))
    await rig.rest()

    assert rig.letters() == {}
    assert [body["seq"] for body in rig.events("p1")] == list(range(1, 401))
    assert rig.aggregate("p1").steps == 400


async def test_an_erased_person_is_not_folded_again() -> None:
    rig = Rig()
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    before = rig.text("p1")
    await rig.runtime.sealer.erase("clinic-a", "p1")
    await rig.consume([raws[1], lay(rig.broker, event("p2", 1))])
    with pytest.raises(Refused) as refused:
        await rig.command("p1", Add("a", 1), "c1")

    assert rig.text("p1") == before
    assert rig.letters() == {}
    assert refused.value.status == 404
    assert rig.state("p2").sessions == {"s1": 1}


async def test_now_never_goes_back_for_a_person() -> None:
    seen: list[datetime] = []

    def on_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        seen.append(now)
        return Transition(replace(state, ticks=state.ticks + 1))

    rig = Rig(_with(on_logged))
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws[:1])
    rig.clock.set(START - timedelta(hours=1))
    await rig.consume(raws[1:])

    assert seen == [START, START]


async def test_a_record_that_makes_due_raise_dies_alone() -> None:
    def due(state: Tally) -> datetime | None:
        if state.ticks == 7:
            raise TypeError
        return None

    def on_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        return Transition(replace(state, ticks=message.data.amount))

    rig = Rig(replace(_with(on_logged), due=due))
    raws = [lay(rig.broker, event("p1", seq, session(seq, amount=amount))) for seq, amount in ((1, 1), (2, 7), (3, 3))]
    other = lay(rig.broker, event("p2", 1))
    await rig.consume([*raws, other])

    assert set(rig.letters()) == {raws[1].id}
    assert rig.state("p1").ticks == 3
    assert set(rig.store.aggregates) == {"p1", "p2"}


async def test_an_event_of_another_producer_or_a_record_nobody_declared_kills_its_cause() -> None:
    def on_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        if message.data.amount == 1:
            return Transition(state, events=(Emit(session(1)),))
        return Transition(state, records=(Record("elsewhere", "x", {}),))

    rig = Rig(_with(on_logged))
    raws = laid(rig.broker, "p1", 2)
    await rig.consume(raws)

    assert {letter["reason"] for letter in rig.letters().values()} == {"ValueError", "ValueError:unknown_collection"}


async def test_a_tick_that_changes_nothing_is_a_failure_because_it_would_come_for_ever() -> None:
    rig = Rig(_with(lambda state, message, now: Transition(state), Tick))
    await rig.consume(laid(rig.broker, "p1", 1))
    rig.clock.advance(timedelta(days=2))
    rig.caught_up()
    await rig.runtime.timers.tick()

    (letter,) = rig.letters().values()
    assert letter["reason"] == "ValueError:tick_changes_nothing"


async def test_a_failed_outcome_ends_its_effect_all_the_same() -> None:
    def on_outcome(state: Tally, message: Message[EffectOutcome], now: datetime) -> Transition[Tally]:
        raise ValueError("poison")

    rig = Rig(_with(on_outcome, EffectOutcome))
    await rig.consume([lay(rig.broker, event("p1", 1, session(1, family="tell")))])
    await rig.rest()

    assert rig.channel.sent == [("p1", "e-s1")]
    assert rig.aggregate("p1").outbox == ()
    (letter,) = rig.letters().values()
    assert (letter["reason"], letter["attempts"]) == ("ValueError:poison", 1)


async def test_a_failed_event_opens_a_hole_and_what_follows_is_told_so() -> None:
    rig = Rig()
    poison = lay(rig.broker, event("p1", 2, session(2, family="poison")))
    await rig.consume([lay(rig.broker, event("p1", 1)), poison, lay(rig.broker, event("p1", 3))])

    assert rig.aggregate("p1").holes == {"session_logging:2": poison.id}
    assert rig.state("p1").incomplete == ("s3",)


async def test_each_fold_seals_its_journal_line_for_the_person() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 5), "c1")
    line = next(line for line in rig.aggregate("p1").outbox if line.kind == "j")
    sealer = Sealer(rig.keys, b"k" * 32)

    assert '"amount":5' in await sealer.unseal("clinic-a", "p1", line.body["s"])
    assert "amount" not in line.body["s"]


async def test_records_effects_and_events_go_into_the_outbox_in_order() -> None:
    def on_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        return Transition(
            replace(state, ticks=1),
            events=(Emit(decided(1)), Emit(decided(2))),
            records=(Record("sums", "x", {"at": 1}),),
            effects=(Effect("e1", "file", now + timedelta(hours=1), {}),),
        )

    life = Life()
    rig = Rig(_with(on_logged), life=life)
    life.stall_before("put")
    handled = asyncio.create_task(rig.consume(laid(rig.broker, "p1", 1)))
    await life.standstill()
    lines = rig.aggregate("p1").outbox
    life.go_on()
    await handled

    assert [line.kind for line in lines] == ["r", "e", "e", "x", "j"]
    assert [line.i for line in lines] == [1, 2, 3, 4, 5]
