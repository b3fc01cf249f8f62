"""The person's clock and the names of things as the rules need them, on the zones and ids that all services share."""

from dataclasses import dataclass
from datetime import date, datetime, time

from services.reminders.domain.calendar import Quiet, default_quiet_hours
from services.reminders.domain.model import PatientState, QuietHours
from services.reminders.domain.slots import Around
from shared import clock, ids


@dataclass(frozen=True, slots=True)
class PersonCalendar:
    """A `Calendar` on an IANA zone and the wall time at which the person's day starts."""

    tz: str
    starts_at: str

    def day_of(self, moment: datetime) -> date:
        """The person's day that holds a moment (2.11 W1)."""
        return clock.local_date(moment, self.tz, self.starts_at)

    def day_starts(self, day: date) -> datetime:
        """When a day of the person begins, UTC."""
        return clock.day_start(day, self.tz, self.starts_at)

    def day_starts_at(self) -> time:
        """The wall time at which their day begins."""
        return time.fromisoformat(self.starts_at)

    def at(self, day: date, wall: time) -> datetime:
        """When the wall clock shows this on a calendar date (reminders 5.3), UTC."""
        return clock.wall_to_utc(day, wall, self.tz)

    def wall(self, moment: datetime) -> datetime:
        """What the wall clock shows, without a zone."""
        return moment.astimezone(clock.zone(self.tz)).replace(tzinfo=None, fold=0)


@dataclass(frozen=True, slots=True)
class PersonNames:
    """The `Names` of one person's things."""

    patient_id: str

    def slot(self, track_id: str, day: date) -> str:
        """The id of a track on one of the person's days."""
        return ids.slot_id(self.patient_id, track_id, day)

    def reminder(self, kind: str, subject: str, day: date, attempt: int = 0) -> str:
        """The id of a message: one per person, kind, subject (cue, decision, proposal) and day."""
        again = (attempt,) if attempt else ()
        return ids.named_id("reminder", self.patient_id, kind, subject, day.isoformat(), *again)


def around(state: PatientState, patient_id: str) -> Around | None:
    """What the rules look at besides the state, or None while the person's zone is not known."""
    if state.person is None:
        return None
    calendar = PersonCalendar(state.person.tz, state.person.day_starts_at)
    return Around(calendar, Quiet(calendar, quiet_hours(state)), PersonNames(patient_id))


def quiet_hours(state: PatientState) -> QuietHours:
    """The quiet hours in force: chosen, or the default that follows from when the person's day starts."""
    if state.quiet is not None or state.person is None:
        return state.quiet or QuietHours("21:00", "08:00")
    return default_quiet_hours(PersonCalendar(state.person.tz, state.person.day_starts_at))
