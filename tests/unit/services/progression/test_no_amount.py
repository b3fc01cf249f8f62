"""Dose none is never a number and never an empty word: who rests reads of rest (2.5, 2.11 W11)."""

from services.progression.domain.wishes import AskLess
from services.progression.texts import render
from tests.support.progression_episodes import pause, resume, say
from tests.support.progression_person import Person
from tests.support.progression_stops import resume as cleared
from tests.support.progression_stops import suspend


def at_rest() -> Person:
    """Two good sessions, then rest on the person's wish."""
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    say(person, AskLess("walk", 0), 3)
    return person


def told(person: Person) -> list[str]:
    return [render(one.text_key, one.text_params) for one in person.decisions()]


def test_no_words_for_who_rests_have_a_hole_in_them() -> None:
    person = at_rest()
    person.tick_to(28)
    assert len(person.decisions()) > 4
    for said in told(person):
        assert "  " not in said
        assert "with ," not in said
        assert not said.startswith(" ")


def test_nor_have_those_after_a_pause_and_after_a_stop() -> None:
    person = at_rest()
    pause(person, 4)
    resume(person, 5)
    suspend(person, 6)
    cleared(person, 7)
    for said in told(person):
        assert "  " not in said
