"""A small simulation: promises hold in every life, a life is its number's own, and the page says what was found."""

import json
from pathlib import Path

import pytest

from tests.simulation.__main__ import FIGURES, main
from tests.simulation.lives import Outcome, lived
from tests.simulation.people import PROFILES, SHARES, drawn
from tests.simulation.report import PAGE
from tests.simulation.run import simulated, summed


@pytest.fixture(scope="module")
def few() -> list[Outcome]:
    return simulated(20, 4, 3, 1)


def test_every_promise_holds_in_twenty_lives_of_four_weeks(few: list[Outcome]) -> None:
    assert len(few) == 20
    assert {one.profile for one in few} == {profile.name for profile in PROFILES}
    assert sum(one.sessions for one in few) > 100
    assert sum(one.rises for one in few) > 5


def test_the_same_number_lives_the_same_life(few: list[Outcome]) -> None:
    number, profile = drawn(20, 3)[7]

    assert lived(number, profile, 4).as_json() == few[7].as_json()
    assert lived(number + 1, profile, 4).as_json() != few[7].as_json()


def test_some_of_the_lives_are_the_same_as_among_all(few: list[Outcome]) -> None:
    some = simulated(20, 4, 3, 1, only=3)

    assert len(some) == 3
    assert all(one.as_json() in [life.as_json() for life in few] for one in some)


def test_the_shares_of_the_profiles_are_kept_among_many() -> None:
    found = [profile.name for _, profile in drawn(1000, 1)]

    assert len(found) == 1000
    assert sum(SHARES.values()) == pytest.approx(1)
    assert {name: found.count(name) / 1000 for name in SHARES} == SHARES


def test_figures_of_all_are_those_of_the_profiles_together(few: list[Outcome]) -> None:
    found = summed(few)

    assert sum(one["people"] for one in found["profiles"].values()) == found["all"]["people"] == 20
    assert all(len(one["dose"]["middle"]) == 4 for one in found["paths"].values())


def test_the_command_writes_figures_and_a_page(tmp_path: Path) -> None:
    asked = ["--people", "8", "--weeks", "2", "--processes", "1", "--no-plots", "--output", str(tmp_path)]

    assert main(asked) == 0
    whole = json.loads((tmp_path / FIGURES).read_text())
    page = (tmp_path / PAGE).read_text()
    assert whole["asked"] == {"people": 8, "only": None, "weeks": 2, "seed": 1}
    assert "no evidence that anybody gets better" in page
    assert all(f"| {profile.name} |" in page for profile in PROFILES)
