"""Which slot of a cue comes next, and how it ends: sent, or not sent for exactly one reason (reminders 5.2, 5.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from services.reminders.domain import blocked, turned_off
from services.reminders.domain.calendar import DAY, Calendar, Quiet, fire_at
from services.reminders.domain.model import Cue, PatientState, Prompt, Session
from services.reminders.domain.muted import suspended
from services.reminders.domain.resting import why_quiet
from services.reminders.domain.silenced import REASON, silence

LATE: Final = timedelta(minutes=30)
"""A prompt that is later than this is not sent any more (5.3 Late worker)."""

APART: Final = timedelta(hours=4)
"""Two prompts are at least this far apart (5.2 Suppress)."""


class Names(Protocol):
    """The ids that the rules need, computed alike everywhere."""

    def slot(self, track_id: str, day: date) -> str:
        """The id of a track on one of the person's days."""
        ...

    def reminder(self, kind: str, subject: str, day: date, attempt: int = 0) -> str:
        """The id of a message: one per person, kind, subject and day."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What the rules look at besides the state: the person's clock, their quiet hours, and how things are named."""

    calendar: Calendar
    quiet: Quiet
    names: Names


@dataclass(frozen=True, slots=True)
class Ended:
    """How a slot ended: sent when `reason` is None; `because` is the event that was the reason."""

    cue: Cue
    day: date
    due_at: datetime
    reason: str | None
    because: str | None = None


def planned(around: Around, cue: Cue, day: date) -> tuple[datetime, bool]:
    """When the slot of a day is due (UTC), and whether quiet hours swallow it.

    Inside quiet hours it moves to their end while the slot, the person's day, is still open; else it ends where it was.
    """
    due = fire_at(around.calendar, day, time.fromisoformat(cue.time))
    quiet_until = around.quiet.ends(due)
    if quiet_until is None:
        return due, False
    if quiet_until < around.calendar.day_starts(day + DAY):
        return quiet_until, False
    return due, True


def closed_before(around: Around, cue_time: str, now: datetime) -> date:
    """The day before the first one that a cue chosen now prompts for: today while its time is still to come."""
    today = around.calendar.day_of(now)
    comes = fire_at(around.calendar, today, time.fromisoformat(cue_time)) >= now
    return today - DAY if comes else today


def scheduled(around: Around, cue: Cue) -> Cue:
    """The cue with its next slot, or with none while it is off or asleep."""
    if not cue.enabled or cue.asleep:
        return replace(cue, next_day=None, next_at=None)
    day = cue.closed + DAY
    return replace(cue, next_day=day, next_at=planned(around, cue, day)[0])


def end_slot(state: PatientState, around: Around, cue: Cue, day: date, now: datetime) -> Ended:
    """Decide on a slot that is due: the first reason that holds keeps it back."""
    due, swallowed = planned(around, cue, day)

    def ended(reason: str | None, because: str | None = None) -> Ended:
        return Ended(cue, day, due, reason, because)

    if state.plan is None or state.plan.ended or (cue.track_id and cue.track_id not in state.plan.tracks):
        return ended("no_active_plan")
    if suspended(state):
        return ended("suspended")
    if fire_at(around.calendar, day, time.fromisoformat(cue.time)) < cue.since:
        return ended("cue_changed")
    if session := _done(state, around, cue, day):
        return ended("not_today" if session.rest else "already_logged", session.event_id)
    if (off := silence(state)) is not None:
        return ended(REASON, off.event_id)
    if (unwanted := turned_off.off(state)) is not None:
        return ended(turned_off.REASON, unwanted.event_id)
    if (quiet := why_quiet(state)) is not None:
        return ended(quiet.kind, quiet.event_id)
    if blocked.holds(state, day):
        return ended("blocked_day")
    if swallowed:
        return ended("quiet_hours")
    if now > due + LATE:
        return ended("stale")
    if around.quiet.holds(now):
        return ended("quiet_hours")
    if any(now - prompt.at < APART for prompt in state.prompts.values()):
        return ended("recent_message")
    if any(prompt.day == day for prompt in state.prompts.values()):
        return ended("daily_cap")
    return ended(None)


def after(cue: Cue, ended: Ended) -> Cue:
    """The cue once a slot has ended; without a plan it sleeps until there is one."""
    return replace(cue, closed=ended.day, asleep=ended.reason == "no_active_plan")


def awake(cues: Mapping[str, Cue], around: Around, now: datetime) -> dict[str, Cue]:
    """The cues with the sleeping ones woken, because a plan is in force: the next slot is the first one from now on."""
    return {
        cue_id: replace(cue, asleep=False, closed=max(cue.closed, closed_before(around, cue.time, now)))
        if cue.asleep
        else cue
        for cue_id, cue in cues.items()
    }


def kept_prompts(prompts: Mapping[str, Prompt], now: datetime) -> dict[str, Prompt]:
    """The prompts that the cap still looks at: those of the last three days."""
    return {name: prompt for name, prompt in prompts.items() if now - prompt.at < 3 * DAY}


def _done(state: PatientState, around: Around, cue: Cue, day: date) -> Session | None:
    """The session that answers a slot already: a real one before a "not today"; for a cue of the day, of any track."""
    found = [s for s in state.sessions.values() if not s.voided and _belongs(around, s, cue.track_id, day)]
    return min(found, key=lambda s: (s.rest, s.started_at, s.event_id), default=None)


def _belongs(around: Around, session: Session, track_id: str | None, day: date) -> bool:
    if track_id is not None and session.track_id != track_id:
        return False
    if session.slot_id is not None and session.track_id is not None:
        return session.slot_id == around.names.slot(session.track_id, day)
    return around.calendar.day_of(session.started_at) == day
