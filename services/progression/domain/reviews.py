"""Asking a human to look: one open review per person, track and reason, again only after it was closed (2.11 W12)."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.progression.domain.decisions import ReviewAsked, name_of
from services.progression.domain.having import having
from services.progression.domain.state import PatientState

LASTING: Final = frozenset(
    {
        "baseline_incomplete",
        "baseline_not_settled",
        "ceiling",
        "flare_over_14_days",
        "flare_over_7_days",
        "flare_without_end",
        "joint_rebaseline",
        "misfit",
        "overshoot",
        "pause_open",
        "plan_fit",
        "steps_without_numbers",
        "tryout_over",
        "usual_pain_up",
    }
)
"""Reasons that go on being true after a human has looked; they rest for a while then."""

REST_DAYS: Final = 14


def ask(
    state: PatientState, patient_id: str, track_id: str | None, reason: str, today: date
) -> tuple[PatientState, ReviewAsked | None]:
    """The state with this review open and what is to be told; None where it is open already, or rests."""
    name = f"{track_id or ''}:{reason}"
    if name in state.reviews:
        return state, None
    before = state.reviewed.get(name)
    if before is not None and reason in LASTING and (today - before[1]).days < REST_DAYS:
        return state, None
    review_id = name_of("review", patient_id, name, *(before[:1] if before else ()))
    opened = having(state, reviews=tuple(sorted((*state.reviews, name))))
    return opened, ReviewAsked(review_id, track_id, reason)


def closed(state: PatientState, item_id: str, track_id: str | None, reason: str, today: date) -> PatientState:
    """The state after a human closed the work item of a review: the same reason may be raised again (W12)."""
    name = f"{track_id or ''}:{reason}"
    if name not in state.reviews or (name in state.reviewed and state.reviewed[name][0] == item_id):
        return state
    left = tuple(other for other in state.reviews if other != name)
    return having(state, reviews=left, reviewed={**state.reviewed, name: (item_id, today)})
