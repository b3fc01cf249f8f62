"""Wishes: one step at any time where nothing speaks against it, less always, a clinician's word first where it must be
(domain/progression.md 2.11 W9-W11)."""

from typing import Any

import pytest

from services.progression.domain.wishes import ApproveStep, AskLess, AskStep
from shared.contracts.progression import ProgressionDecidedV1, ProgressionProposedV1
from shared.ids import named_id
from shared.runtime.messages import Refused
from tests.support.progression_episodes import flare, pause, say
from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person, track
from tests.support.progression_replay import same_again
from tests.support.progression_stops import suspend


def started(**changes: Any) -> Person:
    """Two good sessions, too few and too early for an offer."""
    person = Person().enrol().plan(track(**changes))
    for day in (0, 2):
        person.good_day(day)
    return person


def step(person: Person, day: int, clock: str = "13:00", **changes: Any) -> dict[str, Any]:
    return say(person, AskStep("walk"), day, clock, **changes)


def less(person: Person, day: int, dose: int | None = None, **changes: Any) -> dict[str, Any]:
    return say(person, AskLess("walk", dose), day, **changes)


def test_a_step_is_granted_at_any_time_where_nothing_speaks_against_it() -> None:
    person = started()
    assert person.rule() == "R10d"
    told = step(person, 3)
    assert (told["granted"], told["reason"], told["dose_before"], told["dose"]) == (True, None, 600, 660)
    decided = person.last(ProgressionDecidedV1)
    assert (decided.rule, decided.action, decided.dose, decided.text_key) == ("W11", "GRANT", 660, "rule.W11")
    assert person.changes() == [(600, 660)]
    assert person.reviews() == []


def test_a_second_step_on_the_same_day_waits_for_a_human() -> None:
    person = started()
    step(person, 3)
    told = step(person, 3, "15:00")
    assert (told["granted"], told["reason"], told["dose"]) == (False, "one_at_a_time", 660)
    assert person.reviews() == ["step_requested"]


def test_at_most_two_steps_come_in_seven_days_however_often_one_asks_on_whatever_track() -> None:
    person = Person().enrol().plan(track(), track("stairs", priority=2))
    for name in ("walk", "stairs", "walk", "stairs"):
        person.log(person.logged, 600, track_id=name)
    for day in range(4, 10):
        for name in ("walk", "stairs"):
            say(person, AskStep(name), day)
    days = [change for change in person.changes() if change[1] > change[0]]
    assert len(days) == 2
    assert len(person.reviews()) == 2


def _after_a_bad_session() -> Person:
    person = started()
    person.log(3, 600, pain=7)
    return person


def _on_the_way_back() -> Person:
    person = started()
    person.tick_to(14)
    person.log(14, 480)
    return person


def _in_a_flare() -> Person:
    person = started()
    flare(person, 3)
    return person


def _paused() -> Person:
    person = started()
    pause(person, 3)
    return person


def _suspended() -> Person:
    person = started()
    suspend(person, 3)
    return person


def _finding_a_start() -> Person:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))
    person.log(0, 600)
    return person


def _fixed() -> Person:
    person = started()
    set_override(person, "fixed_dose", 600, 3)
    return person


def _at_the_goal() -> Person:
    return started(goal_dose=600)


def _at_the_ceiling() -> Person:
    return started(goal_dose=None, dose_max=600)


def _pem() -> Person:
    person = Person().enrol().plan(pem="yes")
    person.good_day(0)
    return person


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        (_after_a_bad_session, "R9a"),
        (_on_the_way_back, "R5d"),
        (_in_a_flare, "R3"),
        (_paused, "R2"),
        (_suspended, "R1"),
        (_finding_a_start, "R6a"),
        (_fixed, "fixed"),
        (_at_the_goal, "R10b"),
        (_at_the_ceiling, "R10c"),
        (_pem, "pem"),
    ],
)
def test_what_speaks_against_a_step_is_named_and_a_human_is_asked_once(life: Any, reason: str) -> None:
    person = life()
    before, asked = person.dose(), len(person.reviews())
    first = step(person, 15)
    again = step(person, 15, "14:00")
    assert (first["granted"], first["reason"], again["reason"]) == (False, reason, reason)
    assert person.dose() == before
    assert person.reviews()[asked:].count("step_requested") == 1


def test_a_bad_session_among_the_last_three_speaks_against_a_step() -> None:
    person = _after_a_bad_session()
    person.good_day(5)
    assert step(person, 6)["reason"] == "bad_session"
    for day in (7, 9):
        person.good_day(day)
    assert step(person, 10)["granted"]


@pytest.mark.story(21)
def test_after_three_stays_nothing_is_offered_and_a_step_comes_on_request() -> None:
    person = started()
    for day in range(4, 60, 2):
        person.good_day(day)
        if person.state.proposal is not None:
            person.answer("stay", day + 1, clock="09:00")
    offers = len(person.offers())
    assert offers == 3
    assert person.reviews().count("plan_fit") == 1
    assert step(person, 60)["granted"]
    assert person.dose() == 660


def test_asking_while_a_step_is_offered_takes_it() -> None:
    person = started()
    for day in (4, 7):
        person.good_day(day)
    assert person.state.proposal is not None
    assert step(person, 8)["granted"]
    assert (person.dose(), person.withdrawn()) == (660, ["answered"])


@pytest.mark.parametrize(("dose", "given"), [(None, 480), (300, 300), (900, 600), (10, 60), (0, 0)])
def test_less_down_to_rest_is_always_granted(dose: int | None, given: int) -> None:
    person = started()
    told = less(person, 3, dose)
    assert (told["granted"], told["dose"], person.dose()) == (True, given, given)
    assert person.decisions()[-1].text_key == ("rule.W10.rest" if given == 0 else "rule.W10")


@pytest.mark.parametrize("life", [_on_the_way_back, _in_a_flare, _paused, _suspended, _fixed, _pem, _at_the_goal])
def test_less_is_granted_whatever_else_stands(life: Any) -> None:
    person = life()
    told = less(person, 15, 120)
    assert told["granted"]
    assert told["dose"] == min(120, told["dose_before"])
    assert person.dose() == 120 or person.state.tracks["walk"].eased == 120
    assert person.state.tracks["walk"].doses[-1][1] <= 120


def test_less_holds_under_a_fixed_dose_until_another_one_is_set() -> None:
    person = _fixed()
    less(person, 4, 300)
    person.log(5, 300)
    person.tick_to(7)
    assert (person.rule(), person.dose()) == ("R4", 300)
    set_override(person, "fixed_dose", 480, 7, id="later")
    assert person.dose() == 480


def test_from_rest_one_step_is_the_smallest_dose() -> None:
    person = started()
    less(person, 3, 0)
    assert step(person, 4)["granted"]
    assert person.dose() == 60


def test_rest_by_wish_stays_whatever_a_clinician_sets_or_ends() -> None:
    person = started()
    less(person, 3, 0)
    set_override(person, "rpe_cap", 6, 4, days=1)
    person.tick_to(6)
    assert person.dose() == 0


def test_where_a_clinician_must_approve_a_wish_waits_for_their_yes_and_then_for_the_persons() -> None:
    person = started(parameters={"apply_up": "clinician_approves"})
    told = step(person, 3)
    assert (told["granted"], told["reason"]) == (False, "approve_step")
    assert (person.offers(), person.reviews()) == ([], ["approve_step"])
    offer = person.state.proposal
    assert offer is not None
    with pytest.raises(Refused, match="only_a_clinician"):
        say(person, ApproveStep(offer.proposal_id, True), 3, "14:00")
    say(person, ApproveStep(offer.proposal_id, True), 3, "15:00", who="clinician")
    assert person.offers() == [660]
    person.answer("accept", 4)
    assert (person.dose(), person.rule()) == (660, "W11")


def test_a_wish_that_was_approved_is_not_carried_out_after_a_bad_session() -> None:
    person = started(parameters={"apply_up": "clinician_approves"})
    step(person, 3)
    offer = person.state.proposal
    assert offer is not None
    say(person, ApproveStep(offer.proposal_id, True), 3, "15:00", who="clinician")
    person.log(4, 600, pain=7)
    person.answer("accept", 4)
    assert (person.dose(), person.withdrawn()) == (600, ["R9a"])


def test_story_14_a_clinicians_no_ends_the_offer_and_nothing_is_offered_for_a_week() -> None:
    person = Person().enrol().plan(usual_pain=8)
    for day in range(0, 8, 2):
        person.log(day, 600, pain=8, pain_before=8)
        person.tick_to(day + 1)
        person.morning(day + 1, 8)
    offer = person.state.proposal
    assert offer is not None
    assert offer.stage == "clinician"
    say(person, ApproveStep(offer.proposal_id, False), 8, who="clinician")
    assert person.state.proposal is None
    assert person.decisions()[-1].text_key == "rule.R10a.not_approved"
    with pytest.raises(Refused, match="proposal_closed"):
        say(person, ApproveStep(offer.proposal_id, True), 9, who="clinician")
    assert person.told(ProgressionProposedV1) == []


def test_a_caregiver_asks_for_nothing() -> None:
    person = started()
    for command in (AskStep("walk"), AskLess("walk", 0)):
        with pytest.raises(Refused, match="only_the_person"):
            say(person, command, 3, who="caregiver")
    assert person.dose() == 600


def test_a_granted_step_is_stored_so_that_it_comes_out_again() -> None:
    person = started()
    before = person.decisions()[-1].decision_id
    step(person, 3, id="wish-1")
    (document,) = [one for (kind, _), one in person.records.items() if kind == "decisions" and one["rule"] == "W11"]
    assert same_again("p1", document, before, named_id("step", "p1", "wish-1"))


@pytest.mark.parametrize("name", ["dose_min", "step"])
def test_no_smallest_dose_and_no_step_that_a_clinician_set_keeps_anybody_from_doing_less(name: str) -> None:
    """2.8: to do less is the one right that is never overridden."""
    person = started()
    set_override(person, name, 600, 3)
    told = less(person, 3, 300)

    assert (told["granted"], told["dose"], person.dose()) == (True, 300, 300)
