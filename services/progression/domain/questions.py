"""Every question that stands open for a person, whatever keeps it; what closes one (progression 2.6, W5, W6, P12.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from services.progression.domain.aside import set_for_person
from services.progression.domain.asked import Asked, asking_of, usual_of
from services.progression.domain.decisions import name_of
from services.progression.domain.episodes import ANSWER_HOURS, HOLD_HOURS, HOUR_MS, Flare
from services.progression.domain.having import having
from services.progression.domain.state import PatientState

Closing = Literal["answered", "no_answer", "needless"]
"""Answered; the time to answer was over; or what was asked is no question any more."""

FLARE_OPEN_MS: Final = (ANSWER_HOURS + HOLD_HOURS) * HOUR_MS
"""The three questions can be answered while they hold what would rise (2.6)."""


def open_questions(patient_id: str, state: PatientState) -> dict[str, Asked]:
    """Every open question by its id, which is the same whenever it is asked for."""
    found = list(asking_of(state).open)
    if state.away is not None:
        question, flare = state.away.question, state.away.flare
        if question is not None:
            until = question.at + FLARE_OPEN_MS
            asked_on = state.away.asked_on or state.ticked
            if asked_on is not None:
                found.append(Asked(question.question_id, "flare", asked_on, question.at, until))
        if flare is not None and waits(flare):
            found.append(_settling(patient_id, flare))
    found += _tryouts(patient_id, state)
    return {one.question_id: one for one in found} if state.active else {}


def waits(flare: Flare) -> bool:
    """Whether the follow-up of day 3, 7 or 14 has had no word since."""
    return flare.asked > (flare.heard - flare.day).days


def kept_open(state: PatientState) -> PatientState:
    """The state without the questions whose time is over, or that have answered themselves."""
    asking = state.asking
    if asking is None or not asking.open:
        return state
    left = tuple(one for one in asking.open if state.active and not _over(one, state))
    return state if left == asking.open else having(state, asking=having(asking, open=left))


def why_closed(asked: Asked, state: PatientState, *, answered: bool) -> Closing:
    """Why a question is not open any more."""
    if answered:
        return "answered"
    return "no_answer" if asked.until is not None and asked.until <= state.clock else "needless"


def _over(one: Asked, state: PatientState) -> bool:
    if one.until is not None and one.until <= state.clock:
        return True
    if one.kind == "kept_moving":
        # The ladder of the flare keeps what was before the gap (2.4), and nothing rises in it (R3).
        return state.away is not None and state.away.flare is not None
    plan = state.plan
    known = plan is not None and (plan.usual_pain is not None or plan.usual_pain_override is not None)
    return one.kind == "usual_pain" and (
        known or usual_of(state) is None or set_for_person(state, "usual_pain") is not None
    )


def _settling(patient_id: str, flare: Flare) -> Asked:
    name = name_of("question", patient_id, "settling", flare.flare_id, str(flare.asked))
    return Asked(name, "settling", flare.day + timedelta(days=flare.asked), about=flare.asked)


def _tryouts(patient_id: str, state: PatientState) -> list[Asked]:
    """A track whose try-out is over by the last day that began: kept or dropped through the plan (article P12.3)."""
    found = []
    for track_id, track in state.tracks.items():
        until = track.config.tryout_until
        if until is not None and state.ticked is not None and state.ticked >= until:
            plan_id = "" if state.plan is None else state.plan.plan_id
            name = name_of("question", patient_id, "tryout", plan_id, track_id, until.isoformat())
            found.append(Asked(name, "tryout", until, track_id=track_id))
    return found
