"""Which of a person's days count for adherence, and what was done on them (domain/adherence.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from services.progression.domain.adherence import Day, DayState
from services.progression.domain.days_off import blocked_on, outage_on
from services.progression.domain.kept import DaysOff, WayRow
from services.progression.domain.state import PatientState, TrackState, away_of, dose_at
from services.progression.domain.units import Bout

ELSEWHERE: Final = ""
"""The track of a movement that belongs to none."""

CHOSEN: Final = frozenset({"shorter", "gentler", "swap"})
"""What the menu offers instead of the whole: it counts as a completed session (article P1.4)."""

DAY_MS: Final = 86_400_000
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

_NOON: Final = time(12)
_DAY: Final = timedelta(days=1)
_REASONS: Final = frozenset({"time", "fatigue", "pain", "weather", "forgot"})
_WAYS: Final[dict[str, DayState]] = {"no_plan": "no_plan", "tryout": "tryout"}


@lru_cache(maxsize=4096)
def noon(day: date, tz: str, day_starts_at: str) -> int:
    """12:00 local of a person's day as epoch ms: the noon that lies inside it, also where the day begins after noon."""
    on = day + _DAY if day_starts_at > "12:00" else day
    return round(datetime.combine(on, _NOON, ZoneInfo(tz)).timestamp()) * 1000


def dates(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both of them too."""
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


def person_state(state: PatientState, instant: int) -> DayState:
    """What stood over all tracks at an instant (epoch ms): suspended before flare before pause (2.4, W14)."""
    if state.suspension is None and state.away is None and not state.cleared:
        return "plan"
    flag, away = state.suspension, away_of(state)
    if (flag is not None and flag.since <= instant) or any(a <= instant < b for _, a, b in state.cleared):
        return "suspended"
    kinds = {one.kind for one in away.over if one.since <= instant < one.until}
    if "flare" in kinds or (away.flare is not None and away.flare.since <= instant):
        return "flare"
    if "pause" in kinds or (away.pause is not None and away.pause.since <= instant):
        return "pause"
    return "plan"


def days_of(state: PatientState, first: date, last: date) -> dict[str, list[Day]]:
    """Each track's days from the first to the last, oldest first; movement that belongs to no track under `ELSEWHERE`.

    The state of a day is that of its 12:00 local; a person who reports in batches is judged up to the last one (W6).
    """
    stood, off = {}, state.kept.off
    for day in dates(first, last):
        instant = noon(day, state.tz, state.day_starts_at)
        unheard = state.record_mode == "batch" and (state.heard is None or day >= state.heard)
        over = person_state(state, instant)
        if off is not None and over == "plan":
            over = _set_aside(off, day, state)
        stood[day] = (instant, over, unheard)
    found = {track_id: _of_track(state, track_id, stood) for track_id in state.tracks}
    found[ELSEWHERE] = [
        Day(day, "flare" if over == "flare" else "no_plan", moved=True)
        for day, (_, over, _) in stood.items()
        if any(row[3] == day and row[4] != "none" and row[2] not in state.tracks for row in state.kept.marks)
    ]
    return found


def _set_aside(off: DaysOff, day: date, state: PatientState) -> DayState:
    """Whether the day counts although nothing stood over it: not blocked, and not more than 6 h without us (4.1)."""
    if blocked_on(off, day):
        return "blocked"
    return "outage" if outage_on(off, day, state.tz, state.day_starts_at) else "plan"


def _of_track(state: PatientState, track_id: str, stood: dict[date, tuple[int, DayState, bool]]) -> list[Day]:
    track, ways = state.tracks[track_id], state.kept.ways.get(track_id, ())
    by_day: dict[date, list[Bout]] = {}
    for row in track.bouts:
        by_day.setdefault(row[2], []).append(Bout._make(row))
    marks = [row for row in state.kept.marks if row[2] == track_id]
    days = []
    for day, (instant, over, unheard) in stood.items():
        freq, now = _track_state(track, ways, day, instant, over)
        dose = dose_at(track, instant)
        if now == "plan" and unheard:
            now = "unheard"
        elif now == "plan" and dose == 0:
            now = "rest"
        kinds = {row[0]: row[4] for row in marks if row[3] == day} if marks else {}
        days.append(_day(track, day, now, freq, dose, by_day.get(day, []), kinds))
    return days


def _track_state(
    track: TrackState, ways: tuple[WayRow, ...], day: date, instant: int, over: DayState
) -> tuple[int, DayState]:
    """F and the state of a track at noon of a day; baseline counts from the day of its first session (4.1, W4)."""
    past = ways if ways and ways[-1][0] <= instant else [way for way in ways if way[0] <= instant]
    if not past:
        return 0, "no_plan"
    _, freq, code = past[-1]
    if code in _WAYS:
        return freq, _WAYS[code]
    if over != "plan":
        return freq, over
    if code != "baseline":
        return freq, "plan"
    since = past[-1][0]
    for way in reversed(past):
        if way[2] != "baseline":
            break
        since = way[0]
    begun = any(row[5] > 0 and since <= row[3] and row[2] <= day for row in track.bouts)
    before = track.last_active is not None and track.last_active.toordinal() - EPOCH_DAY > since // DAY_MS
    return freq, "plan" if begun or before else "no_start"


def _day(
    track: TrackState, day: date, now: DayState, freq: int, dose: int, bouts: list[Bout], kinds: dict[str, str]
) -> Day:
    if not bouts and not kinds:
        return Day(day, now, freq, dose)
    done = [bout for bout in bouts if not bout.rest]
    amount = sum(bout.amount for bout in done)
    planned = dose_at(track, min(bout.started for bout in done)) if done else 0
    known = {bout.session_id for bout in bouts}
    moved_elsewhere = {kind for session, kind in kinds.items() if session not in known and kind != "none"}
    chosen = (amount > 0 and not CHOSEN.isdisjoint(kinds.values())) or not CHOSEN.isdisjoint(moved_elsewhere)
    complete = chosen or (amount > 0 and 2 * amount >= planned)
    recorded = bool(bouts) or bool(kinds)
    reason = None
    if recorded and not complete:
        said = next((bout.stop for bout in reversed(bouts) if bout.stop is not None), None)
        reason = said if said in _REASONS else "other" if said else "unknown"
    return Day(
        day=day,
        state=now,
        freq=freq,
        dose=dose,
        done=complete,
        credit=min(amount, planned) + (dose if moved_elsewhere & CHOSEN else 0),
        recorded=recorded,
        moved=amount > 0 or bool(moved_elsewhere),
        reason=reason,
    )
