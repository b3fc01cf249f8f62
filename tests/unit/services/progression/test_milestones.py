"""Milestones of effort, each once in a life, from what was done and never from how it felt (article P5.1)."""

import ast
import inspect
from datetime import date

import pytest

from services.progression.domain import effort
from services.progression.domain.effort import noted, reached
from shared.contracts.progression import MilestoneReachedV1
from shared.ids import named_id
from tests.support.progression_person import START, Person, text_of
from tests.support.progression_stops import suspend


def reached_by(person: Person) -> list[tuple[str, int]]:
    """The milestones told, each with the day after the start."""
    return [(m.kind, (m.reached_on - START).days) for m in person.told(MilestoneReachedV1)]


def person_of(*days: int) -> Person:
    """A session on each of these days."""
    person = Person().enrol().plan()
    for day in days:
        person.log(day, 600)
    return person


def test_the_first_session_is_a_milestone_once() -> None:
    person = person_of(1, 2, 3)

    assert reached_by(person) == [("first_session", 1)]
    (told,) = person.told(MilestoneReachedV1)
    assert (told.milestone_id, told.track_id) == (named_id("milestone", "p1", "first_session"), None)


@pytest.mark.parametrize("said", [{"amount": 0}, {"amount": 0, "variant": "rest"}, {"history_only": True}])
def test_without_anything_done_or_as_history_it_is_none(said: dict[str, object]) -> None:
    person = Person().enrol().plan()
    person.log(1, **{"amount": 600, **said})  # type: ignore[arg-type]

    assert reached_by(person) == []


def test_anything_that_was_done_counts_also_outside_the_plan_and_stopped() -> None:
    person = Person().enrol().plan()
    suspend(person, 0)
    person.log(1, 60, track_id=None)

    assert reached_by(person) == [("first_session", 1)]


@pytest.mark.parametrize(
    ("days", "on"),
    [
        ((0, 7, 14, 21), 21),
        ((0, 13, 14, 27), 27),
        ((0, 1, 2, 3), None),
        ((0, 7, 14), None),
        ((0, 14, 15, 22), None),
        ((1, 7, 20, 21, 28), None),
        ((3, 8, 16, 24), 24),
        ((0, 7, 14, 35, 42, 49, 56), 56),
    ],
)
def test_four_active_weeks_are_four_periods_of_seven_days_up_to_a_session(
    days: tuple[int, ...], on: int | None
) -> None:
    found = dict(reached_by(person_of(*days)))

    assert found.get("weeks_active_4") == on


def test_both_are_told_once_and_nothing_is_kept_for_them_after_that() -> None:
    person = person_of(*range(0, 60, 3))

    assert [kind for kind, _ in reached_by(person)] == ["first_session", "weeks_active_4"]
    assert person.state.efforts == ()
    assert person.state.milestones == effort.MILESTONES


def test_a_session_voided_before_does_not_count_and_after_takes_nothing_back() -> None:
    person = Person().enrol().plan()
    kept = [person.log(day, 600) for day in (0, 7, 14)]
    person.void(kept[1], 7, at=person.at(15))
    person.log(21, 600)
    assert reached_by(person) == [("first_session", 0)]

    person.void(kept[0], 0, at=person.at(21, "18:00"))
    person.log(22, 600)
    assert reached_by(person) == [("first_session", 0)]


def test_an_amendment_to_nothing_takes_a_session_out_and_one_to_something_brings_it_in() -> None:
    person = Person().enrol().plan()
    first = person.log(0, 0)
    assert reached_by(person) == []

    person.amend(first, 0, 300, at=person.at(1))
    assert reached_by(person) == [("first_session", 0)]


def test_a_paper_diary_that_comes_late_counts_as_if_it_had_been_logged_day_by_day() -> None:
    person = Person(mode="batch").enrol().plan()
    for n, day in enumerate((0, 7, 14, 21)):
        person.log(day, 600, recorded=person.at(27), more_follow=n < 3)

    assert reached_by(person) == [("first_session", 0), ("weeks_active_4", 21)]


def test_a_lower_revision_never_counts_again() -> None:
    rows = noted((), "s", 2, date(2025, 3, 3), done=False)

    assert noted(rows, "s", 1, date(2025, 3, 3), done=True) == rows
    assert reached(rows) == {}


def test_what_is_kept_of_an_irregular_life_stays_small() -> None:
    person = person_of(*(day for day in range(70) if day % 28 < 14))

    assert [kind for kind, _ in reached_by(person)] == ["first_session"]
    assert len(person.state.efforts) <= 28
    assert len(text_of(person.state)) < 8192


@pytest.mark.article("P5.1")
def test_no_milestone_reads_pain_or_dose() -> None:
    """The whole input of the rule is an id, a revision, a day, and whether anything was done."""
    names = {
        node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else node.arg
        for node in ast.walk(ast.parse(inspect.getsource(effort)))
        if isinstance(node, ast.Name | ast.Attribute | ast.arg)
    }

    assert not {name for name in names if any(word in name for word in ("pain", "dose", "fatigue", "stop", "effort_"))}
    assert list(inspect.signature(noted).parameters) == ["rows", "session_id", "revision", "day", "done"]
    assert list(inspect.signature(reached).parameters) == ["rows"]
