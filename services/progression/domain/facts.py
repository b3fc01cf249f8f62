"""Keeping what was logged: sessions by revision, voids, morning checks, and forgetting what no rule can need."""

from __future__ import annotations

from datetime import date, timedelta

from services.progression.domain.asked import waits_for_word
from services.progression.domain.having import having
from services.progression.domain.lowerings import Lowering
from services.progression.domain.parameters import ceil_div, default_baseline_window
from services.progression.domain.state import LATE_DAYS, PatientState, TrackState, lowerings_of, with_track
from services.progression.domain.units import Bout, Morning

BEFORE_LOWERING = timedelta(days=14)


def known_revision(state: PatientState, session_id: str) -> int:
    """The highest revision seen of a session, voided ones too; 0 if it was never seen."""
    seen = [revision for known, revision, _ in state.voided if known == session_id]
    seen += [row[1] for track in state.tracks.values() for row in track.bouts if row[0] == session_id]
    return max(seen, default=0)


def without_bout(state: PatientState, session_id: str) -> PatientState:
    """The state without that session, in whichever track it was."""
    for track_id, track in state.tracks.items():
        kept = tuple(row for row in track.bouts if row[0] != session_id)
        if len(kept) < len(track.bouts):
            state = with_track(state, track_id, having(track, bouts=kept))
    return state


def bout_before(state: PatientState, session_id: str) -> tuple[str, Bout] | None:
    """The track and the bout as it is known so far."""
    for track_id, track in state.tracks.items():
        for row in track.bouts:
            if row[0] == session_id:
                return track_id, Bout(*row)
    return None


def with_bout(state: PatientState, track_id: str, bout: Bout) -> PatientState:
    """The state with this revision of a session instead of any other; bouts stay in order of time."""
    state = without_bout(state, bout.session_id)
    track = state.tracks[track_id]
    rows = sorted((*track.bouts, bout[:]), key=lambda row: (row[3], row[0]))
    return with_track(state, track_id, having(track, bouts=tuple(rows)))


def with_void(state: PatientState, session_id: str, revision: int, day: date) -> PatientState:
    """The state without a session that never happened; the void is remembered, so that nothing old brings it back."""
    state = without_bout(state, session_id)
    kept = tuple(entry for entry in state.voided if entry[0] != session_id)
    return having(state, voided=tuple(sorted((*kept, (session_id, revision, day)))))


def with_morning(state: PatientState, check: Morning) -> PatientState:
    """The state with a morning check, in order of time; a check of the same id is replaced."""
    rows = [row for row in state.mornings if row[0] != check.check_id]
    return having(state, mornings=tuple(sorted((*rows, check[:]), key=lambda row: (row[2], row[0]))))


def kept_days(track: TrackState) -> int:
    """How far back a track's sessions can still matter: the late window (2.7), the windows a clinician set, or the
    longest evidence that a rise can ask for (a coarse step after a regress)."""
    config = track.config
    baseline = default_baseline_window(int(config.parameters.get("baseline_n", 3)), config.freq)
    named = (int(config.parameters.get(name, 0)) for name in ("evidence_window", "baseline_window"))
    most = 2 * (max(2, ceil_div(2 * config.freq, 3)) + 1)
    return max(LATE_DAYS + 1, baseline, ceil_div(7 * most, config.freq) + 7, *named)


def undoable(track: TrackState, today: date) -> list[Lowering]:
    """The lowerings that a record may still come to take back: it may be late by `LATE_DAYS`."""
    if not track.lowerings:  # as it mostly is, three times in a message
        return []
    return [low for low in lowerings_of(track) if (today - low.day).days <= LATE_DAYS]


def kept_lowerings(state: PatientState, track: TrackState, today: date) -> list[Lowering]:
    """The same, and those after a gap that the person's own word may take back, which is asked for on return (W6)."""
    if not track.lowerings:
        return []
    found, still = lowerings_of(track), undoable(track, today)
    if len(found) == len(still):
        return found
    active = max((row[2] for row in track.bouts if row[5] > 0), default=track.last_active)
    return [low for low in found if low in still or waits_for_word(state, low, active)]


def horizon_of(track: TrackState, today: date) -> date:
    """The oldest day of a track that is kept; a lowering that may be judged again keeps what it rests on."""
    still = [low.oldest - BEFORE_LOWERING for low in undoable(track, today)]
    return min([today - timedelta(days=kept_days(track)), *still])


def day_ms(day: date) -> int:
    """Epoch milliseconds of the UTC midnight of a day; good for horizons only."""
    return (day.toordinal() - 719_163) * 86_400_000


def pruned(state: PatientState, today: date) -> PatientState:
    """The state without what no rule can need any more; the day of the last activity is kept for the gap rule."""
    tracks: dict[str, TrackState] = {}
    for track_id, old in state.tracks.items():
        track = old
        horizon = horizon_of(track, today)
        gone = [row for row in track.bouts if row[2] < horizon]
        lowerings = tuple(low[:] for low in kept_lowerings(state, track, today))
        doses = track.doses
        while len(doses) > 1 and doses[1][0] < day_ms(horizon):
            doses = doses[1:]
        if gone or lowerings != track.lowerings or doses != track.doses:
            active = [row[2] for row in gone if row[5] > 0]
            last = max([*active, *([track.last_active] if track.last_active else [])], default=None)
            kept = tuple(row for row in track.bouts if row[2] >= horizon)
            track = having(track, bouts=kept, last_active=last, lowerings=lowerings, doses=doses)
        tracks[track_id] = track
    horizon = min([today - timedelta(days=LATE_DAYS + 1), *(horizon_of(track, today) for track in tracks.values())])
    mornings = tuple(row for row in state.mornings if row[1] >= horizon)
    voided = tuple(entry for entry in state.voided if entry[2] >= horizon)
    rises = tuple(day for day in state.rises if (today - day).days < 7)
    waiting = tuple(entry for entry in state.waiting if entry.recorded >= day_ms(horizon))
    left = (tracks, mornings, voided, rises, waiting)
    if left == (state.tracks, state.mornings, state.voided, state.rises, state.waiting):
        return state
    return having(state, tracks=tracks, mornings=mornings, voided=voided, rises=rises, waiting=waiting)
