"""The adherence of a person as of a day, whole numbers only: the one content that is told, stored and shown (4.2)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from services.progression.domain import adherence as a
from services.progression.domain.eligible import ELSEWHERE, days_of
from services.progression.domain.keeping import PERSON, WEEKS, amount_between, closed_weeks
from services.progression.domain.parameters import default_gap_limits
from services.progression.domain.patterns import by_block, patterns, sessions_done
from services.progression.domain.state import PatientState

WINDOWS: Final = (7, 28)
Content = dict[str, Any]


def report(state: PatientState, today: date) -> Content:
    """The person's adherence in windows that end yesterday; only whole numbers, texts and None.

    `sevenths` is P times 7, so that it is exact; a rate is in per cent, cut and not rounded, so that no number looks
    like a better band than it is in.
    """
    yesterday = today - timedelta(days=1)
    kept = state.kept
    open_from = yesterday if kept.closed is None else kept.closed + timedelta(days=1)
    month = today - timedelta(days=WINDOWS[-1])
    found = days_of(state, min(open_from, month), yesterday)
    everyone = [day for track_id in (*sorted(state.tracks), ELSEWHERE) for day in found[track_id]]
    recent = a.in_window(everyone, WINDOWS[-1], today)
    complete = frozenset((name, day.day) for name in state.tracks for day in found[name] if day.done)
    done = sessions_done(state, complete, month, yesterday)
    moved = frozenset(day.day for day in everyone if day.moved)
    live = [day for day in everyone if kept.closed is None or day.day > kept.closed]
    weeks_now = {a.monday_of(day.day) for day in live if day.moved} - {kept.week_active}
    tracks = {track_id: _track(state, track_id, found[track_id], today) for track_id in sorted(state.tracks)}
    if len(tracks) == 1 and not found[ELSEWHERE]:
        (only,) = tracks.values()
        windows = [{**window, "dose_pct": None} for window in only["windows"]]
    else:
        windows = [_window(everyone, length, today, amounts=False) for length in WINDOWS]
    return {
        "returning": _returning(state, moved, today),
        "windows": windows,
        "weeks": _weeks(state, PERSON, live, today),
        "tracks": tracks,
        "stretches": [[kind, first.isoformat(), last.isoformat()] for kind, first, last in a.runs(recent)],
        "blocks": [list(row) for row in by_block(done)],
        "patterns": [list(pattern) for pattern in patterns(done, moved)],
        "pillars": pillars(state, recent),
        "weeks_active": kept.weeks_active + len(weeks_now),
    }


def _window(days: list[a.Day], length: int, today: date, *, amounts: bool) -> Content:
    found = a.in_window(days, length, today)
    counting = [day for day in found if day.eligible]
    session = a.session_adherence(counting, length)
    said = session is not None
    return {
        "days": length,
        "eligible_days": a.eligible_days(counting),
        "sevenths": int(a.planned(counting) * 7),
        "completed": a.completed(counting),
        "session_pct": _percent(session),
        "band": None if session is None else a.band(session),
        "dose_pct": _percent(a.dose_adherence(counting, length)) if said and amounts else None,
        "coverage_pct": _percent(a.log_coverage(counting, length)) if said else None,
        "longest_gap": a.longest_gap(counting),
        "fit": a.plan_fit(counting),
        "active_days": a.active_days(found),
        "flare_days_moved": a.flare_movement(found),
    }


def _track(state: PatientState, track_id: str, days: list[a.Day], today: date) -> Content:
    kept, track = state.kept, state.tracks[track_id]
    total, live = kept.totals.get(track_id), [day for day in days if kept.closed is None or day.day > kept.closed]
    since = kept.closed + timedelta(days=1) if kept.closed is not None else today
    return {
        "windows": [_window(days, length, today, amounts=True) for length in WINDOWS],
        "weeks": _weeks(state, track_id, live, today),
        "first": None if total is None else total.first,
        "total": (0 if total is None else total.amount) + amount_between(track, since, today - timedelta(days=1)),
    }


def _weeks(state: PatientState, name: str, live: list[a.Day], today: date) -> Content:
    """The last 8 whole weeks, and how many of those that count were kept."""
    this = a.monday_of(today)
    weeks = [
        week
        for week in a.joined(closed_weeks(state.kept, name), a.weeks_of(live))
        if this - timedelta(days=7 * WEEKS) <= week.monday < this
    ]
    kept = a.consistency(weeks)
    return {
        "kept": None if kept is None else kept[0],
        "counted": None if kept is None else kept[1],
        "trend": [[week.monday.isoformat(), week.eligible, week.done, int(week.kept)] for week in weeks],
    }


def _returning(state: PatientState, moved: frozenset[date], today: date) -> bool:
    """Whether the person comes back, or will, after a gap (t1 of 2.2): then nothing is counted to them (4.3)."""
    before = [track.last_active for track in state.tracks.values() if track.last_active is not None]
    last = max([*moved, *before], default=None)
    freq = max((track.config.freq for track in state.tracks.values()), default=a.WEEK_DAYS)
    return last is not None and (today - last).days >= default_gap_limits(freq)[0]


def pillars(state: PatientState, recent: list[a.Day]) -> dict[str, str]:
    """Which of the five pillars of the article are there (P12.5): `active`, `missing`, or `unknown` to this service.

    Education and support are known to others only.
    """
    goals = any(track.config.goal_dose is not None for track in state.tracks.values())
    flexible = bool(state.kept.marks) or any(row[11] for track in state.tracks.values() for row in track.bouts)
    answered = {"graded": bool(recent) and bool(state.tracks), "goals": goals, "flexible": flexible}
    found = {name: "active" if there else "missing" for name, there in answered.items()}
    return {**found, "education": "unknown", "support": "unknown"}


def misfit(content: Content) -> bool:
    """Whether the plan may not fit: less than half of the sessions of 28 days (article P3.7)."""
    return bool(content["windows"][-1]["band"] == "may_not_fit")


def _percent(value: Fraction | None) -> int | None:
    return None if value is None else int(value * 100)
