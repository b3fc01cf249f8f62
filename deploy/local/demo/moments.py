"""The moments at which the demo's clock stands still each day: right after the prompts of each side of the ocean."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HOME: Final = ZoneInfo("Europe/London")
MOMENTS: Final = (
    ("America/New_York", time(8, 31)),
    ("Europe/London", time(18, 1)),
    ("America/New_York", time(17, 31)),
)
"""Local times; between two of them lies everything that people do at the next. A prompt is sent up to 30 min late."""


def moments(day: date) -> list[datetime]:
    """The moments of a calendar date in UTC, in order."""
    return sorted(at(day, wall, tz) for tz, wall in MOMENTS)


def coming(now: datetime, last: date) -> list[datetime]:
    """Every moment after `now` up to the end of a calendar date of London's."""
    first = now.astimezone(HOME).date()
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [moment for day in days for moment in moments(day) if moment > now]


def last_of(now: datetime, days: int) -> date:
    """The date on which so many days from `now` end; a day of which a moment is left counts as the first."""
    today = now.astimezone(HOME).date()
    return today + timedelta(days=days - (1 if coming(now, today) else 0))


def at(day: date, wall: time, tz: str) -> datetime:
    """A local wall time as a moment in UTC."""
    return datetime.combine(day, wall, ZoneInfo(tz)).astimezone(UTC)


def crossed(tz: str, wall: time, since: datetime, until: datetime) -> Iterator[tuple[date, datetime]]:
    """Each local date on which this wall time lies after `since` and not after `until`, with that moment."""
    day = since.astimezone(ZoneInfo(tz)).date()
    while (moment := at(day, wall, tz)) <= until:
        if moment > since:
            yield day, moment
        day += timedelta(days=1)
