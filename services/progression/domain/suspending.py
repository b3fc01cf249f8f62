"""The switch of safety, and what stands over every track: suspension, flare, pause (R1-R3; design invariant 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from services.progression.domain.episodes import taken
from services.progression.domain.having import having
from services.progression.domain.model import Fact, Status, Suspension, Verdict
from services.progression.domain.state import Footing, PatientState, TrackState, away_of

CLEARED_KEPT: Final = 20


def suspended(state: PatientState, found: Suspension, seq: int) -> PatientState:
    """The state under this suspension; the very same where it has ended already, or where a later word of safety is
    known. Further signs of the open suspension change only what is told of it."""
    if any(row[0] == found.suspension_id for row in state.cleared) or seq < state.switched:
        return state
    running = state.suspension
    if running is not None and running.suspension_id == found.suspension_id:
        found = replace(found, since=running.since)
    return having(state, suspension=found, switched=seq)


def resumed(state: PatientState, suspension_id: str, seq: int, at: int) -> PatientState:
    """The state without this suspension, which never suspends again; another one that is open stays (safety 9.2)."""
    if any(row[0] == suspension_id for row in state.cleared):
        return state
    running = state.suspension
    is_open = running is not None and running.suspension_id == suspension_id
    since = running.since if running is not None and is_open else at
    cleared = (*state.cleared, (suspension_id, since, at))[-CLEARED_KEPT:]
    switched = max(state.switched, seq)
    return having(state, suspension=None if is_open else running, switched=switched, cleared=cleared)


def status_of(state: PatientState, footing: Footing) -> Status:
    """Where a track stands: what belongs to the person stands over its own status (2.5), and a flare wins over a pause,
    which goes on after it (W14)."""
    if state.suspension is not None:
        return "SUSPENDED"
    if state.away is None:
        return footing.status
    if state.away.flare is not None:
        return "FLARE"
    return footing.status if state.away.pause is None else "PAUSED"


def in_force(state: PatientState, track: TrackState) -> int:
    """The dose that holds now: that of the footing; none while suspended or paused, less in a flare (R1, R2, R3)."""
    status = status_of(state, track.footing)
    if status in ("SUSPENDED", "PAUSED"):
        return 0
    return track.doses[-1][1] if status == "FLARE" else track.footing.dose


def given_now(state: PatientState, verdict: Verdict, footing: Footing, before: int) -> int:
    """The dose in force after a verdict. `before` is the one until now: what a person asks for in a flare or a pause
    (W11) gives no more than that."""
    if verdict.action in ("STOP", "PAUSE", "FLARE_DOSE"):
        return verdict.dose
    status = status_of(state, footing)
    if status in ("SUSPENDED", "PAUSED"):
        return 0
    return min(before, verdict.dose) if status == "FLARE" else footing.dose


def no_measure(state: PatientState, instant: int) -> bool:
    """Whether an instant (epoch ms) lies in an ended suspension, flare or pause: what was done then is no measure of a
    start (R6)."""
    if any(since <= instant < until for _, since, until in state.cleared):
        return True
    return state.away is not None and taken(state.away, instant)


def quoted(state: PatientState, verdict: Verdict, today: date, flagged_on: date | None) -> Verdict:
    """R1, R2 and R3 with what their words quote: the sign, how grave it is and the day, or a clinician's reason; the
    reason of a pause and its day; which day of the flare it is. `flagged_on` is the day of the suspension's begin."""
    flag, away = state.suspension, away_of(state)
    facts: dict[str, Fact] = {}
    if verdict.rule == "R1" and flag is not None and flag.reason:
        facts = {"stopped_for": flag.reason, "date": (flagged_on or today).isoformat()}
    elif verdict.rule == "R1" and flag is not None:
        facts = {"sign": flag.sign, "level": flag.level, "date": (flagged_on or today).isoformat()}
    elif verdict.rule == "R2" and away.pause is not None:
        facts = {"date": away.pause.day.isoformat(), "reason": away.pause.reason}
    elif verdict.rule == "R3" and away.flare is not None:
        facts = {"days": max(0, (today - away.flare.day).days) + 1}
    return replace(verdict, facts=facts) if facts else verdict
