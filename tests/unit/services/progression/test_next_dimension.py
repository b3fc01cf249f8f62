"""After a reached goal: more often, or another kind of activity; offered once in 28 days, never done unasked (2.4)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.progression.domain.wishes import ApproveStep
from services.progression.texts import render
from shared.contracts.plans import OverrideSetV1, ProposalAnsweredV1
from shared.contracts.progression import FrequencyAgreedV1, ProgressionProposedV1
from tests.support.progression_episodes import flare, pause, say
from tests.support.progression_person import Person, track
from tests.support.progression_stops import suspend


def at_the_goal(**changes: Any) -> Person:
    """Ten minutes three times a week, which is the goal; the fourth session, after a week, brings the offer."""
    person = Person().enrol().plan(track(**{"goal_dose": 600, **changes}))
    for day in (0, 2, 4):
        person.good_day(day)
    person.log(7, 600)
    return person


def choose(person: Person, dimension: str | None, day: int, answer: str = "accept") -> None:
    """The answer to the last offer."""
    offer = person.last(ProgressionProposedV1)
    said: dict[str, Any] = {"answer": answer, "dimension": dimension}
    data = ProposalAnsweredV1(proposal_id=offer.proposal_id, track_id=offer.track_id, **said)
    person.tell(data, person.at(day, "18:00"))


def test_a_reached_goal_offers_more_often_another_activity_or_to_stay() -> None:
    person = at_the_goal()
    offer = person.last(ProgressionProposedV1)

    assert offer.next_dimension is not None
    assert (offer.next_dimension.freq_now, offer.next_dimension.freq) == (3, 4)
    assert [(option.kind, option.dose) for option in offer.options] == [("stay", 600), ("less", 480)]
    assert offer.in_two_bouts is None
    (decided,) = [one for one in person.decisions() if one.decision_id == offer.decision_id]
    assert (decided.text_key, decided.notes) == ("rule.R10b", ("offer_next_dimension",))
    assert person.records["tracks", "walk"]["proposal"]["kind"] == "next_dimension"


def test_it_is_offered_at_most_once_in_28_days() -> None:
    person = at_the_goal()
    choose(person, None, 8, "stay")
    for day in range(9, 66, 2):
        person.good_day(day)

    days = [person.day_of(offer.expires_at - timedelta(hours=48)) for offer in person.told(ProgressionProposedV1)]
    assert [(day - days[0]).days for day in days] == [0, 28, 56]


def test_more_often_is_agreed_with_plans_and_changes_no_dose() -> None:
    person = at_the_goal()
    choose(person, "frequency", 8)
    agreed, told = person.last(FrequencyAgreedV1), person.decisions()[-1]

    assert person.state.plan is not None
    assert agreed.plan_id == person.state.plan.plan_id
    assert (agreed.track_id, agreed.freq_before, agreed.freq, agreed.decision_id) == ("walk", 3, 4, told.decision_id)
    assert (told.rule, told.action, told.text_key) == ("W10", "MORE_OFTEN", "rule.W10.more_often")
    assert "4 days a week" in render(told.text_key, told.text_params)
    assert (person.changes(), person.withdrawn(), person.state.proposal) == ([], [], None)
    assert person.state.tracks["walk"].config.freq == 3
    person.plan(track(goal_dose=600, freq=4), day=8, clock="18:01")
    assert person.records["tracks", "walk"]["freq"] == 4


def test_more_often_is_the_upward_change_of_its_day() -> None:
    person = at_the_goal()
    choose(person, "frequency", 8)

    assert [day.isoformat() for day in person.state.rises] == ["2025-03-11"]


def test_another_kind_of_activity_is_a_talk_with_the_clinic() -> None:
    person = at_the_goal()
    choose(person, "activity", 8)

    assert person.reviews() == ["other_activity"]
    assert (person.told(FrequencyAgreedV1), person.state.proposal) == ([], None)


def test_staying_leaves_everything_as_it_is() -> None:
    person = at_the_goal()
    choose(person, None, 8, "stay")

    assert (person.withdrawn(), person.reviews(), person.dose()) == (["answered"], [], 600)
    assert person.state.tracks["walk"].quiet_until is None


def test_less_is_granted_there_too() -> None:
    person = at_the_goal()
    choose(person, None, 8, "less")

    assert person.dose() == 480


def test_no_answer_changes_nothing() -> None:
    person = at_the_goal()
    person.tick_to(11)

    assert (person.withdrawn(), person.state.proposal, person.rules()[-1]) == (["expired"], None, "R10b")
    assert person.told(FrequencyAgreedV1) == []


@pytest.mark.parametrize("happens", ["stop", "flare", "pause", "regress", "override", "goal raised", "lock"])
def test_what_withdraws_a_step_withdraws_it_too(happens: str) -> None:
    person = at_the_goal()
    if happens == "stop":
        suspend(person, 8)
    elif happens == "flare":
        flare(person, 8)
    elif happens == "pause":
        pause(person, 8)
    elif happens == "regress":
        person.log(8, 600, pain=7)
        person.tick_to(9)
        person.morning(9, 7)
    elif happens == "override":
        set_aside(person, "fixed_dose", 300)
    elif happens == "goal raised":
        person.plan(track(goal_dose=1200), day=8)
    else:
        person.plan(track(goal_dose=600), day=8, pem="yes")
    assert len(person.withdrawn()) == 1
    choose(person, "frequency", 9)

    assert person.told(FrequencyAgreedV1) == []


def test_a_yes_after_a_hard_day_is_not_carried_out_and_says_why() -> None:
    person = at_the_goal()
    person.log(8, 600, pain=7)
    assert person.withdrawn() == []
    choose(person, "frequency", 8)

    assert person.told(FrequencyAgreedV1) == []
    assert person.withdrawn() == ["R9a"]


def test_after_two_rises_in_a_week_a_yes_is_not_carried_out() -> None:
    """One thing at a time, over all tracks (2.5): a stop that ended counts too."""
    person = at_the_goal()
    offer = person.state.proposal
    person.state = replace(person.state, rises=(date(2025, 3, 8), date(2025, 3, 9)))
    choose(person, "frequency", 8)

    assert offer is not None
    assert (person.withdrawn(), person.told(FrequencyAgreedV1)) == (["R10a"], [])


def test_seven_days_a_week_are_not_made_more() -> None:
    person = at_the_goal(freq=7)
    offer = person.last(ProgressionProposedV1)

    assert offer.next_dimension is not None
    assert offer.next_dimension.freq is None
    choose(person, "frequency", 8)
    assert (person.state.proposal, person.told(FrequencyAgreedV1)) == (None, [])


def test_a_cadence_that_a_clinician_set_is_left_alone() -> None:
    person = Person().enrol().plan(track(goal_dose=600))
    set_aside(person, "freq", 2, day=1)
    for day in (2, 4, 6, 8):
        person.good_day(day)
    offer = person.last(ProgressionProposedV1)

    assert offer.next_dimension is not None
    assert offer.next_dimension.freq is None


def test_a_cadence_that_changed_since_is_not_changed_by_an_old_offer() -> None:
    person = at_the_goal()
    person.plan(track(goal_dose=600, freq=5), day=8, clock="12:00")
    choose(person, "frequency", 8)

    assert (person.withdrawn(), person.told(FrequencyAgreedV1)) == (["cadence_changed"], [])


def test_where_a_clinician_approves_they_are_asked_first() -> None:
    person = at_the_goal(parameters={"apply_up": "clinician_approves"})
    assert (person.told(ProgressionProposedV1), person.reviews()) == ([], ["approve_next_dimension"])
    offer = person.state.proposal
    assert offer is not None
    say(person, ApproveStep(offer.proposal_id, True), 8, who="clinician")
    choose(person, "frequency", 9)

    assert person.last(FrequencyAgreedV1).freq == 4


def test_what_is_tried_out_is_not_widened() -> None:
    person = Person().enrol().plan(track(goal_dose=600, tryout_until="2025-03-17"))
    for day in (0, 2, 4, 7):
        person.good_day(day)

    assert person.told(ProgressionProposedV1) == []


def test_nothing_is_offered_before_anything_was_done() -> None:
    person = Person().enrol().plan(track(goal_dose=600))

    assert (person.rule(), person.told(ProgressionProposedV1)) == ("R10b", [])


def test_without_numbers_more_often_is_no_option() -> None:
    """9.3 no. 3: nothing is increased where what speaks for it is missing."""
    person = Person().enrol().plan(track(goal_dose=600))
    for day in (0, 2, 4, 7):
        person.log(day, 600, pain=None, pain_before=None)
    offer = person.last(ProgressionProposedV1)

    assert offer.next_dimension is not None
    assert offer.next_dimension.freq is None


def test_only_one_offer_is_open_for_a_person() -> None:
    person = Person().enrol().plan(track(goal_dose=600), track("strength", priority=2, goal_dose=600))
    for day in (0, 2, 4, 7):
        person.log(day, 600, clock="15:00", track_id="strength")
        person.good_day(day, clock="17:00")

    assert [offer.track_id for offer in person.told(ProgressionProposedV1)] == ["strength"]


def set_aside(person: Person, name: str, value: int, day: int = 8) -> None:
    """A clinician sets a parameter of the walking for a month."""
    at = person.at(day, "13:00")
    data = OverrideSetV1(
        override_id="o1", track_id="walk", parameter=name, value=value, reason="trial", set_at=at, until=person.at(30)
    )
    person.tell(data, at)
