"""Rest that a person asked for is theirs: nothing but their own word or a new start gives an amount again (W11)."""

from services.progression.domain.wishes import AskLess, AskStep
from tests.support.progression_episodes import end_flare, flare, say
from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person
from tests.support.progression_stops import dose_in_force


def at_rest() -> Person:
    """Two good sessions, then rest on the person's wish."""
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    say(person, AskLess("walk", 0), 3)
    assert person.dose() == 0
    return person


def test_a_flare_that_ends_gives_no_amount_to_who_rests() -> None:
    person = at_rest()
    flare(person, 4)
    person.tick_to(8)
    end_flare(person, 8)

    assert (person.dose(), dose_in_force(person)) == (0, 0)
    assert person.state.tracks["walk"].footing.status == "ACTIVE"


def test_a_gap_gives_no_amount_to_who_rests() -> None:
    person = at_rest()
    person.tick_to(25)

    assert (person.dose(), dose_in_force(person)) == (0, 0)
    assert person.state.tracks["walk"].footing.status == "ACTIVE"


def test_a_clinicians_rest_after_a_gap_is_rest() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    person.tick_to(10)
    set_override(person, "fixed_dose", 0, 10)

    assert (person.dose(), person.rule()) == (0, "R4")


def test_whoever_rests_has_a_step_for_the_asking() -> None:
    person = at_rest()
    say(person, AskStep("walk"), 4)

    assert person.dose() == 60
