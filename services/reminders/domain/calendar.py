"""The person's wall clock as the rules need it, and their quiet hours on it (domain/reminders.md 5.2, 5.3)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from services.reminders.domain.model import DEFAULT_QUIET, QuietHours

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
NOON: Final = time(12)


class Calendar(Protocol):
    """A person's zone and day; every moment is UTC."""

    def day_of(self, moment: datetime) -> date:
        """The person's day that holds a moment (2.11 W1)."""
        ...

    def day_starts(self, day: date) -> datetime:
        """When a day of the person begins."""
        ...

    def day_starts_at(self) -> time:
        """The wall time at which their day begins."""
        ...

    def at(self, day: date, wall: time) -> datetime:
        """When the wall clock shows this on a calendar date: after a gap the first valid minute, twice: the first."""
        ...

    def wall(self, moment: datetime) -> datetime:
        """What the wall clock shows, without a zone."""
        ...


def fire_at(calendar: Calendar, day: date, wall: time) -> datetime:
    """When a cue of the person's day is due; wall times before the day's start belong to the calendar date after it."""
    return calendar.at(day if wall >= calendar.day_starts_at() else day + DAY, wall)


def default_quiet_hours(calendar: Calendar) -> QuietHours:
    """21:00-08:00; for a person whose day starts at noon or later from 7 h before that start to 1 h after it.

    So a night worker with `day_starts_at` 15:00 is left alone 08:00-16:00 (domain/stories.md 7) [D].
    """
    starts = calendar.day_starts_at()
    if starts < NOON:
        return DEFAULT_QUIET
    around = datetime.combine(date(2000, 1, 2), starts)
    return QuietHours(f"{around - timedelta(hours=7):%H:%M}", f"{around + timedelta(hours=1):%H:%M}")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours on a person's wall clock: what it shows decides, so an hour that comes twice is quiet twice."""

    calendar: Calendar
    hours: QuietHours

    def holds(self, moment: datetime) -> bool:
        """Whether nothing may be sent at this moment."""
        return self.hours.enabled and within(self.hours, self.calendar.wall(moment).time())

    def ends(self, moment: datetime) -> datetime | None:
        """The first moment after the quiet hours that hold now, or None when none do."""
        if not self.holds(moment):
            return None
        return min(c for c in self._shows(moment, time.fromisoformat(self.hours.end)) if not self.holds(c))

    def begins(self, moment: datetime) -> datetime | None:
        """The next moment, after one that is not quiet, at which quiet hours begin; None when they are off."""
        if not self.hours.enabled or self.hours.start == self.hours.end:
            return None
        start = min(self._shows(moment, time.fromisoformat(self.hours.start)))
        if self._offset(start) >= self._offset(moment):
            return start
        # Clocks go back in between, so the wall may come into quiet hours again: look minute by minute.
        step = moment.replace(second=0, microsecond=0) + MINUTE
        while step < start and not self.holds(step):
            step += MINUTE
        return min(step, start)

    def _shows(self, moment: datetime, wall: time) -> list[datetime]:
        shown = self.calendar.wall(moment)
        ahead = (datetime.combine(shown.date(), wall) - shown) % DAY
        days = (shown.date() + n * DAY for n in range(3))
        return [c for c in (moment + ahead, *(self.calendar.at(day, wall) for day in days)) if c > moment]

    def _offset(self, moment: datetime) -> timedelta:
        return self.calendar.wall(moment) - moment.replace(tzinfo=None)


def within(hours: QuietHours, wall: time) -> bool:
    """Whether a wall time lies in `[start, end)`, over midnight where start is after end."""
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    return start <= wall < end if start <= end else wall >= start or wall < end


def narrows(before: QuietHours, after: QuietHours) -> bool:
    """Whether some minute that was quiet would no longer be."""
    if not before.enabled:
        return False
    if not after.enabled:
        return True
    minutes = (time(n // 60, n % 60) for n in range(24 * 60))
    return any(within(before, minute) and not within(after, minute) for minute in minutes)
