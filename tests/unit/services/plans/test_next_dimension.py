"""Two bouts and what may come after a reached goal, as they are offered, answered and put into the plan (2.4, W10)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.plans.api.plan_views import PlanView
from services.plans.api.views import ProposalView
from services.plans.domain.commands import AnswerProposal, EndPlan, SetOverride
from shared.contracts.plans import PlanChangedV1, ProposalAnsweredV1
from shared.contracts.progression import DoseOptionV1, FrequencyAgreedV1, NextDimensionV1, TwoBoutsV1
from shared.contracts.safety import RedflagRaisedV1
from shared.runtime.messages import SYSTEM
from tests.unit.services.plans.clinic import SELF, TERMS, Clinic, change, proposed

AGREED = FrequencyAgreedV1(
    plan_id="plan-1", proposal_id="o-1", decision_id="d-2", track_id="walk", freq_before=3, freq=4
)


def offered(**changes: Any) -> Clinic:
    """A plan with an offer that has more to it."""
    clinic = Clinic().planned()
    offer = proposed("o-1", clinic.now + timedelta(hours=48)).model_copy(update=changes)
    clinic.fold(offer, SYSTEM)
    return clinic


def at_the_goal(freq: int | None = 4) -> Clinic:
    """More often, another kind of activity, to stay, or less."""
    options = (DoseOptionV1(kind="stay", dose=600), DoseOptionV1(kind="less", dose=480))
    return offered(options=options, next_dimension=NextDimensionV1(freq_now=3, freq=freq))


def shown(clinic: Clinic) -> list[tuple[str, int, Any, Any]]:
    """The options as they are read."""
    view = ProposalView.of(clinic.state.proposals[0], None)
    return [(option.answer, option.dose, option.halves, option.freq) for option in view.options]


def test_two_bouts_stand_beside_the_step_and_travel_as_a_yes() -> None:
    clinic = offered(in_two_bouts=TwoBoutsV1(first=360, second=300))
    assert shown(clinic) == [
        ("accept", 660, None, None),
        ("two_bouts", 660, (360, 300), None),
        ("stay", 600, None, None),
        ("less", 480, None, None),
    ]
    done = clinic.fold(AnswerProposal("o-1", "two_bouts"), SELF, "app")

    assert done.answer is not None
    assert (done.answer.body["dose"], done.answer.body["halves"]) == (660, [360, 300])
    assert clinic.events[-1].data == ProposalAnsweredV1(proposal_id="o-1", track_id="walk", answer="accept", bouts=2)


def test_two_bouts_that_were_not_offered_are_refused() -> None:
    assert offered().refused(AnswerProposal("o-1", "two_bouts"), SELF) == (422, "not_offered")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("more_often", {"answer": "accept", "dimension": "frequency"}),
        ("other_activity", {"answer": "accept", "dimension": "activity"}),
        ("stay", {"answer": "stay"}),
        ("less", {"answer": "less", "dose": 480}),
    ],
)
def test_after_a_goal_the_person_chooses_what_comes_next(answer: Any, told: dict[str, Any]) -> None:
    clinic = at_the_goal()
    assert shown(clinic) == [
        ("more_often", 600, None, 4),
        ("other_activity", 600, None, None),
        ("stay", 600, None, None),
        ("less", 480, None, None),
    ]
    assert ProposalView.of(clinic.state.proposals[0], None).kind == "next_dimension"
    clinic.fold(AnswerProposal("o-1", answer), SELF, "app")

    assert clinic.events[-1].data == ProposalAnsweredV1(proposal_id="o-1", track_id="walk", **told)
    assert clinic.refused(AnswerProposal("o-1", "accept"), SELF) == (409, "proposal_answered")


def test_more_often_is_refused_where_it_is_no_option() -> None:
    assert at_the_goal(freq=None).refused(AnswerProposal("o-1", "more_often"), SELF) == (422, "not_offered")
    assert at_the_goal().refused(AnswerProposal("o-1", "accept"), SELF) == (422, "not_offered")


def test_what_was_agreed_is_the_plans_next_version_and_tells_why() -> None:
    clinic = at_the_goal()
    clinic.fold(AnswerProposal("o-1", "more_often"), SELF, "app")
    assert clinic.state.plan is not None
    assert clinic.state.plan.version == 1
    clinic.fold(AGREED, SYSTEM)
    plan, event = clinic.state.plan, clinic.last(PlanChangedV1)

    assert (event.plan_version, event.because, [track.freq for track in event.tracks]) == (2, "more_often", [4])
    assert (plan.version, plan.because, clinic.records["plan-1:2"]["because"]) == (2, "more_often", "more_often")
    assert PlanView.of(plan, None, None).because == "more_often"


def test_a_version_that_a_clinician_makes_after_it_tells_no_reason_of_its_own() -> None:
    clinic = at_the_goal()
    clinic.fold(AGREED, SYSTEM)
    clinic.fold(change(2))

    assert clinic.state.plan is not None
    assert (clinic.state.plan.version, clinic.state.plan.because) == (3, None)


@pytest.mark.parametrize(
    "agreed",
    [
        AGREED.model_copy(update={"track_id": "swim"}),
        AGREED.model_copy(update={"freq_before": 5}),
        AGREED.model_copy(update={"plan_id": "plan-0"}),
    ],
    ids=["unknown track", "another cadence since", "a plan before this one"],
)
def test_what_the_plan_no_longer_fits_changes_nothing(agreed: FrequencyAgreedV1) -> None:
    clinic = at_the_goal()
    done = clinic.fold(agreed, SYSTEM)

    assert (done.events, clinic.state.plan and clinic.state.plan.version) == ((), 1)


def test_after_the_end_of_the_plan_nothing_is_changed() -> None:
    clinic = at_the_goal()
    clinic.fold(EndPlan("plan-1", "completed"))

    assert clinic.fold(AGREED, SYSTEM).events == ()


@pytest.mark.parametrize(
    "held",
    [
        change(1, replace(TERMS, pem="yes")),
        change(1, replace(TERMS, tracks=(replace(TERMS.tracks[0], increase_locked=True),))),
        change(1, replace(TERMS, tracks=(replace(TERMS.tracks[0], parameters={"allow_increase": False}),))),
        SetOverride("ov-1", "allow_increase", False, "medical", "walk"),
        SetOverride("ov-1", "allow_increase", False, "medical"),
    ],
)
def test_a_lock_that_came_in_between_keeps_the_sessions_of_a_week(held: Any) -> None:
    clinic = Clinic().planned()
    clinic.fold(held)
    before = clinic.state
    clinic.fold(AGREED, SYSTEM)
    assert clinic.state == before
    assert before.plan is not None
    assert before.plan.terms.tracks[0].freq == 3


def test_a_red_flag_that_came_in_between_keeps_the_sessions_of_a_week() -> None:
    clinic = Clinic().planned()
    flag = RedflagRaisedV1(
        flag_id="f-1",
        suspension_id="s-1",
        signs=("chest",),
        level="emergency",
        context="check_in",
        answered_at=clinic.now,
    )
    clinic.fold(flag, SELF)
    clinic.fold(AGREED, SYSTEM)
    assert clinic.state.plan is not None
    assert clinic.state.plan.version == 1
