"""The work list: what a human must do for one person, by when, and what ends it (progression 2.11 W12, safety 9.2)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.plans.domain.circle import Role
from services.plans.domain.model import PatientState, Resumed, Urgency, WorkItem, WorkKind

URGENCIES: Final[tuple[Urgency, ...]] = ("emergency", "urgent", "soon", "routine")
"""The most urgent first."""

OF_LEVEL: Final[dict[str, Urgency]] = {"emergency": "emergency", "urgent": "urgent", "review": "soon", "lock": "soon"}
"""How urgent a flag of each level is (domain/safety.md 9.1)."""

MINUTES: Final[dict[str, int]] = {
    "chest": 5,
    "stroke": 5,
    "self_harm": 5,
    "cauda_equina": 15,
    "clot": 15,
    "pregnancy": 15,
    "medication": 15,
    "new_weakness": 60,
    "infection": 60,
    "trauma": 60,
    "post_op": 60,
    "unsafe": 60,
}
"""Within how many minutes a human acts on a sign (domain/safety.md 9.1, escalation target)."""

WORKING_DAYS: Final[dict[str, int]] = {"cancer": 2, "crash": 3}
"""Within how many working days, for the signs that can wait until then (9.1 no. 8 and 12)."""

LEVEL_MINUTES: Final[dict[str, int]] = {"emergency": 5, "urgent": 60}
"""For a sign that is not known here: that of the gravest of its level."""

REVIEW_WORKING_DAYS: Final = 3
"""Within how many working days (Monday to Friday) a review or a call is done [D]."""

SAME_DAY: Final = frozenset({"something_wrong", "pain_9", "pain_rise_4"})
"""Reasons for which somebody looks on the person's same day (W15)."""

PHQ4_WORKING_DAYS: Final = {"phq4_severe": 1, "phq4_positive": 3}
"""Within how many working days a human acts on a PHQ-4 above its limits (9.1 no. 14)."""

IN_ANY_CASE: Final = SAME_DAY | PHQ4_WORKING_DAYS.keys()
"""Reasons for which somebody looks whether there is a plan or not."""

CALLS: Final = frozenset({"flare_without_end", "pause_open", "silent_14_days"})
"""Reasons that ask for a call instead of a look (W7; a pause without an end, 2.4; silence, stories 3)."""

TOLD_BY_SAFETY: Final = "red_flag"
"""A review of this reason is the red flag itself, which `safety` tells with its signs."""

STOPPED: Final = "stopped_by_clinician"
"""A review of this reason is done with once the stop has ended (progression 2.8)."""

NEW_SITE: Final = "new_site"
"""The call of this reason is how the new site of a person meets them."""

CARE_TAKEN_BACK: Final = "care_consent_withdrawn"
"""The call of this reason is about the yes to care that the person took back, before there is a plan too."""

DRAFT_DECLINED: Final = "draft_declined"
"""A review of this reason is about a version that the person said no to; most have no plan yet."""

DRAFT_STALE: Final = "draft_stale"
"""A review of this reason is about a version that waited for the person when the plan changed otherwise."""

ROLES: Final[dict[WorkKind, Role]] = {"red_flag": "physician", "review": "physiotherapist", "call": "nurse"}
"""Who of a care team acts on each kind [D]; whoever is a clinician may, for a clinic need not have them all."""

ROLE_OF_REASON: Final[dict[str, Role]] = {
    "phq4_severe": "psychologist",
    "phq4_positive": "psychologist",
    "no_named_contact": "coordinator",
    "review_missing": "coordinator",
    CARE_TAKEN_BACK: "coordinator",
    NEW_SITE: "coordinator",
}
"""Where somebody else acts than on others of the kind [D]."""

CAUSES_KEPT: Final = 32
CLOSED_KEPT: Final = 32
RESUMED_KEPT: Final = 10


def working_days_later(moment: datetime, days: int, tz: str) -> datetime:
    """The same wall time so many working days (Monday to Friday) later in this zone, in UTC."""
    local = moment.astimezone(ZoneInfo(tz))
    left = days
    while left:
        local += timedelta(days=1)
        left -= local.weekday() < 5
    return local.astimezone(UTC)


def flag_due(signs: Iterable[str], level: str, answered_at: datetime, tz: str) -> datetime:
    """By when a human acts on a flag: the shortest of its signs' times (domain/safety.md 9.1)."""
    dues = []
    for sign in signs:
        minutes = MINUTES.get(sign)
        if minutes is None and sign not in WORKING_DAYS:
            minutes = LEVEL_MINUTES.get(level)
        if minutes is None:
            dues.append(working_days_later(answered_at, WORKING_DAYS.get(sign, REVIEW_WORKING_DAYS), tz))
        else:
            dues.append(answered_at + timedelta(minutes=minutes))
    return min(dues)


def review_due(reason: str, asked_at: datetime, day_ends_at: datetime, tz: str) -> datetime:
    """By when a review is done: on the person's same day (at least an hour is left), or within 3 working days."""
    if reason in SAME_DAY:
        return max(day_ends_at, asked_at + timedelta(hours=1))
    return working_days_later(asked_at, REVIEW_WORKING_DAYS, tz)


def phq4_due(reason: str, asked_at: datetime, within_hours: int, tz: str) -> datetime:
    """By when a human acts on a PHQ-4: the clinic's own time, sooner where 9.1 asks for it sooner."""
    by_rule = working_days_later(asked_at, PHQ4_WORKING_DAYS[reason], tz)
    return min(by_rule, asked_at + timedelta(hours=within_hours))


def kind_of(reason: str) -> WorkKind:
    """Whether a review's reason asks for a look or for a call."""
    return "call" if reason in CALLS else "review"


def role_of(kind: WorkKind, reason: str) -> Role:
    """Who of a care team acts on it."""
    return ROLE_OF_REASON.get(reason, ROLES[kind])


def find(state: PatientState, item_id: str) -> WorkItem | None:
    """The item of this id while it is not closed."""
    return next((one for one in state.work if one.item_id == item_id), None)


def alike(state: PatientState, kind: str, track_id: str | None, reason: str) -> WorkItem | None:
    """The item for the same thing that is not closed (W12)."""
    return next((one for one in state.work if (one.kind, one.track_id, one.reason) == (kind, track_id, reason)), None)


def of_suspension(state: PatientState, suspension_id: str) -> WorkItem | None:
    """The red-flag item of a suspension while it is not closed."""
    return next((one for one in state.work if one.suspension_id == suspension_id), None)


def resumed(state: PatientState, suspension_id: str) -> Resumed | None:
    """How a suspension ended, None while that is not known."""
    return next((one for one in state.resumed if one.suspension_id == suspension_id), None)


def wanted(state: PatientState, reason: str) -> bool:
    """Whether a review still makes sense: while a plan is in force, or for what somebody looks at in any case (W15).

    A new site also meets somebody who has no plan yet, and who declined one is talked with. Who took back their yes to
    care is called while there was no plan yet, or another one is being agreed on.
    """
    if reason in IN_ANY_CASE or reason == DRAFT_DECLINED or (reason == NEW_SITE and state.plan is None):
        return True
    if reason == CARE_TAKEN_BACK and (state.plan is None or state.agreement.draft is not None):
        return True
    return state.plan is not None and not state.plan.ended


def caused(state: PatientState, cause: str) -> PatientState:
    """The state that knows this event as dealt with."""
    return replace(state, causes=(*state.causes, cause)[-CAUSES_KEPT:])


def keep(state: PatientState, item: WorkItem) -> PatientState:
    """The state with this item as it is now, in its place or behind the others."""
    if find(state, item.item_id):
        return replace(state, work=tuple(item if one.item_id == item.item_id else one for one in state.work))
    return replace(state, work=(*state.work, item))


def without(state: PatientState, items: Iterable[WorkItem]) -> PatientState:
    """The state in which these items are closed: only their ids stay known."""
    gone = [item.item_id for item in items]
    left = tuple(one for one in state.work if one.item_id not in gone)
    closed = [id for id in gone if id not in state.closed_work]
    return replace(state, work=left, closed_work=(*state.closed_work, *closed)[-CLOSED_KEPT:])


def joined(item: WorkItem, signs: Iterable[str], level: str, due_at: datetime) -> WorkItem:
    """The open item with a further flag of the same suspension; a graver one needs somebody anew."""
    urgency = min(item.urgency, OF_LEVEL[level], key=URGENCIES.index)
    together = replace(
        item, urgency=urgency, due_at=min(item.due_at, due_at), signs=tuple(sorted({*item.signs, *signs}))
    )
    return together if urgency == item.urgency else replace(together, taken_by=None, taken_at=None)


def ended_with_plan(state: PatientState) -> tuple[WorkItem, ...]:
    """What is done with when the plan ends: all but red flags (9.3 no. 2) and what somebody looks at in any case."""
    return tuple(one for one in state.work if one.kind != "red_flag" and one.reason not in IN_ANY_CASE)


def still_suspended(state: PatientState, item: WorkItem) -> bool:
    """Whether an item's suspension may still last, and a plan with it that somebody must decide on."""
    return item.suspension_id is not None and not (state.plan is not None and state.plan.ended)
