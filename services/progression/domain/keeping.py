"""Keeping up with adherence: how each track stands, marks of sessions, and days that no record can change any more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from services.progression.domain.adherence import Week, joined, monday_of, weeks_of
from services.progression.domain.days_off import still_asked
from services.progression.domain.eligible import DAY_MS, EPOCH_DAY, days_of
from services.progression.domain.having import having
from services.progression.domain.kept import Kept, MarkRow, Total, WayRow
from services.progression.domain.state import LATE_DAYS, PatientState, TrackState, dose_hidden

WEEKS: Final = 8
"""Weeks that consistency looks at (4.2)."""

PERSON: Final = ""
"""The name under which the weeks of all tracks together are kept."""

_DAY: Final = timedelta(days=1)


def kept_up(state: PatientState, at: int, today: date) -> PatientState:
    """The state with what changed at an instant (epoch ms) noted, and days closed that are older than 28 days.

    To be called before sessions are forgotten. The very same state is given back where there is nothing to note.
    """
    kept = state.kept
    if kept.closed is not None and (today - kept.closed).days <= LATE_DAYS + 1 and not _news(state):
        return state
    ways, totals = {}, {}
    for track_id, track in state.tracks.items():
        rows, now = kept.ways.get(track_id, ()), _way(state, track)
        ways[track_id] = rows if rows and rows[-1][1:] == now else _from(rows, (at, *now))
        total = kept.totals.get(track_id, Total())
        totals[track_id] = Total(track.footing.dose, total.amount) if _starts(track, total) else total
    kept = having(kept, ways=ways, totals=totals, closed=kept.closed or today - _DAY)
    return _with_days_closed(having(state, kept=kept), today)


def _from(rows: tuple[WayRow, ...], new: WayRow) -> tuple[WayRow, ...]:
    return (*(row for row in rows if row[0] < new[0]), new)


def _way(state: PatientState, track: TrackState) -> tuple[int, str]:
    if not state.active:
        return track.config.freq, "no_plan"
    if track.config.tryout_until is not None:
        return track.config.freq, "tryout"
    return track.config.freq, "baseline" if track.footing.phase == "BASELINE" else ""


def _starts(track: TrackState, total: Total) -> bool:
    return total.first is None and not dose_hidden(track) and track.footing.phase != "BASELINE"


def _news(state: PatientState) -> bool:
    kept = state.kept
    if len(kept.ways) != len(state.tracks):
        return True
    for track_id, track in state.tracks.items():
        rows = kept.ways.get(track_id)
        if rows is None or rows[-1][1:] != _way(state, track) or _starts(track, kept.totals[track_id]):
            return True
    return False


def _with_days_closed(state: PatientState, today: date) -> PatientState:
    """What was done on days older than 28 days is added up and no longer looked at (2.7)."""
    kept, last = state.kept, today - timedelta(days=LATE_DAYS + 1)
    if kept.closed is None or kept.closed >= last:
        return state
    # A year without a tick is not walked through day by day: nothing older than the sessions that are kept is known.
    first = max(kept.closed + _DAY, last - timedelta(days=7 * WEEKS))
    found = days_of(state, first, last)
    weeks = {track_id: weeks_of(days) for track_id, days in found.items() if track_id in state.tracks}
    everyone = [day for days in found.values() for day in days]
    weeks[PERSON] = weeks_of(everyone)
    oldest = monday_of(today) - timedelta(days=7 * WEEKS)
    rows = [
        (name, *week)
        for name in sorted({*weeks, *(row[0] for row in kept.weeks)} & {PERSON, *state.tracks})
        for week in joined(closed_weeks(kept, name), weeks.get(name, ()))
        if week.monday >= oldest
    ]
    mondays = {monday_of(day.day) for day in everyone if day.moved} - {kept.week_active}
    totals = {
        track_id: Total(total.first, total.amount + amount_between(state.tracks[track_id], first, last))
        for track_id, total in kept.totals.items()
    }
    return having(
        state,
        kept=having(
            kept,
            closed=last,
            weeks=tuple(rows),
            totals=totals,
            weeks_active=kept.weeks_active + len(mondays),
            week_active=max(mondays, default=kept.week_active),
            marks=tuple(row for row in kept.marks if row[3] > last),
            ways={track_id: _recent(rows, last) for track_id, rows in kept.ways.items()},
            off=still_asked(state, last),
        ),
    )


def _recent(rows: tuple[WayRow, ...], last: date) -> tuple[WayRow, ...]:
    """How a track stood since a day, with what held then; a running baseline keeps its beginning."""
    horizon = (last.toordinal() - EPOCH_DAY - 1) * DAY_MS
    while len(rows) > 1 and rows[1][0] <= horizon and (rows[0][2], rows[1][2]) != ("baseline", "baseline"):
        rows = rows[1:]
    return rows


def closed_weeks(kept: Kept, name: str) -> list[Week]:
    """What is kept of the weeks of a track, or of the person."""
    return [Week(*row[1:]) for row in kept.weeks if row[0] == name]


def amount_between(track: TrackState, first: date, last: date) -> int:
    """The amount of a track on these days, in the base unit of its marker."""
    return sum(row[5] for row in track.bouts if first <= row[2] <= last)


def marked(state: PatientState, session_id: str, mark: MarkRow | None, *, late: bool) -> PatientState:
    """The state with how a session counts, in place of what was known of it; None for one that its amount tells."""
    kept = state.kept
    known = any(row[0] == session_id for row in kept.marks)
    if not known and mark is None and (kept.late or not late):
        return state
    marks = kept.marks
    if known or mark is not None:
        left = [row for row in marks if row[0] != session_id]
        marks = tuple(sorted([*left, mark] if mark is not None else left, key=_by_day))
    return having(state, kept=having(kept, marks=marks, late=kept.late or late))


def mark_of(state: PatientState, session_id: str) -> MarkRow | None:
    """What is known of how a session counts."""
    return next((row for row in state.kept.marks if row[0] == session_id), None)


def _by_day(row: MarkRow) -> tuple[date, str]:
    return row[3], row[0]
