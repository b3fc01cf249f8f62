"""Days that do not count although the plan stood: blocked by the person, or without the platform (adherence 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from services.progression.domain.having import having
from services.progression.domain.kept import DaysOff
from services.progression.domain.state import PatientState

OUTAGE_MS: Final = 6 * 3_600_000
"""A day on which the platform was away for longer than this does not count (4.1)."""

_DAY: Final = timedelta(days=1)
_NONE: Final = DaysOff()


@lru_cache(maxsize=4096)
def span(day: date, tz: str, day_starts_at: str) -> tuple[int, int]:
    """When a person's day begins and ends (W1), epoch ms: 23 or 25 hours where the clocks change in it."""
    zone, starts = ZoneInfo(tz), time.fromisoformat(day_starts_at)
    first, last = (round(datetime.combine(on, starts, zone).timestamp()) * 1000 for on in (day, day + _DAY))
    return first, last


def blocked_on(off: DaysOff, day: date) -> bool:
    """Whether the person blocked this day of theirs."""
    return any(first <= day <= last for first, last in off.blocked)


def outage_on(off: DaysOff, day: date, tz: str, day_starts_at: str) -> bool:
    """Whether the platform was away for more than 6 hours of a person's day; what two outages share counts once."""
    begins, ends = span(day, tz, day_starts_at)
    away = 0
    for since, until in off.outages:
        begins, end = max(begins, since), min(until, ends)
        if begins < end:
            away += end - begins
            begins = end
    return away > OUTAGE_MS


def with_blocked(state: PatientState, seq: int, ranges: Iterable[tuple[date, date]], today: date) -> PatientState:
    """The state with all days that are blocked, as told with `seq`; the very same one where it says nothing new ([4]).

    Days that no record can change any more stay as they were counted.
    """
    off, closed = state.kept.off or _NONE, state.kept.closed
    if seq <= off.told:
        return state
    blocked = tuple((first, last) for first, last in ranges if closed is None or last > closed)
    late = any(first < today for first, _ in {*blocked} ^ {*off.blocked})
    return _with(state, having(off, told=seq, blocked=blocked), late=late)


def with_outage(state: PatientState, since: int, until: int, now: int) -> PatientState:
    """The state with an outage (epoch ms); the very same one where it is known, or too long ago to change a day."""
    off, closed = state.kept.off or _NONE, state.kept.closed
    if (since, until) in off.outages or (closed is not None and until <= _ended(state, closed)):
        return state
    return _with(state, having(off, outages=tuple(sorted((*off.outages, (since, until))))), late=since < now)


def without_outage(state: PatientState, since: int, until: int) -> PatientState:
    """The state without an outage that was declared in error; the very same one where it is not known."""
    off = state.kept.off
    if off is None or (since, until) not in off.outages:
        return state
    return _with(state, having(off, outages=tuple(row for row in off.outages if row != (since, until))), late=True)


def still_asked(state: PatientState, closed: date) -> DaysOff | None:
    """What may still be asked for once the days up to `closed` are counted for good."""
    off = state.kept.off
    if off is None:
        return None
    ended = _ended(state, closed)
    blocked = tuple(row for row in off.blocked if row[1] > closed)
    return having(off, blocked=blocked, outages=tuple(row for row in off.outages if row[1] > ended))


def _ended(state: PatientState, day: date) -> int:
    return span(day, state.tz, state.day_starts_at)[1]


def _with(state: PatientState, off: DaysOff, *, late: bool) -> PatientState:
    return having(state, kept=having(state.kept, off=off, late=state.kept.late or late))
