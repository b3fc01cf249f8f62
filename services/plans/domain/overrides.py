"""What a clinician may set aside for a person, for how long, and what nobody may (progression 2.2, 2.8; P12.2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.plans.domain.model import Override, PatientState
from services.plans.domain.parameters import ALLOWED, Allowed, Day, Order, Whole, Words, breach
from services.plans.domain.rules import AMOUNT_MAX, REVIEW_WITHIN_DAYS, RuleBroken, broken_track
from services.plans.domain.terms import Parameter, Track

LASTS_DAYS: Final = 90
"""So long does an override stand where nothing is said, and so long at most (2.8)."""

STANDING_MAX: Final = 30
ENDED_KEPT: Final = 50
MUSCLE_GROUPS: Final = ("legs", "hips", "trunk", "back", "chest", "shoulders", "arms")
"""What the order of muscle groups is said in; kept and shown, a routine that follows it is to come."""

PERSON_ONLY: Final[Mapping[str, Allowed]] = {
    "usual_pain": Whole(0, 10),
    "usual_fatigue": Whole(0, 10),
    "review_on": Day(),
    "messages": Words(("off",)),
    "muscle_group_order": Order(MUSCLE_GROUPS),
}
"""What belongs to the person and to no track (2.3, 2.8)."""

FIELDS: Final[Mapping[str, Allowed]] = {
    "freq": Whole(1, 7),
    "step": Whole(1, None),
    "dose_min": Whole(1, None),
    "dose_max": Whole(1, None),
    "goal_dose": Whole(1, None),
}
"""What a plan holds as fields of the track itself."""

OVERRIDABLE: Final[Mapping[str, Allowed]] = {**ALLOWED, **FIELDS, **PERSON_ONLY}
TRACK_ONLY: Final = frozenset({"step", "dose_min", "dose_max", "goal_dose", "fixed_dose"})
"""Amounts: they mean something in one track's marker alone."""

NEVER: Final[Mapping[str, str]] = {
    "suspension": "A stop for a red flag ends with a clinician's clearance note, and in no other way.",
    "red_flag": "A stop for a red flag ends with a clinician's clearance note, and in no other way.",
    "audit": "What happened stays written down.",
    "less": "To do less is always the person's right.",
}
"""What 2.8 keeps from being overridden, each with why."""

REASONS: Final = ("symptoms", "medical", "goal", "trial", "records", "wish", "other")
"""Why, in a word of a closed list; more is said in words that stay sealed."""


def stands(override: Override, now: datetime) -> bool:
    """Whether it has not run out."""
    return override.set_at <= now < override.until


def check(state: PatientState, name: str, value: Parameter, track_id: str | None, days: int, now: datetime) -> None:
    """Raise `RuleBroken` unless this parameter may be set so, together with the plan and what stands beside it."""
    if name in NEVER:
        raise RuleBroken("not_overridable", NEVER[name], "/name")
    if name not in OVERRIDABLE:
        raise RuleBroken("unknown_parameter", "This is not a parameter that can be set.", "/name")
    if not 1 <= days <= LASTS_DAYS:
        raise RuleBroken("override_days", f"An override stands for 1 to {LASTS_DAYS} days.", "/days")
    tracks = {} if state.plan is None else {track.track_id: track for track in state.plan.terms.tracks}
    if track_id is None and name in TRACK_ONLY:
        raise RuleBroken("track_needed", "An amount belongs to a track.", "/track_id")
    if track_id is not None and name in PERSON_ONLY:
        raise RuleBroken("of_the_person", "This belongs to the person and to no track.", "/track_id")
    if track_id is not None and track_id not in tracks:
        raise RuleBroken("unknown_track", "The plan in force has no such track.", "/track_id")
    if name in PERSON_ONLY or name in FIELDS:
        top = None if track_id is None else AMOUNT_MAX[tracks[track_id].marker]
        if detail := breach(name, value, top, OVERRIDABLE):
            raise RuleBroken("parameter_range", detail, "/value")
    if name == "review_on" and not _soon(state, str(value), now):
        detail = f"The next review is within {REVIEW_WITHIN_DAYS} days from tomorrow on."
        raise RuleBroken("review_day_range", detail, "/value")
    for track in [tracks[track_id]] if track_id is not None else tracks.values():
        if name not in PERSON_ONLY:
            _check_track(overridden(state, track, now, {name: value}))


def overridden(state: PatientState, track: Track, now: datetime, more: Mapping[str, Parameter]) -> Track:
    """The track with what stands on it now, and `more`; what is set for it counts before what is set for all."""
    found: dict[str, Parameter] = {}
    for of in (None, track.track_id):
        found |= {one.name: one.value for one in state.overrides if one.track_id == of and stands(one, now)}
    found = {name: value for name, value in {**found, **more}.items() if name not in PERSON_ONLY}
    fields = {name: int(value) for name, value in found.items() if name in FIELDS}
    parameters = {**track.parameters, **{name: value for name, value in found.items() if name not in FIELDS}}
    # How a track started says nothing about what may be set later.
    return replace(track, **fields, parameters=parameters, start_dose=None, start_phase="BASELINE")  # type: ignore[arg-type]


def until(now: datetime, days: int) -> datetime:
    """When an override that is set now runs out."""
    return now + timedelta(days=days)


def without(state: PatientState, gone: tuple[Override, ...]) -> PatientState:
    """The state in which these no longer stand; only their ids stay known."""
    ids = {one.override_id for one in gone}
    left = tuple(one for one in state.overrides if one.override_id not in ids)
    return replace(state, overrides=left, ended_overrides=(*state.ended_overrides, *sorted(ids))[-ENDED_KEPT:])


def _soon(state: PatientState, day: str, now: datetime) -> bool:
    """Whether a day lies after the person's today, and within the time in which a plan is reviewed."""
    zone = ZoneInfo("UTC" if state.person is None else state.person.tz)
    return 0 < (date.fromisoformat(day) - now.astimezone(zone).date()).days <= REVIEW_WITHIN_DAYS


def _check_track(track: Track) -> None:
    for field, code, detail in broken_track(track):
        # A ceiling for a while may lie below the goal, which stays what it is.
        if (field, code) != ("goal_dose", "above_dose_max"):
            raise RuleBroken(code, detail, "/value")
