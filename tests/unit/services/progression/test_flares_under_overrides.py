"""A flare dose is 50 % of the dose in force, also where a clinician set something aside (R3, 2.4, 2.5.1, T38)."""

from typing import Any

import pytest

from tests.support.progression_episodes import flare
from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person
from tests.support.progression_stops import dose_in_force


@pytest.mark.parametrize(("name", "value"), [("fixed_dose", 600), ("auto", False)])
def test_a_flare_on_the_way_back_under_an_override_halves_the_rung(name: str, value: Any) -> None:
    person = Person().enrol().plan()
    person.log(0, 600)
    set_override(person, name, value, 1)
    person.tick_to(22)
    assert person.dose() == 300

    flare(person, 22)

    assert dose_in_force(person) == 120


def test_a_higher_dose_that_is_fixed_in_a_flare_raises_nothing_in_it() -> None:
    person = Person().enrol().plan()
    person.log(0, 600)
    flare(person, 2)
    assert dose_in_force(person) == 300

    set_override(person, "fixed_dose", 1200, 3)

    assert dose_in_force(person) == 300


def test_t38_a_lower_dose_that_is_fixed_in_a_flare_caps_it() -> None:
    person = Person().enrol().plan()
    person.log(0, 600)
    flare(person, 2)
    set_override(person, "fixed_dose", 240, 3)
    assert dose_in_force(person) == 240
