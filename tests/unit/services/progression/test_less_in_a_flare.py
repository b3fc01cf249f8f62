"""Less in a flare is less than what the flare leaves, is not halved in it again, and stays less after (W11, R3)."""

from typing import Any

import pytest

from services.progression.domain.wishes import AskLess, AskStep
from tests.support.progression_episodes import end_flare, flare, say
from tests.support.progression_overrides import end_override, set_override
from tests.support.progression_person import Person, track
from tests.support.progression_stops import dose_in_force


def in_a_flare(**changes: Any) -> Person:
    """Ten minutes were in force, the flare leaves five."""
    person = Person().enrol().plan(track(), **changes)
    person.good_day(0)
    flare(person, 1)
    return person


@pytest.mark.parametrize(("asked", "dose"), [(None, 240), (200, 200), (480, 300), (0, 0)])
def test_less_is_less_than_what_the_flare_leaves_and_stays_so_on_every_day_of_it(asked: int | None, dose: int) -> None:
    person = in_a_flare()
    told = say(person, AskLess("walk", asked), 2)
    assert (told["dose"], told["granted"]) == (dose, True)
    person.tick_to(5)
    assert dose_in_force(person) == dose


def test_after_the_flare_the_way_back_leads_no_higher_than_what_was_asked_for() -> None:
    person = in_a_flare()
    say(person, AskLess("walk", 200), 2)
    end_flare(person, 6)
    now = person.state.tracks["walk"]
    assert dose_in_force(person) <= 200
    assert (now.footing.d_pre, now.eased) == (200, None)


def test_rest_that_was_asked_for_in_a_flare_stays_rest_after_it() -> None:
    person = in_a_flare()
    say(person, AskLess("walk", 0), 2)
    end_flare(person, 3)
    assert (dose_in_force(person), person.state.tracks["walk"].footing.status) == (0, "ACTIVE")


def test_where_a_flare_leaves_rest_anyway_asking_for_less_takes_nothing_from_what_comes_after() -> None:
    person = in_a_flare(pem="yes")
    assert say(person, AskLess("walk", None), 2)["dose"] == 0
    end_flare(person, 3)
    assert person.state.tracks["walk"].footing.d_pre == 600


def test_a_step_that_is_asked_for_after_it_meets_the_flare_and_no_clinicians_fixed_dose() -> None:
    person = in_a_flare()
    say(person, AskLess("walk", 200), 2)
    assert say(person, AskStep("walk"), 3)["reason"] == "R3"


@pytest.mark.parametrize("asked", [60, 0])
def test_a_fixed_dose_that_ends_or_is_set_in_a_flare_takes_nothing_of_it_back(asked: int) -> None:
    ends = Person().enrol().plan(track())
    ends.good_day(0)
    set_override(ends, "fixed_dose", 400, 1, days=3)
    flare(ends, 2)
    say(ends, AskLess("walk", asked), 2, "15:00")
    ends.tick_to(6)
    assert dose_in_force(ends) == asked

    begins = in_a_flare()
    say(begins, AskLess("walk", asked), 2)
    set_override(begins, "fixed_dose", 240, 3)
    assert dose_in_force(begins) == asked
    end_override(begins, "fixed_dose", 4)
    assert dose_in_force(begins) == asked


def test_a_session_in_a_flare_raises_nothing_by_a_finer_step_while_a_start_is_found() -> None:
    """2.2 `step`, R3: five minutes are halved by whole minutes, whatever was done on a day of it."""
    person = Person().enrol().plan(track(step=None, start_phase="BASELINE", start_dose=300))
    flare(person, 0)
    assert dose_in_force(person) == 120
    person.log(2, 300)
    assert dose_in_force(person) == 120
