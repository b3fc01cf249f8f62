"""Lessons on the running stack: a plan brings them, and a journal entry takes up a misconception."""

from typing import Any

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh


def lesson(person: Somebody, lesson_id: str, role: str = "patient") -> dict[str, Any] | None:
    """A lesson that the person has, None while they do not have it."""
    known: list[dict[str, Any]] = person.ask(role, "GET", "plans", "/patients/{id}/lessons")["lessons"]
    return next((one for one in known if one["lesson_id"] == lesson_id), None)


def test_a_plan_brings_lessons_and_reading_one_says_when_it_comes_back(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    first = lesson(person, "sore_or_flare")
    assert first is not None
    assert first["waits"]
    assert lesson(person, "walking") is not None

    person.ask("patient", "POST", "plans", "/patients/{id}/lessons/sore_or_flare/viewed", {"id": fresh()})
    read = lesson(person, "sore_or_flare")
    assert read is not None
    assert not read["waits"]
    assert read["comes_back_on"] > read["first_viewed_on"]
    assert person.ask("patient", "GET", "plans", "/patients/{id}/prompts")["prompts"] == []


def test_a_hard_day_in_the_journal_takes_up_a_misconception_and_the_clinician_sees_why(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    entry = {"id": fresh(), "tags": ["hard"], "text": "My back hurt after the walk."}
    person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", entry)
    told = eventually(lambda: lesson(person, "hurt_and_harm", "clinician"), "the dialogue")
    assert told is not None
    assert told["question"].endswith("?")
    assert (told["trigger"]["because"], told["trigger"]["tags"]) == ("journal", ["hard"])
