"""The same amount in two bouts of the day: a choice beside every step, kept until the dose changes (2.11 W10)."""

from typing import Any

import pytest

from services.progression.domain.wishes import ApproveStep, AskLess, AskStep, ChooseBouts
from services.progression.texts import render
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import ProgressionProposedV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import flare, say
from tests.support.progression_person import Person, track


def with_an_offer(**changes: Any) -> Person:
    """Four steady sessions at 10 minutes; on the eighth day 11 are offered."""
    person = Person().enrol().plan(track(**changes))
    for day in (0, 2, 4, 7):
        person.good_day(day)
    return person


def take_in_two(person: Person, day: int = 8) -> None:
    """Yes to the step, in two bouts."""
    offer = person.last(ProgressionProposedV1)
    data = ProposalAnsweredV1(proposal_id=offer.proposal_id, track_id=offer.track_id, answer="accept", bouts=2)
    person.tell(data, person.at(day, "18:00"))


@pytest.mark.parametrize(
    ("changes", "halves"),
    [
        ({}, (360, 300)),
        ({"start_dose": 60, "step": 15}, None),
        ({"start_dose": 120, "step": 15}, (75, 60)),
        ({"dose_min": 360}, None),
        ({"goal_dose": 630}, (360, 270)),
        ({"marker": "reps", "unit": "reps", "start_dose": 10, "step": 1, "goal_dose": 30}, (6, 5)),
        ({"marker": "distance_m", "unit": "m", "start_dose": 500, "step": 50}, (300, 250)),
    ],
)
def test_a_step_may_be_taken_in_two_bouts_where_both_are_worth_it(changes: Any, halves: Any) -> None:
    person = Person().enrol().plan(track(**changes))
    for day in range(16):
        person.good_day(day, marker=changes.get("marker", "duration_s"))

    two = person.last(ProgressionProposedV1).in_two_bouts
    assert (two and (two.first, two.second)) == halves


@pytest.mark.article("P1.6")
def test_the_step_in_two_bouts_is_an_accepted_step_and_says_both_parts() -> None:
    person = with_an_offer()
    take_in_two(person)
    told = person.decisions()[-1]

    assert person.changes() == [(600, 660)]
    assert person.state.tracks["walk"].halves == (360, 300)
    assert person.records["tracks", "walk"]["halves"] == [360, 300]
    assert told.text_key == "rule.W10.halves.accepted"
    assert render(told.text_key, told.text_params) == (
        "Your new amount is 11 min in two parts: 6 min + 5 min. You can always do less."
    )


def test_both_bouts_of_a_day_are_one_session_of_the_whole_amount() -> None:
    """W1: the day is judged by the sum."""
    person = with_an_offer()
    take_in_two(person)
    for day in range(9, 23, 2):
        person.log(day, 360, clock="09:00")
        person.log(day, 300, clock="17:00")
        person.tick_to(day + 1)
        person.morning(day + 1)

    assert person.offers()[-1] == 720


def test_the_next_change_of_the_dose_ends_the_two_bouts() -> None:
    person = with_an_offer()
    take_in_two(person)
    say(person, AskLess("walk", 480), 9)

    assert (person.dose(), person.state.tracks["walk"].halves) == (480, None)
    assert person.records["tracks", "walk"]["halves"] is None


def test_a_flare_ends_the_two_bouts() -> None:
    person = with_an_offer()
    take_in_two(person)
    flare(person, 9)

    assert person.state.tracks["walk"].halves is None


def test_the_person_ends_the_two_bouts_and_takes_them_up_again() -> None:
    person = with_an_offer()
    take_in_two(person)

    once = say(person, ChooseBouts("walk", 1), 9)
    assert (once["dose"], once["text_key"], person.state.tracks["walk"].halves) == (660, "rule.R5d", None)
    twice = say(person, ChooseBouts("walk", 2), 10)
    assert (twice["first"], twice["second"], twice["text_key"]) == (360, 300, "rule.W10.halves")
    assert person.records["tracks", "walk"]["halves"] == [360, 300]
    assert person.dose() == 660


def test_a_small_amount_is_not_split() -> None:
    person = Person().enrol().plan(track(start_dose=90, step=15))

    with pytest.raises(Refused, match="too_little_for_two"):
        say(person, ChooseBouts("walk", 2), 1)


def test_nothing_is_split_while_nothing_is_in_force() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))

    with pytest.raises(Refused, match="nothing_in_force"):
        say(person, ChooseBouts("walk", 2), 1)


def test_a_yes_in_two_bouts_to_what_the_table_gives_no_more_changes_nothing() -> None:
    person = with_an_offer()
    person.log(8, 600, clock="14:00", pain=7)
    take_in_two(person)

    assert (person.dose(), person.state.tracks["walk"].halves, person.withdrawn()) == (600, None, ["R9a"])


def test_a_step_that_was_asked_for_and_approved_may_be_taken_in_two_bouts() -> None:
    person = Person().enrol().plan(track(parameters={"apply_up": "clinician_approves"}))
    for day in (0, 2):
        person.good_day(day)
    assert say(person, AskStep("walk"), 4)["reason"] == "approve_step"
    offer = person.state.proposal
    assert offer is not None

    say(person, ApproveStep(offer.proposal_id, True), 4, "15:00", who="clinician")
    take_in_two(person, 4)

    assert (person.dose(), person.state.tracks["walk"].halves) == (660, (360, 300))
    assert person.decisions()[-1].text_key == "rule.W10.halves"
