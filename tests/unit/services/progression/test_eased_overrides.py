"""Less than a fixed dose is the person's own word; nothing but another fixed dose takes it back (2.8, 2.11 W11)."""

import pytest

from services.progression.domain.wishes import AskLess
from shared.contracts.progression import ProgressionDecidedV1
from tests.support.progression_episodes import say
from tests.support.progression_overrides import end_override, set_override
from tests.support.progression_person import Person


def eased(dose: int) -> Person:
    """A clinician fixed 10 minutes, the person does less."""
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    set_override(person, "fixed_dose", 600, 3)
    say(person, AskLess("walk", dose), 4)
    assert person.dose() == dose
    return person


@pytest.mark.parametrize(("dose", "key"), [(0, "rule.R4.eased.rest"), (300, "rule.R4.eased")])
def test_what_the_person_chose_is_not_told_as_what_the_clinic_set(dose: int, key: str) -> None:
    person = eased(dose)
    person.good_day(6, amount=dose)
    assert (person.rule(), person.last(ProgressionDecidedV1).text_key) == ("R4", key)


def test_what_the_way_back_gives_is_not_told_as_what_the_clinic_set() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    set_override(person, "fixed_dose", 600, 1)
    person.tick_to(12)
    told = person.last(ProgressionDecidedV1)
    assert (told.rule, told.dose, told.text_key) == ("R4", 480, "rule.R4.way_back")


@pytest.mark.parametrize("dose", [0, 300])
def test_another_parameter_that_is_set_gives_nothing_back(dose: int) -> None:
    person = eased(dose)
    set_override(person, "rpe_cap", 6, 5)
    assert person.dose() == dose


@pytest.mark.parametrize("dose", [0, 300])
def test_another_parameter_that_runs_out_gives_nothing_back(dose: int) -> None:
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    set_override(person, "rpe_cap", 6, 3, days=3)
    set_override(person, "fixed_dose", 600, 3, clock="10:00")
    say(person, AskLess("walk", dose), 4)
    person.tick_to(7)
    assert person.dose() == dose


def test_rest_that_was_chosen_under_a_fixed_dose_stays_rest_when_that_ends() -> None:
    person = eased(0)
    end_override(person, "fixed_dose", 5)
    assert person.dose() == 0
