"""What is said of days that do not count: those a person blocked, and outages that an operator declared (4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.progression.domain import days_off
from services.progression.domain.state import PatientState
from services.progression.folding.adhering import refresh_late
from services.progression.folding.turn import Turn
from shared.clock import to_ms
from shared.contracts.reminders import DaysBlockedV1
from shared.runtime.messages import Answer, Handler, Message, Transition

Result = Transition[PatientState]


@dataclass(frozen=True, slots=True)
class DeclareOutage:
    """The platform was away for this person from one instant to another (epoch ms)."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class WithdrawOutage:
    """That outage, from and until the same instants, was declared in error."""

    since: int
    until: int


def on_days_blocked(state: PatientState, message: Message[DaysBlockedV1], now: datetime) -> Result:
    """Blocked days do not count (4.1); where earlier ones changed, what was told of them is superseded at once."""
    turn = Turn(state, message)
    ranges = [(days.first, days.last) for days in message.data.blocked]
    turn.state = days_off.with_blocked(state, message.seq or 0, ranges, turn.day(turn.instant()))
    return _counted(turn)


def declare_outage(state: PatientState, message: Message[DeclareOutage], now: datetime) -> Result:
    """A day with more than 6 h without the platform does not count (4.1); declared again it changes nothing."""
    turn = Turn(state, message)
    turn.state = days_off.with_outage(state, message.data.since, message.data.until, to_ms(now))
    return _answered(turn)


def withdraw_outage(state: PatientState, message: Message[WithdrawOutage], now: datetime) -> Result:
    """Days that no record can change any more stay as they were counted."""
    turn = Turn(state, message)
    turn.state = days_off.without_outage(state, message.data.since, message.data.until)
    return _answered(turn)


def _answered(turn: Turn) -> Result:
    done = _counted(turn)
    return Transition(done.state, done.events, done.records, answer=Answer(200, {"changed": done.state != turn.before}))


def _counted(turn: Turn) -> Result:
    if turn.state is not turn.before:
        message: Message[Any] = turn.message
        refresh_late(turn, message)
    return turn.result()


DAYS_OFF: Final[Mapping[type, Handler]] = {
    DaysBlockedV1: on_days_blocked,
    DeclareOutage: declare_outage,
    WithdrawOutage: withdraw_outage,
}
"""What makes days not count, and what it does."""
