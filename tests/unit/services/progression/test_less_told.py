"""Less that is asked for in a stop, a pause or a flare is told like everything else, and never above what holds."""

from collections.abc import Callable
from typing import Any

import pytest

from services.progression.domain.wishes import AskLess
from services.progression.store import basis_of
from services.progression.telling import next_up_of
from services.progression.texts import Audience, render
from tests.support.progression_episodes import flare, pause, say
from tests.support.progression_person import Person
from tests.support.progression_stops import suspend


def less_under(stands: Callable[..., Any], dose: int) -> dict[str, Any]:
    """The stored decision on less that was asked for under something that stands over the plan."""
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    stands(person, 3)
    say(person, AskLess("walk", dose), 4)
    (document,) = [one for (kind, _), one in person.records.items() if kind == "decisions" and one["rule"] == "W10"]
    return document


@pytest.mark.parametrize("audience", ["patient", "clinician"])
@pytest.mark.parametrize("stands", [suspend, pause, flare])
def test_it_can_be_read_by_both(stands: Callable[..., Any], audience: Audience) -> None:
    document = less_under(stands, 480)
    basis = basis_of(document)
    facts = {"dose": document["dose"], **basis["facts"], **basis["text_params"]}

    assert render(document["text_key"], facts, audience)
    for one in next_up_of(document, audience)["conditions"]:
        assert one["met"] == (one["text"] is None)


@pytest.mark.parametrize(("stands", "key"), [(suspend, "rule.R1"), (pause, "rule.R2")])
def test_in_a_stop_and_in_a_pause_the_words_stay_those_of_it(stands: Callable[..., Any], key: str) -> None:
    assert less_under(stands, 480)["text_key"] == key


@pytest.mark.parametrize(("stands", "key"), [(suspend, "rule.R1"), (pause, "rule.R2"), (flare, "rule.R3.rest")])
def test_so_they_do_where_it_is_rest_that_is_asked_for(stands: Callable[..., Any], key: str) -> None:
    assert less_under(stands, 0)["text_key"] == key


def test_in_a_flare_no_more_is_told_than_holds() -> None:
    document = less_under(flare, 480)
    assert (document["text_key"], basis_of(document)["text_params"]["dose"]) == ("rule.W10", 300)
