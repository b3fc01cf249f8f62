"""When time alone acts on a person's file, and what it does then: one row for each area that waits for a moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.plans.domain.model import PatientState
from services.plans.folding import contact, goal_checks, learning, measures_due, prompts, reviews, team
from shared.runtime.messages import Message, Tick, Transition

Timer = tuple[
    Callable[[PatientState], datetime | None],
    Callable[[PatientState, Message[Tick], datetime], Transition[PatientState]],
]
"""When an area must act next (UTC), None for never; and what it does then, after which it is due later or never."""

TIMERS: Final[tuple[Timer, ...]] = (
    (reviews.next_due, reviews.on_time),
    (measures_due.next_due, measures_due.on_time),
    (prompts.next_end, prompts.on_time),
    (team.next_leaving, team.on_leaving),
    (contact.next_question, contact.on_question),
    (learning.next_moment, learning.on_time),
    (goal_checks.next_due, goal_checks.on_time),
)


def due(state: PatientState, timers: tuple[Timer, ...] = TIMERS) -> datetime | None:
    """The next moment (UTC) at which any area must act; None while nothing waits for time."""
    return min((at for when, _ in timers if (at := when(state)) is not None), default=None)


def on_tick(
    state: PatientState, message: Message[Tick], now: datetime, timers: tuple[Timer, ...] = TIMERS
) -> Transition[PatientState]:
    """Every area whose moment has come acts, in their order; what each tells follows what the one before told."""
    done = Transition(state)
    for when, act in timers:
        at = when(done.state)
        if at is not None and at <= now:
            more = act(done.state, message, now)
            done = replace(
                more,
                events=(*done.events, *more.events),
                records=(*done.records, *more.records),
                effects=(*done.effects, *more.effects),
            )
    return done
