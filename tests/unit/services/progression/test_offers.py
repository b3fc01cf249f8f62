"""Offers: nothing rises without the person's yes, and a yes runs the table again (domain/progression.md 2.11)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.progression.store import basis_of
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import ProgressionProposedV1, ReviewRequestedV1
from shared.runtime.messages import Actor
from tests.support.progression_person import Person, replayed, text_of, track
from tests.support.progression_replay import same_again


def with_an_offer(**changes: Any) -> Person:
    """Four steady sessions at 10 minutes; on the eighth day 11 are offered."""
    person = Person().enrol().plan(track(**changes))
    for day in (0, 2, 4, 7):
        person.good_day(day)
    return person


@pytest.mark.article("P1.6")
def test_a_rise_is_offered_and_not_taken() -> None:
    person = with_an_offer()
    offer = person.last(ProgressionProposedV1)

    assert person.dose() == 600
    assert [(option.kind, option.dose) for option in offer.options] == [("step", 660), ("stay", 600), ("less", 480)]
    assert offer.expires_at == person.at(7, "12:30") + timedelta(hours=48)
    assert person.records["tracks", "walk"]["proposal"]["dose"] == 660


def test_a_yes_raises_the_dose_from_then_on() -> None:
    person = with_an_offer()
    person.answer("accept", 8)

    assert person.changes() == [(600, 660)]
    assert person.decisions()[-1].text_key == "rule.R11.accepted"
    assert person.records["tracks", "walk"]["proposal"] is None
    assert person.withdrawn() == []
    person.tick_to(9)
    assert (person.rule(), person.dose()) == ("R10d", 660)


def test_a_smaller_step_may_be_chosen_where_there_is_one() -> None:
    person = with_an_offer(start_dose=1800)
    offer = person.last(ProgressionProposedV1)
    assert {option.kind: option.dose for option in offer.options} == {
        "step": 1980,
        "smaller": 1860,
        "stay": 1800,
        "less": 1440,
    }
    person.answer("smaller", 8)

    assert person.dose() == 1860


@pytest.mark.article("P5.7", "P8.7")
def test_less_is_granted_at_once() -> None:
    person = with_an_offer()
    person.answer("less", 8, dose=300)

    assert person.dose() == 300
    assert person.rule() == "W10"
    assert person.withdrawn() == ["answered"]


def test_less_than_the_smallest_dose_is_the_smallest_dose() -> None:
    person = with_an_offer()
    person.answer("less", 8, dose=0)

    assert person.dose() == 60


def test_staying_ends_the_offers_for_a_week() -> None:
    person = with_an_offer()
    person.answer("stay", 8)
    assert person.decisions()[-1].text_key == "rule.R10a.declined"
    for day in (9, 11, 13, 15):
        person.good_day(day)

    assert person.offers() == [660, 660]
    assert person.dose() == 600


@pytest.mark.article("P1.3")
def test_no_answer_in_48_hours_is_a_hold_and_the_step_is_offered_once_more_after_a_week() -> None:
    person = with_an_offer()
    person.tick_to(9, "13:00")
    assert person.withdrawn() == ["expired"]
    assert person.decisions()[-1].text_key == "rule.R10a.no_answer"
    for day in (10, 12, 14, 16):
        person.good_day(day)
    assert person.offers() == [660, 660]

    for day in range(18, 30, 2):
        person.good_day(day)
    assert person.offers() == [660, 660]
    assert person.dose() == 600


def test_a_yes_after_a_bad_session_is_not_carried_out_and_says_why() -> None:
    person = with_an_offer()
    person.log(8, 600, clock="14:00", pain=7)
    assert person.withdrawn() == []
    person.answer("accept", 8)

    assert person.dose() == 600
    assert person.withdrawn() == ["R9a"]


def test_a_yes_after_the_time_to_answer_is_not_carried_out() -> None:
    person = with_an_offer()
    person.answer("accept", 10)

    assert person.dose() == 600
    assert person.withdrawn() == ["expired"]


def test_a_regress_withdraws_the_offer_at_once() -> None:
    person = with_an_offer()
    person.log(8, 600, clock="14:00", pain=7)
    person.tick_to(9)
    person.morning(9, 6)

    assert person.withdrawn() == ["R8a"]
    assert person.dose() == 480


def test_a_plan_that_locks_increases_withdraws_the_offer_at_once() -> None:
    person = with_an_offer()
    person.plan(track(), day=8, pem="yes")

    assert person.withdrawn() == ["R10a"]


def test_a_plan_that_ends_closes_the_offer() -> None:
    person = with_an_offer()
    person.end_plan(8)

    assert person.withdrawn() == ["plan_ended"]
    assert person.records["tracks", "walk"]["active"] == 0
    decisions = len(person.decisions())
    person.log(9, 600)
    assert len(person.decisions()) == decisions


def test_a_caregivers_yes_is_not_taken() -> None:
    """W3; the route refuses it with 403 before it gets here."""
    person = with_an_offer()
    offer = person.last(ProgressionProposedV1)
    data = ProposalAnsweredV1(proposal_id=offer.proposal_id, track_id="walk", answer="accept")
    message = person.message(data, person.at(8, "18:00"), service="plans")
    person.fold(replace(message, actor=Actor("caregiver", "c1")))

    assert person.dose() == 600


def test_an_answer_that_comes_before_its_offer_waits_for_it() -> None:
    person = with_an_offer()
    offered = person.last(ProgressionProposedV1)
    answer = person.message(
        ProposalAnsweredV1(proposal_id=offered.proposal_id, track_id="walk", answer="accept"),
        person.at(8, "18:00"),
        service="plans",
    )
    person.fold(answer)

    plans = [entry for entry in person.history if entry[0].service == "plans"]
    early = replayed([*plans, *(entry for entry in person.history if entry[0].service != "plans")])

    assert early.dose() == person.dose() == 660
    assert early.state.waiting == ()


def test_where_a_clinician_must_approve_the_person_is_asked_only_after_that() -> None:
    person = with_an_offer(parameters={"apply_up": "clinician_approves"})
    request = person.last(ReviewRequestedV1)
    assert request.reason == "approve_step"
    assert person.offers() == []

    yes = ProposalAnsweredV1(proposal_id=request.review_id, track_id="walk", answer="accept")
    person.tell(yes, person.at(8, "10:00"))
    assert (person.offers(), person.dose()) == ([], 600)
    message = person.message(yes, person.at(8, "11:00"), service="plans")
    person.fold(replace(message, actor=Actor("clinician", "k1")))
    assert (person.offers(), person.dose()) == ([660], 600)
    person.tell(yes, person.at(8, "12:00"))
    assert person.dose() == 660


def test_very_high_usual_pain_needs_a_clinicians_yes_too() -> None:
    """Story 14: usual pain 8, pain 8 each time."""
    person = Person().enrol().plan(usual_pain=8)
    for day in (0, 2, 4, 7):
        person.log(day, 600, pain=8, pain_before=8)
        person.tick_to(day + 1)
        person.morning(day + 1, 8)

    assert person.offers() == []
    assert "approve_step" in person.reviews()


@pytest.mark.article("P9.4")
@pytest.mark.parametrize(
    ("plan", "changes", "key"),
    [
        ({"pem": "yes"}, {}, "pem"),
        ({"pem": "unknown"}, {}, "pem"),
        ({"flare_plan": False}, {}, "no_flare_plan"),
        ({}, {"goal_dose": None}, "no_goal_or_ceiling"),
        ({"review_on": date(2025, 2, 20)}, {}, "review_overdue"),
        ({}, {"increase_locked": True}, "clinician"),
        ({}, {"parameters": {"allow_increase": False}}, "clinician"),
    ],
)
def test_each_lock_holds_and_says_why(plan: dict[str, Any], changes: dict[str, Any], key: str) -> None:
    person = Person().enrol().plan(track(**changes), **plan)
    for day in (0, 2, 4, 7):
        person.good_day(day)

    assert person.offers() == []
    assert person.decisions()[-1].text_key == f"rule.R10a.{key}"


def test_a_review_may_be_14_days_late_and_a_later_day_for_it_opens_the_lock() -> None:
    person = Person().enrol().plan(review_on=date(2025, 3, 10) - timedelta(days=14))
    for day in (0, 2, 4):
        person.good_day(day)
    person.log(7, 600)
    assert person.offers() == [660]
    person.tick_to(8)
    assert person.withdrawn() == ["R10a"]
    person.plan(track(), day=9, review_on=date(2025, 6, 1))
    assert person.offers() == [660, 660]


def test_while_history_is_missing_nothing_is_offered() -> None:
    person = Person().enrol().plan()
    for day in (0, 2, 4):
        person.good_day(day)
    person.incomplete = True
    person.log(7, 600)

    assert person.offers() == []
    assert person.decisions()[-1].text_key == "rule.R10a.incomplete"
    person.incomplete = False
    person.log(9, 600)
    assert person.offers() == [660]


def test_at_most_two_things_go_up_in_seven_days() -> None:
    names = ("a", "b", "c")
    person = Person().enrol().plan(*(track(name, priority=n + 1) for n, name in enumerate(names)))
    for day in (0, 2, 4, 6):
        for hour, name in enumerate(names):
            person.log(day, 600, track_id=name, clock=f"{10 + hour}:00")
        person.tick_to(day + 1)
        person.morning(day + 1)
    for day in (7, 8, 9, 10):
        person.tick_to(day)
        if person.state.proposal is not None:
            person.answer("accept", day)

    assert len(person.changes()) == 2
    assert person.decisions("c")[-1].text_key == "rule.R10a.one_at_a_time"


def test_an_unknown_answer_changes_nothing_but_waits() -> None:
    person = Person().enrol().plan()
    person.tell(ProposalAnsweredV1(proposal_id="x", track_id="walk", answer="accept"), person.at(1))

    assert person.dose() == 600
    assert len(person.state.waiting) == 1
    assert len(text_of(person.state)) < 8192


def test_the_state_of_two_tracks_on_five_days_a_week_stays_within_8_kilobytes() -> None:
    person = Person().enrol().plan(track(freq=5), track("strength", freq=5, priority=2))
    for day in (day for day in range(40) if day % 7 < 5):
        for hour, name in enumerate(("walk", "strength")):
            person.log(day, 600, track_id=name, clock=f"{10 + hour}:00")
        person.tick_to(day + 1)
        person.morning(day + 1)

    assert len(text_of(person.state)) < 8192


def on_the_way_back_under_a_lock(**changes: Any) -> Person:
    """Away for a while under `pem`; two good sessions at 80 % since, and the next rung is due."""
    person = Person().enrol().plan(track(**changes), pem="unknown")
    for day in (0, 2, 4, 7, 9):
        person.good_day(day)
    person.tick_to(17)
    for day in (17, 19):
        person.good_day(day)
    return person


def test_an_offer_that_is_made_again_rests_on_a_decision_of_its_own_and_has_an_id_of_its_own() -> None:
    """2.5: offered once more after 7 days; an answer to the first is no answer to the second."""
    person = on_the_way_back_under_a_lock()
    for day in (22, 24, 26, 28, 30):
        person.good_day(day, 480)
    first, second = person.told(ProgressionProposedV1)[:2]

    assert (first.options[0].dose, second.options[0].dose) == (600, 600)
    assert first.proposal_id != second.proposal_id
    assert "no_answer" not in person.records["decisions", second.decision_id]["locks"]


def test_a_rung_that_gives_no_more_is_no_offer() -> None:
    """At the smallest amount every rung is the same: there is nothing to say yes to."""
    person = on_the_way_back_under_a_lock(start_dose=60)

    assert person.dose() == 60
    assert person.offers() == []
    assert person.state.tracks["walk"].footing.status == "ACTIVE"


def test_a_yes_that_is_judged_as_on_the_day_of_the_offer_says_so_in_its_decision() -> None:
    """W6: the silence of paper; what the table saw is stored with the decision, so that it can be run again (2.7)."""
    person = Person(mode="batch").enrol().plan()
    for day in (0, 2, 4, 7):
        person.log(day, 600, recorded=person.at(8), more_follow=True)
        person.morning(day + 1, recorded=person.at(8), more_follow=day < 7)
    person.answer("accept", 15)
    taken = person.records["decisions", person.decisions()[-1].decision_id]

    assert taken["day"] == person.at(15).date().isoformat()
    assert basis_of(taken)["judged_on"] == person.at(8).date().isoformat()
    assert same_again("p1", taken, person.decisions()[-2].decision_id, person.last(ProgressionProposedV1).proposal_id)
