"""The answer to a wish names the dose that holds: none in a stop or a pause, that of the flare in a flare (R1-R3)."""

from collections.abc import Callable
from typing import Any

import pytest

from services.progression.domain.wishes import AskLess, AskStep
from services.progression.texts import render
from tests.support.progression_episodes import flare, pause, say
from tests.support.progression_person import Person
from tests.support.progression_stops import suspend


@pytest.mark.parametrize("wish", [AskStep("walk"), AskLess("walk", 480)])
@pytest.mark.parametrize(
    ("stands", "dose", "said"),
    [
        (suspend, 0, "Please stop exercise for now"),
        (pause, 0, "Your plan is on pause"),
        (flare, 300, "5 min "),
    ],
)
def test_a_wish_is_answered_with_what_holds(
    stands: Callable[..., Any], dose: int, said: str, wish: AskStep | AskLess
) -> None:
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    stands(person, 3)

    told = say(person, wish, 4)

    assert (told["dose"], told["dose_before"]) == (dose, dose)
    assert render(told["text_key"], told).startswith(said)
    assert "8 min" not in render(told["text_key"], told)
