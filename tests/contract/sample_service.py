"""A small service whose transitions bring things about in every way that code can be written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from shared.contracts import session_logging as contracts
from shared.contracts.plans import PlanActivatedV1, PlanChangedV1, PlanEndedV1, ProposalAnsweredV1
from shared.contracts.session_logging import SessionAmendedV1, SessionLoggedV1, SessionVoidedV1
from shared.runtime.messages import Effect, Emit, Message, Transition

Result = Transition[None]


@dataclass(frozen=True)
class Ender:
    """Brings something about in a method."""

    reason: str

    def end(self) -> Emit:
        return Emit(PlanEndedV1(plan_id="plan-1", reason="completed"))


def asks_only(state: None, message: Message[SessionLoggedV1 | SessionAmendedV1], now: datetime) -> Result:
    """Only asks what something is."""
    found: SessionVoidedV1 | None = None
    if isinstance(message.data, SessionAmendedV1) or type(message.data) is SessionLoggedV1:
        found = None
    match message.data:
        case SessionLoggedV1(revision=1):
            return Transition(state)
        case _:
            return Transition(state, events=() if found is None else (Emit(found),))


def publishes_itself(state: None, message: Message[Any], now: datetime) -> Result:
    """Makes the event in its own body, through the module's name."""
    return Transition(state, events=(Emit(contracts.JournalRecordedV1(entry_id="entry-1")),))


def publishes_through_others(state: None, message: Message[Any], now: datetime) -> Result:
    """Goes through a helper, which calls back, and through a table of functions."""
    return _helped(state, message, now)


def _helped(state: None, message: Message[Any], now: datetime) -> Result:
    if message.incomplete:
        return publishes_through_others(state, message, now)
    return Transition(state, events=(_BY_KIND[message.source]("plan-1"),))


def _ended(plan_id: str) -> Emit:
    return Emit(PlanEndedV1(plan_id=plan_id, reason="completed"))


_BY_KIND: dict[str, Callable[[str], Emit]] = {"end": _ended, "also": partial(_ended)}


def publishes_in_a_method(state: None, message: Message[Any], now: datetime) -> Result:
    """Holds an object that makes the event."""
    return Transition(state, events=(Ender("completed").end(),))


def chooses_the_model(state: None, message: Message[Any], now: datetime) -> Result:
    """Chooses between two models before it makes one."""
    model = PlanChangedV1 if message.seq else PlanActivatedV1
    return Transition(state, events=(Emit(model.model_validate(message.data)),))


def makes_it_inside(state: None, message: Message[Any], now: datetime) -> Result:
    """Makes the event in a function of its own."""

    def answered() -> Emit:
        return Emit(ProposalAnsweredV1(proposal_id="p", track_id="t", answer="stay"))

    return Transition(state, events=(answered(),))


def sends(state: None, message: Message[Any], now: datetime) -> Result:
    """Sends a message to a person."""
    return Transition(state, effects=(Effect("reminder-1", "local", now, {}),))
