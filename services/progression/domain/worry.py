"""W15: which answer worries so much that a human looks the same day (domain/progression.md 2.11)."""

from __future__ import annotations

from typing import Final, Literal

from services.progression.domain.model import Case
from services.progression.domain.view import View

Why = Literal["something_wrong", "pain_9", "pain_rise_4"]

VERY_HIGH: Final = 9
RISE: Final = 4
FRESH_DAYS: Final = 1


def why_of(pain: int | None, stop: str | None, usual: float | None) -> Why | None:
    """Why a session worries: "something is wrong", pain of 9 or more, or 4 or more above the usual; else None."""
    if stop == "wrong":
        return "something_wrong"
    if pain is None:
        return None
    if pain >= VERY_HIGH:
        return "pain_9"
    return "pain_rise_4" if usual is not None and pain >= usual + RISE else None


def may_worry(pain: int | None, stop: str | None) -> bool:
    """Whether a session worries for some usual pain; the lowest that can be usual is 0."""
    return why_of(pain, stop, usual=0) is not None


def worries(case: Case) -> bool:
    """Whether the latest session worries, and is of today or yesterday: then no text speaks of it as of a harder day,
    and a step waits for a clinician."""
    view = View.of(case)
    done = [unit for unit in view.units if unit.planned > 0 or unit.amount > 0]
    if not done or view.age(done[-1]) > FRESH_DAYS:
        return False
    return why_of(done[-1].pain, done[-1].stop, case.standing.usual_pain) is not None
