"""The switch of safety: suspended and resumed per episode, whatever comes late or twice (R1; design invariant 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.progression.domain.having import having
from services.progression.domain.state import Footing, PatientState, Suspension

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


def in_force(state: PatientState, footing: Footing) -> int:
    """The dose that holds now: that of the footing, and none while automation is suspended (R1)."""
    return 0 if state.suspension is not None else footing.dose


def while_suspended(state: PatientState, instant: int) -> bool:
    """Whether an instant (epoch ms) lies in an ended suspension: what was done then is no measure of a start (R6)."""
    return any(since <= instant < until for _, since, until in state.cleared)
