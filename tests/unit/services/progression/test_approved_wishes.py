"""A wish that a clinician approved gives what the person then says yes to, and no more (2.11 W10, W11)."""

from services.progression.domain.wishes import ApproveStep, AskStep
from shared.contracts.progression import ProgressionProposedV1
from tests.support.progression_episodes import say
from tests.support.progression_person import Person, track


def test_whoever_takes_the_smaller_step_of_an_approved_wish_has_the_smaller_step() -> None:
    person = Person().enrol().plan(track(start_dose=1200, parameters={"apply_up": "clinician_approves"}))
    for day in (0, 2):
        person.good_day(day)
    say(person, AskStep("walk"), 3)
    offer = person.state.proposal
    assert offer is not None
    say(person, ApproveStep(offer.proposal_id, True), 3, "15:00", who="clinician")
    options = {option.kind: option.dose for option in person.last(ProgressionProposedV1).options}
    assert (options["step"], options["smaller"]) == (1320, 1260)

    person.answer("smaller", 4, dose=1260)

    assert person.rule() == "W11"
    assert person.dose() == 1260


def test_who_asks_again_for_a_step_that_a_clinician_has_approved_has_said_yes_to_it() -> None:
    person = Person().enrol().plan(track(start_dose=1200, parameters={"apply_up": "clinician_approves"}))
    for day in (0, 2):
        person.good_day(day)
    assert say(person, AskStep("walk"), 3)["reason"] == "approve_step"
    offer = person.state.proposal
    assert offer is not None
    say(person, ApproveStep(offer.proposal_id, True), 3, "15:00", who="clinician")
    told = say(person, AskStep("walk"), 4)
    assert (told["granted"], person.dose(), person.state.proposal) == (True, 1320, None)
    assert person.withdrawn() == ["answered"]
