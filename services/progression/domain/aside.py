"""Which overrides stand over a track or a person; how they begin and end is told in `overriding` (2.8)."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.progression.domain.model import Override
from services.progression.domain.state import PatientState

SCORES: Final = frozenset({"usual_pain", "usual_fatigue"})
OF_THE_PERSON: Final = SCORES | {"review_on", "messages", "muscle_group_order"}
"""Overrides that belong to the person and to no track (2.3, 2.8).

No rule reads the last two: `reminders` obeys the one, and a routine is to follow the other. Each decision names them.
"""


def over(state: PatientState, track_id: str) -> tuple[Override, ...]:
    """What stands over a track; what is set for it alone counts before what is set for all."""
    if not state.overrides:
        return ()
    own = [one for one in state.overrides if one.track_id == track_id]
    names = {one.name for one in own}
    shared = [one for one in state.overrides if one.track_id is None and one.name not in names]
    return tuple(sorted([*shared, *own], key=lambda one: (one.name, one.override_id)))


def set_for_person(state: PatientState, name: str) -> int | None:
    """What a clinician set for the person: usual pain or usual fatigue; None while nothing stands."""
    return next((int(one.value) for one in state.overrides if one.name == name), None)


def review_day(state: PatientState) -> date | None:
    """The person's day of the next review: what a clinician set, else the plan's; None without either."""
    for one in state.overrides:
        if one.name == "review_on":
            return date.fromisoformat(str(one.value))
    return None if state.plan is None else state.plan.review_on
