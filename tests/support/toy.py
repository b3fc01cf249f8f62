"""A service as small as can be, to see the mechanism through: a tally that adds what sessions bring, with a tick."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.clock import from_ms, to_ms
from shared.contracts.progression import ProgressionDecidedV1
from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.messages import (
    Answer,
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


@dataclass(frozen=True)
class Tally:
    """The sessions that were added, by id; those that came while a hole was open; ticks; how each message ended."""

    sessions: dict[str, int] | None = None
    incomplete: tuple[str, ...] = ()
    ticks: int = 0
    next_tick: datetime | None = None
    outcomes: dict[str, str] | None = None
    weight: float = 0.0


@dataclass(frozen=True)
class Add:
    """A command: add an amount under an id."""

    id: str
    amount: int


def decided(dose: int, note: str = "R11") -> ProgressionDecidedV1:
    return ProgressionDecidedV1(
        decision_id=f"d{dose}",
        track_id="walk",
        rule_set="toy",
        rule=note,
        action="HOLD",
        dose_before=dose,
        dose=dose,
        marker="duration_s",
        unit="min",
        review=False,
        text_key="rule.R11",
    )


def on_session_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
    session = message.data
    if session.activity_family == "poison":
        raise ValueError("poison")
    if session.activity_family == "huge":
        return Transition(state, records=(Record("sums", "huge", {"text": "x" * 300_000}),))
    if session.activity_family == "not_a_number":
        return Transition(replace(state, weight=float("nan")))
    if session.activity_family == "half_a_letter":
        return Transition(state, records=(Record("sums", "half", {"text": "\ud800"}),))
    if session.activity_family == "too_big_an_int":
        return Transition(replace(state, ticks=2**53))
    sessions = {**(state.sessions or {}), session.session_id: session.amount}
    new = replace(state, sessions=sessions, next_tick=state.next_tick or now + timedelta(days=1))
    if message.incomplete:
        new = replace(new, incomplete=(*new.incomplete, session.session_id))
    total = sum(sessions.values())
    return Transition(
        new,
        events=(Emit(decided(total)),),
        records=(Record("sums", session.session_id, {"total": total, "at": to_ms(now)}),),
        effects=(Effect(f"e-{session.session_id}", "file", now + timedelta(hours=1), {"total": total}),)
        if session.activity_family == "tell"
        else (),
    )


def on_add(state: Tally, message: Message[Add], now: datetime) -> Transition[Tally]:
    if message.data.amount < 0:
        raise Refused(422, "amount_below_zero", "An amount is zero or more.", field="/amount")
    sessions = {**(state.sessions or {}), message.data.id: message.data.amount}
    total = sum(sessions.values())
    return Transition(
        replace(state, sessions=sessions),
        events=(Emit(decided(total)),),
        records=(Record("sums", message.data.id, {"total": total, "at": to_ms(now)}),),
        answer=Answer(201, {"total": total}),
    )


def on_tick(state: Tally, message: Message[Tick], now: datetime) -> Transition[Tally]:
    if state.ticks == 99:
        raise ValueError("poison")
    return Transition(replace(state, ticks=state.ticks + 1, next_tick=now + timedelta(days=1)), (Emit(decided(0)),))


def on_outcome(state: Tally, message: Message[EffectOutcome], now: datetime) -> Transition[Tally]:
    data = message.data
    return Transition(replace(state, outcomes={**(state.outcomes or {}), data.effect_id: data.outcome}))


TOY = Service(
    name="progression",
    state=Tally,
    transitions={SessionLoggedV1: on_session_logged, Add: on_add, Tick: on_tick, EffectOutcome: on_outcome},
    due=lambda state: state.next_tick,
    collections={"sums": ((("key", 1), ("at", -1)),)},
)


def on_any_session_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
    walk = message.data.model_copy(update={"activity_family": "walk"})
    return on_session_logged(state, replace(message, data=walk), now)


CURED = replace(TOY, transitions={**TOY.transitions, SessionLoggedV1: on_any_session_logged})
"""The same service as newer code, to which nothing is poison any more."""

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def session(number: int, *, family: str = "walk", amount: int | None = None) -> SessionLoggedV1:
    """A session whose id and amount tell its number."""
    at = START + timedelta(minutes=number)
    return SessionLoggedV1(
        session_id=f"s{number}",
        revision=1,
        track_id="walk",
        slot_id=None,
        activity_family=family,
        variant="full",
        started_at=at,
        ended_at=at + timedelta(minutes=10),
        amount=number if amount is None else amount,
        marker="duration_s",
        reporter="patient",
    )


def event(key: str, seq: int, data: Any = None, *, tenant: str = "clinic-a", **changes: Any) -> dict[str, Any]:
    """A `session.logged` on the wire, as JSON types; `changes` replace envelope fields."""
    from shared.ids import event_id

    data = data if data is not None else session(seq)
    return {
        "event_id": event_id("session_logging", key, seq),
        "type": "session.logged",
        "version": 1,
        "service": "session_logging",
        "seq": seq,
        "occurred_at": from_ms(to_ms(START)).isoformat(),
        "recorded_at": START.isoformat(),
        "tenant_id": tenant,
        "patient_id": key,
        "actor": {"kind": "patient", "id": "u1"},
        "source": "app",
        "data": data.model_dump(mode="json") if hasattr(data, "model_dump") else data,
        **changes,
    }
