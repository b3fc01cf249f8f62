"""While a start is found no answer to a wish names an amount: the dose shown is none until R6b (2.11 W4)."""

from typing import Any

import pytest

from services.progression.domain.wishes import AskLess, AskStep, ChooseBouts
from services.progression.texts import render
from tests.support.progression_episodes import flare, say
from tests.support.progression_person import Person, track

WISHES = [AskStep("walk"), AskLess("walk"), AskLess("walk", 300), ChooseBouts("walk", 1)]


def finding() -> Person:
    """Somebody whose start is still being found: nobody set one."""
    person = Person().enrol().plan(track(start_dose=None, start_phase="BASELINE"))
    person.log(0, 420)
    assert person.records["tracks", "walk"]["dose"] is None
    return person


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("day", [0, 1])
@pytest.mark.parametrize("locale", ["en", "es", "ar"])
def test_no_answer_to_a_wish_names_the_dose_that_is_not_shown(wish: Any, day: int, locale: str) -> None:
    person = finding()
    told = say(person, wish, day, "18:00")

    assert (told["dose"], told["dose_before"]) == (None, None)
    assert not any(letter.isdigit() for letter in render(told["text_key"], told, locale=locale))
    assert person.records["tracks", "walk"]["dose"] is None
    decided = person.decisions()[-1]
    assert "dose" not in decided.text_params or decided.text_key in ("rule.R6a", "rule.W4")


@pytest.mark.parametrize("wish", WISHES)
def test_nor_does_it_in_a_flare(wish: Any) -> None:
    person = finding()
    flare(person, 1)
    told = say(person, wish, 1, "18:00")
    assert (told["dose"], told["dose_before"]) == (None, None)
    assert not any(letter.isdigit() for letter in render(told["text_key"], told))
    assert person.decisions()[-1].text_params.get("dose") in (None, person.decisions()[-1].dose)


def test_a_rest_that_is_asked_for_is_said_and_shown() -> None:
    person = finding()
    told = say(person, AskLess("walk", 0), 1)
    assert (told["dose"], told["dose_before"], told["text_key"]) == (0, None, "rule.W10.rest")
