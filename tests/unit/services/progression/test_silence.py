"""Fourteen days without a record or a word ask for a call, once per silence (domain/stories.md 3; W12)."""

from collections.abc import Callable

import pytest

from services.progression.domain.wishes import AskLess
from shared.contracts.plans import PlanActivatedV1
from tests.support.progression_episodes import end_flare, flare, pause, resume, say
from tests.support.progression_person import Person, track
from tests.support.progression_stops import close_review, suspend
from tests.support.progression_stops import resume as clear

CALL = "silent_14_days"


def calls(person: Person) -> int:
    return person.reviews().count(CALL)


def heard_on_day_0(**changes: str) -> Person:
    person = Person(**changes).enrol().plan()  # type: ignore[arg-type]
    person.good_day(0)
    return person


def called(person: Person, day: int) -> None:
    """The clinic called and closed the item."""
    close_review(person, CALL, day, track_id=None, item=f"i{day}")


def test_a_call_is_asked_for_on_the_fourteenth_day_and_only_once_while_it_is_open() -> None:
    person = heard_on_day_0()
    person.tick_to(14)
    assert calls(person) == 0
    person.tick_to(15)
    assert calls(person) == 1
    person.tick_to(60)
    assert calls(person) == 1


def test_who_was_called_is_not_called_again_in_the_same_silence_but_in_the_next_one() -> None:
    person = heard_on_day_0()
    person.tick_to(16)
    called(person, 16)
    person.tick_to(50)
    assert calls(person) == 1

    person.log(50, 300)
    person.tick_to(63)
    assert calls(person) == 1
    person.tick_to(64)
    assert calls(person) == 2


@pytest.mark.parametrize("clock", ["12:00", "17:00"], ids=["before the item was closed", "after"])
def test_who_comes_back_on_the_very_day_of_the_call_and_falls_silent_again_is_called_again(clock: str) -> None:
    person = heard_on_day_0()
    person.tick_to(16)
    if clock < "14:00":
        person.log(16, 300, clock=clock)
    called(person, 16)
    if clock > "14:00":
        person.log(16, 300, clock=clock)
    person.tick_to(29)
    assert calls(person) == 1
    person.tick_to(30)
    assert calls(person) == 2


def test_any_word_of_the_person_ends_the_silence() -> None:
    person = heard_on_day_0()
    person.tick_to(10)
    say(person, AskLess("walk", 300), 10)
    person.tick_to(23)
    assert calls(person) == 0
    person.tick_to(24)
    assert calls(person) == 1


def test_a_session_that_is_off_the_plan_is_a_record_too() -> None:
    person = heard_on_day_0()
    person.tick_to(10)
    person.log(10, 600, track_id=None)
    person.tick_to(23)
    assert calls(person) == 0


@pytest.mark.parametrize(
    "silent",
    [
        lambda: Person(mode="batch").enrol().plan(),
        lambda: Person().enrol().plan(),
    ],
    ids=["paper", "never began"],
)
def test_nobody_is_called_for_a_paper_diary_or_for_a_beginning_that_has_its_own_review(
    silent: Callable[[], Person],
) -> None:
    person = silent()
    if person.mode == "batch":
        person.log(0, 600)
    person.tick_to(40)
    assert calls(person) == 0


@pytest.mark.parametrize(
    ("begin", "over"),
    [
        (lambda p: flare(p, 3), lambda p: end_flare(p, 30)),
        (lambda p: pause(p, 3), lambda p: resume(p, 30)),
        (lambda p: suspend(p, 3), lambda p: clear(p, 30)),
    ],
    ids=["flare", "pause", "stop"],
)
def test_the_silence_of_a_flare_a_pause_or_a_stop_is_no_silence(
    begin: Callable[[Person], object], over: Callable[[Person], object]
) -> None:
    person = heard_on_day_0()
    begin(person)
    person.tick_to(30)
    assert calls(person) == 0
    over(person)
    person.tick_to(43)
    assert calls(person) == 0
    person.tick_to(44)
    assert calls(person) == 1


def test_nobody_is_called_after_the_plan_ended_nor_at_once_when_the_next_one_begins() -> None:
    person = heard_on_day_0()
    person.end_plan(5)
    person.tick_to(40)
    assert calls(person) == 0
    at, tracks = person.at(40), (track(),)
    person.tell(PlanActivatedV1(plan_id="next", plan_version=1, tracks=tracks, effective_at=at, usual_pain=2), at)
    person.tick_to(53)
    assert calls(person) == 0
