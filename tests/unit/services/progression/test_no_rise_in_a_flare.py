"""In the middle of a flare nothing raises what it leaves: no late record, no day that comes (R3, 2.5.1, 2.7, 2.8)."""

from typing import Any

import pytest

from tests.support.progression_episodes import end_flare, flare
from tests.support.progression_overrides import end_override, set_override
from tests.support.progression_person import Person, replayed, text_of, track
from tests.support.progression_stops import dose_in_force, resume, suspend


def closed_late() -> Person:
    """A gap lowered the dose and a flare came; then the diary of the gap came in."""
    person = Person().enrol().plan()
    person.good_day(0)
    person.tick_to(10)
    assert dose_in_force(person) == 480
    flare(person, 10)
    assert dose_in_force(person) == 240
    for day in (2, 4, 6, 8):
        person.log(day, 600, recorded=person.at(11))
    return person


def test_late_records_that_close_a_gap_do_not_raise_what_the_flare_leaves() -> None:
    person = closed_late()
    assert dose_in_force(person) == 240
    assert person.state.tracks["walk"].footing.dose == 600


def test_the_way_back_leads_to_the_dose_that_the_late_records_restored() -> None:
    person = closed_late()
    end_flare(person, 15)
    footing = person.state.tracks["walk"].footing
    assert (footing.status, footing.d_pre, dose_in_force(person)) == ("RETURNING", 600, 300)


def test_the_same_history_comes_to_the_same_end() -> None:
    person = closed_late()
    assert text_of(replayed(person.history).state) == text_of(person.state)


@pytest.mark.parametrize(("name", "value", "low"), [("flare_pct", 0, 0), ("fixed_dose", 180, 60)])
def test_what_a_clinician_set_before_the_flare_lowers_until_its_end_though_it_runs_out(
    name: str, value: Any, low: int
) -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    set_override(person, name, value, 1, days=3)
    flare(person, 2)
    left = dose_in_force(person)
    assert left == low
    person.tick_to(8)
    assert dose_in_force(person) == left
    end_flare(person, 9)
    assert dose_in_force(person) > left or name == "fixed_dose"


def test_a_lower_dose_that_is_fixed_in_the_flare_holds_until_its_end_though_it_runs_out() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    flare(person, 2)
    set_override(person, "fixed_dose", 120, 3, days=2)
    person.tick_to(8)
    assert dose_in_force(person) == 120


def test_a_clinician_may_take_it_back_in_the_flare() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    flare(person, 2)
    set_override(person, "flare_pct", 0, 3)
    assert dose_in_force(person) == 0
    end_override(person, "flare_pct", 4)
    assert dose_in_force(person) == 300


def test_after_a_stop_in_the_flare_its_own_dose_holds_again() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    flare(person, 2)
    suspend(person, 3)
    assert dose_in_force(person) == 0
    resume(person, 4)
    assert dose_in_force(person) == 300


def test_another_answer_on_pem_in_the_plan_says_it_anew() -> None:
    person = Person().enrol().plan(pem="yes")
    person.good_day(0)
    flare(person, 2)
    assert dose_in_force(person) == 0
    person.plan(day=3, pem="yes")
    assert dose_in_force(person) == 0
    person.plan(day=4, pem="no")
    assert dose_in_force(person) == 300


def test_a_changed_plan_that_says_nothing_of_flares_raises_nothing_in_one() -> None:
    person = closed_late()
    person.plan(track(goal_dose=6000), day=12)
    assert dose_in_force(person) == 240
