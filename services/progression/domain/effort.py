"""Milestones of effort: a first session, four active weeks (article P5.1, P5.2; adherence 4.3: nothing that resets).

They know whether something was done and on which of the person's days, and nothing else.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Final

from services.progression.domain.state import EffortRow

MILESTONES: Final = ("first_session", "weeks_active_4")
WEEKS: Final = 4
WEEK_DAYS: Final = 7
KEPT_DAYS: Final = 42


def noted(
    rows: tuple[EffortRow, ...], session_id: str, revision: int, day: date, *, done: bool
) -> tuple[EffortRow, ...]:
    """The sessions with this revision of one of them; a lower revision than the known one changes nothing."""
    short = hashlib.sha256(session_id.encode()).hexdigest()[:12]
    if any(row[0] == short and row[1] >= revision for row in rows):
        return rows
    kept = [row for row in rows if row[0] != short]
    latest = max([day, *(row[2] for row in kept)])
    new = sorted([*kept, (short, revision, day, done)], key=lambda row: (row[2], row[0]))
    return tuple(row for row in new if (latest - row[2]).days < KEPT_DAYS)


def reached(rows: tuple[EffortRow, ...]) -> dict[str, date]:
    """The milestones that these sessions come to, each with the person's day of it.

    `first_session`: the earliest session with any amount. `weeks_active_4`: the first active day on which each of the
    four periods of seven days that end with it has an active day; so nobody waits for a calendar week to end, and
    a paper diary that comes later counts just the same.
    """
    days = sorted({row[2] for row in rows if row[3]})
    found = {"first_session": days[0]} if days else {}
    for last in days:
        periods = {(last - day).days // WEEK_DAYS for day in days if timedelta() <= last - day}
        if periods >= set(range(WEEKS)):
            found["weeks_active_4"] = last
            break
    return found
