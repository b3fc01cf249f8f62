"""Why nothing may rise just now (domain/progression.md 2.11 W9); each lock has a text: why, and what opens it."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.progression.domain.aside import review_day
from services.progression.domain.episodes import question_open
from services.progression.domain.judge import Moment
from services.progression.domain.model import Case
from services.progression.domain.state import PatientState
from services.progression.domain.view import View
from services.progression.domain.worry import worries

NEEDS_CONSENT: Final = frozenset({"pem", "clinician"})
"""Under these even a step of the way back is an offer (W9; V40)."""

ASKED: Final = frozenset({"rough_patch", "flare_question_open"})
"""Under these nothing at all rises, a step of the way back neither: it is being found out how the person is (2.6)."""

REVIEW_GRACE_DAYS: Final = 14
"""A review may be so many days late; after that nothing is offered until the plan names a later day for it (W9)."""


def locks_of(state: PatientState, track_id: str, moment: Moment) -> tuple[str, ...]:
    """The locks on a track, the weightiest first; empty means a rise may be offered.

    The track's own open offer is no lock on itself: the table is asked whether it still stands (W10).
    """
    track, plan = state.tracks[track_id], state.plan
    config = track.config
    goal = config.parameters.get("goal_dose", config.goal_dose)
    ceiling = config.parameters.get("dose_max", config.dose_max)
    today = moment.today
    review_on = review_day(state)
    own = state.proposal is not None and state.proposal.track_id == track_id
    found = (
        ("pem", plan is None or plan.pem != "no"),
        ("clinician", config.increase_locked or config.parameters.get("allow_increase") is False),
        ("no_flare_plan", plan is None or not plan.flare_plan),
        ("no_goal_or_ceiling", goal is None and ceiling is None),
        ("review_overdue", review_on is not None and (today - review_on).days > REVIEW_GRACE_DAYS),
        ("rough_patch", state.away is not None and moment.at < state.away.rough_until),
        ("flare_question_open", state.away is not None and question_open(state.away, moment.at)),
        ("incomplete", not moment.complete),
        (track.quiet_reason, track.quiet_until is not None and today < track.quiet_until and not own),
        ("proposal_open", state.proposal is not None and not own),
        ("one_at_a_time", not may_rise(state, today)),
    )
    return tuple(name for name, holds in found if holds)


def may_rise(state: PatientState, today: date) -> bool:
    """At most one upward change a day and two in seven days, over all tracks (one thing at a time, 2.5)."""
    return today not in state.rises and sum(1 for day in state.rises if 0 <= (today - day).days < 7) < 2


def needs_clinician(case: Case) -> bool:
    """Whether a clinician's yes must come before the person's: set so, or pain is high (W9 `high_pain`), or the latest
    answer worries (W15)."""
    view = View.of(case)
    usual = case.standing.usual_pain
    high = (usual is not None and usual >= 8) or any(unit.pain is not None and unit.pain >= 9 for unit in view.window)
    return high or worries(case) or case.parameters.apply_up == "clinician_approves"
