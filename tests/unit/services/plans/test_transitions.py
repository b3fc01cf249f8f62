"""Enrolment, plan versions and the answer to an offered step, folded directly."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.domain.commands import AnswerProposal, EndPlan, EnrolPatient
from services.plans.domain.model import Person
from services.plans.domain.proposals import KEPT_CLOSED
from services.plans.domain.terms import Terms
from shared.contracts.plans import (
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
    ProposalAnsweredV1,
)
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Refused
from tests.unit.services.plans.clinic import (
    CAREGIVER,
    GOAL,
    NOW,
    SELF,
    STAFF,
    TERMS,
    WALK,
    Clinic,
    change,
    first,
    proposed,
    withdrawn,
)


def test_enrolment_tells_every_service_where_the_day_lies() -> None:
    clinic = Clinic().enrolled()
    (event,) = clinic.events
    assert event.data == PatientEnrolledV1(tz="Asia/Tokyo", locale="en")
    assert (str(event.local_date), event.tz) == ("2025-04-01", "Asia/Tokyo")


def test_a_person_is_enrolled_once() -> None:
    assert Clinic().enrolled().refused(EnrolPatient(Person("UTC", "en", adult=True))) == (409, "already_enrolled")


def test_somebody_under_age_is_refused_unless_the_clinic_serves_minors() -> None:
    young = Person("UTC", "en", adult=False)
    assert Clinic().refused(EnrolPatient(young)) == (422, "minors_not_enabled")
    clinic = Clinic()
    clinic.fold(EnrolPatient(young, minors_served=True))
    assert clinic.refused(first()) == (422, "minors_not_enabled")
    clinic.fold(GOAL)
    clinic.fold(first(minors_served=True))


MISSING: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"usual_pain": None}, "usual_pain_needed", "/usual_pain"),
    ({"usual_pain_declined": True}, "usual_pain_or_declined", "/usual_pain"),
    ({"pem": None}, "pem_needed", "/pem"),
    ({"flare_plan_sealed": None, "flare_phones": 0}, "flare_plan_needed", "/flare_plan"),
    ({"flare_phones": 0}, "phone_needed", "/flare_plan/phones"),
    (
        {"tracks": (WALK, replace(WALK, track_id="bike", goal_dose=None))},
        "goal_or_ceiling_needed",
        "/tracks/1/goal_dose",
    ),
    ({"feedback": None}, "feedback_needed", "/feedback"),
    ({"review_on": None}, "review_day_needed", "/review_on"),
    ({"review_on": date(2025, 4, 1)}, "review_day_range", "/review_on"),
    ({"review_on": date(2026, 4, 2)}, "review_day_range", "/review_on"),
)


@pytest.mark.article("P9.4", "P11.1")
@pytest.mark.parametrize(
    ("lacking", "code", "field"), MISSING, ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(MISSING)]
)
def test_a_plan_that_lacks_what_makes_it_safe_is_refused_when_new_and_when_changed(
    lacking: dict[str, Any], code: str, field: str
) -> None:
    for clinic, command in (
        (Clinic().ready(), first(replace(TERMS, **lacking))),
        (Clinic().planned(), change(1, replace(TERMS, **lacking))),
    ):
        with pytest.raises(Refused) as found:
            clinic.fold(command)
        assert (found.value.status, found.value.code, found.value.field) == (422, code, field)


def test_everything_that_is_missing_is_told_at_once() -> None:
    nothing = Terms(tracks=(replace(WALK, goal_dose=None, freq=9),))
    with pytest.raises(Refused) as found:
        Clinic().ready().fold(first(nothing))
    told = [(field, code) for field, code, _ in found.value.errors]
    assert told == [
        ("/usual_pain", "usual_pain_needed"),
        ("/pem", "pem_needed"),
        ("/flare_plan", "flare_plan_needed"),
        ("/tracks/0/goal_dose", "goal_or_ceiling_needed"),
        ("/feedback", "feedback_needed"),
        ("/review_on", "review_day_needed"),
        ("/tracks/0/freq", "freq_range"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"usual_pain": None, "usual_pain_declined": True},
        {"tracks": (replace(WALK, goal_dose=None, dose_max=1200),)},
        {"review_on": date(2025, 4, 2)},
        {"review_on": date(2026, 4, 1)},
        {"pem": "unknown"},
    ],
)
def test_what_was_asked_is_enough_whatever_the_answer(change: dict[str, Any]) -> None:
    """Today is 1 April 2025 where the person is."""
    clinic = Clinic().ready()
    clinic.fold(first(replace(TERMS, **change)))
    event = clinic.last(PlanActivatedV1)
    assert (event.flare_plan, event.flare_plan_sealed) == (True, "s1.words")
    assert event.review_on == replace(TERMS, **change).review_on


@pytest.mark.parametrize(
    "command",
    [
        first(),
        change(1),
        EndPlan("plan-1", "moved"),
        AnswerProposal("o-1", "stay"),
    ],
)
def test_nothing_is_done_for_a_person_never_heard_of(command: Any) -> None:
    assert Clinic().refused(command) == (404, "unknown_person")


def test_a_plan_comes_into_force_and_says_which_locks_will_hold() -> None:
    clinic = Clinic().ready()
    done = clinic.fold(first(replace(TERMS, pem="unknown", usual_pain=8)))
    assert done.answer is not None
    assert done.answer.status == 201
    assert done.answer.body["tracks"] == [{"track_id": "walk", "locks": ["pem"], "clinician_approves": ["high_pain"]}]
    event = clinic.last(PlanActivatedV1)
    assert (event.plan_version, event.effective_at, event.tracks[0].goal_dose) == (1, NOW, 1800)


def test_a_plan_that_breaks_a_rule_is_refused_with_its_field() -> None:
    clinic = Clinic().ready()
    with pytest.raises(Refused) as found:
        clinic.fold(first(replace(TERMS, tracks=(replace(WALK, unit="km"),))))
    assert (found.value.status, found.value.code, found.value.field) == (422, "unit_fits_marker", "/tracks/0/unit")


def test_one_plan_is_in_force_at_a_time() -> None:
    clinic = Clinic().planned()
    assert clinic.refused(first(plan_id="plan-2")) == (409, "plan_in_force")
    clinic.fold(EndPlan("plan-1", "completed"))
    assert clinic.refused(first()) == (409, "plan_ended")
    clinic.fold(first(plan_id="plan-2"))
    assert clinic.state.plan is not None
    assert clinic.state.plan.plan_id == "plan-2"


@pytest.mark.article("P11.5")
def test_a_change_is_a_new_version_and_the_old_one_stays_readable() -> None:
    clinic = Clinic().planned()
    clinic.fold(change(1, replace(TERMS, usual_pain=5)))
    event = clinic.last(PlanChangedV1)
    assert (event.plan_version, event.usual_pain) == (2, 5)
    assert [clinic.records[f"plan-1:{n}"]["terms"]["usual_pain"] for n in (1, 2)] == [4, 5]


def test_a_change_made_from_another_version_is_refused() -> None:
    clinic = Clinic().planned()
    clinic.fold(change(1))
    assert clinic.refused(change(1)) == (412, "plan_changed_since")
    assert clinic.refused(change(2, plan_id="other")) == (404, "unknown_plan")


@pytest.mark.article("P2.3")
def test_a_change_of_marker_is_refused() -> None:
    other = replace(TERMS, tracks=(replace(WALK, marker="reps", unit="reps"),))
    assert Clinic().planned().refused(change(1, other)) == (422, "marker_changed")


def test_an_ended_plan_is_told_with_its_reason_and_changes_no_more() -> None:
    clinic = Clinic().planned()
    clinic.fold(EndPlan("plan-1", "died"))
    assert clinic.last(PlanEndedV1) == PlanEndedV1(plan_id="plan-1", reason="died")
    assert clinic.refused(change(1)) == (409, "plan_ended")
    assert clinic.refused(EndPlan("plan-1", "died")) == (409, "plan_ended")


@pytest.mark.parametrize(("answer", "dose", "told"), [("accept", None, 660), ("stay", None, 600), ("less", 480, 480)])
def test_the_persons_answer_is_noted_with_the_amount_it_chose(answer: Any, dose: int | None, told: int) -> None:
    clinic = Clinic().planned().offered()
    done = clinic.fold(AnswerProposal("o-1", answer), SELF, "app")
    assert done.answer is not None
    assert done.answer.body["dose"] == told
    expected = ProposalAnsweredV1(proposal_id="o-1", track_id="walk", answer=answer, dose=dose)
    assert clinic.events[-1].data == expected


@pytest.mark.story(8, 9)
def test_staff_may_note_the_persons_words_and_nobody_else_may_answer() -> None:
    for actor, source in ((CAREGIVER, "app"), (STAFF, "app"), (STAFF, "clinician"), (CAREGIVER, "phone")):
        refused = Clinic().planned().offered().refused(AnswerProposal("o-1", "accept"), actor, source)
        assert refused == (403, "only_the_persons_own_answer")
    for source in ("phone", "paper"):
        Clinic().planned().offered().fold(AnswerProposal("o-1", "accept"), STAFF, source)


def test_the_same_answer_again_is_told_the_same_and_another_is_refused() -> None:
    clinic = Clinic().planned().offered()
    first = clinic.fold(AnswerProposal("o-1", "accept"), SELF, "app")
    again = clinic.fold(AnswerProposal("o-1", "accept"), SELF, "app")
    assert (again.answer, again.events) == (first.answer, ())
    assert clinic.refused(AnswerProposal("o-1", "stay"), SELF, "app") == (409, "proposal_answered")


@pytest.mark.article("P5.7")
def test_an_answer_that_was_not_offered_is_refused() -> None:
    assert Clinic().planned().offered().refused(AnswerProposal("o-1", "smaller"), SELF) == (422, "not_offered")


def test_an_unknown_offer_is_not_found() -> None:
    assert Clinic().planned().refused(AnswerProposal("o-1", "stay"), SELF) == (404, "unknown_proposal")


def test_an_offer_that_ran_out_cannot_be_answered() -> None:
    clinic = Clinic().planned().offered(hours=48)
    clinic.now = NOW + timedelta(hours=48)
    assert clinic.refused(AnswerProposal("o-1", "accept"), SELF) == (409, "proposal_expired")


@pytest.mark.parametrize("offer_first", [True, False])
def test_a_withdrawn_offer_says_why_in_whichever_order_it_was_heard_of(offer_first: bool) -> None:
    clinic = Clinic().planned()
    both = [proposed("o-1", NOW + timedelta(hours=48)), withdrawn()]
    for event in both if offer_first else reversed(both):
        clinic.fold(event, SYSTEM)
    with pytest.raises(Refused) as found:
        clinic.fold(AnswerProposal("o-1", "accept"), SELF)
    assert (found.value.status, found.value.code) == (409, "proposal_withdrawn")
    assert "flare" in found.value.detail


def test_an_answer_given_before_the_withdrawal_stays_known() -> None:
    clinic = Clinic().planned().offered()
    clinic.fold(AnswerProposal("o-1", "accept"), SELF)
    clinic.fold(withdrawn(), SYSTEM)
    clinic.fold(AnswerProposal("o-1", "accept"), SELF)
    assert clinic.state.proposals[0].status == "answered"


def test_an_offer_of_an_ended_plan_cannot_be_answered() -> None:
    clinic = Clinic().planned().offered()
    clinic.fold(EndPlan("plan-1", "withdrew"))
    assert clinic.refused(AnswerProposal("o-1", "accept"), SELF) == (409, "proposal_withdrawn")


def test_open_offers_are_never_forgotten_and_closed_ones_after_a_while() -> None:
    clinic = Clinic().planned().offered("open")
    for number in range(KEPT_CLOSED + 5):
        clinic.offered(f"o-{number}").fold(withdrawn(f"o-{number}"), SYSTEM)
    assert len(clinic.state.proposals) == KEPT_CLOSED + 1
    assert clinic.state.proposals[0].proposal_id == "open"
    assert len(encode(clinic.state)) < 8192
