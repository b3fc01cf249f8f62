"""A clinician's no to a step holds for its week: nothing asks again by itself, nothing is granted past it (W9, W11)."""

from services.progression.domain.wishes import ApproveStep, AskStep
from tests.support.progression_episodes import say
from tests.support.progression_person import Person, track


def test_after_a_no_to_a_rung_of_the_way_back_nothing_waits_for_a_clinician() -> None:
    person = Person().enrol().plan(track(increase_locked=True, parameters={"apply_up": "clinician_approves"}))
    for day in (0, 2):
        person.good_day(day)
    person.tick_to(14)
    for day in (14, 16):
        person.good_day(day)
    offer = person.state.proposal
    assert offer is not None
    assert (offer.rule, offer.stage) == ("R5a", "clinician")

    say(person, ApproveStep(offer.proposal_id, False), 17, who="clinician")
    assert person.state.proposal is None

    person.tick_to(20)
    assert person.state.proposal is None
    assert person.dose() == 480


def test_a_wish_after_a_no_asks_a_human_again_and_is_not_granted() -> None:
    """The reason for which a clinician had to say yes passes after a day; their no does not."""
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    person.log(4, 600, stop="wrong")
    assert say(person, AskStep("walk"), 4, "15:00")["reason"] == "approve_step"
    offer = person.state.proposal
    assert offer is not None
    say(person, ApproveStep(offer.proposal_id, False), 4, "16:00", who="clinician")
    person.tick_to(7)

    told = say(person, AskStep("walk"), 7)

    assert (told["granted"], told["reason"]) == (False, "not_approved")
    assert person.dose() == 600
    assert "step_requested" in person.reviews()
