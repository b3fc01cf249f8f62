"""Somebody is asked to name a human for a person whose plan is in force, and the question ends when one is named."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.plans.domain import circle, work
from services.plans.domain.model import PatientState
from services.plans.folding.work import ask, close_all
from services.plans.store import Closed
from shared.clock import to_ms
from shared.ids import named_id
from shared.runtime.messages import Message, Tick, Transition

Result = Transition[PatientState]

REASON: Final = "no_named_contact"


def next_question(state: PatientState) -> datetime | None:
    """When somebody is to be asked to name a human (UTC); never while one is named, or no plan is in force."""
    since = state.plan.effective_at if state.plan is not None and not state.plan.ended else None
    return circle.asks_for_contact(state.circle, since)


def on_question(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """Ask the clinic to name a human whom the person can reach (article P8.1)."""
    asked = replace(state, circle=replace(state.circle, asked_at=now))
    return ask(asked, message.key, named_id(REASON, message.key, to_ms(now)), "review", REASON, now)


def answered(done: Result, by: str, now: datetime) -> Result:
    """The same with the question closed where a human is named by now; `by` is who named them."""
    item = work.alike(done.state, "review", None, REASON)
    if item is None or not circle.named(done.state.circle):
        return done
    closed = close_all(done.state, [item], Closed(now, by, "done"))
    return replace(
        done,
        state=closed.state,
        events=(*done.events, *closed.events),
        records=(*done.records, *closed.records),
    )
