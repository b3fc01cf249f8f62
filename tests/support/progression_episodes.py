"""What a person, or somebody beside them, says of flares and pauses to progression."""

from datetime import date, timedelta
from typing import Any

from services.progression.domain.away_commands import (
    AnswerFlareQuestions,
    EndFlare,
    ReportFlare,
    RequestPause,
    RequestResume,
    TellSettling,
)
from services.progression.domain.state import away_of
from shared.runtime.messages import Actor, Message
from tests.support.progression_person import START, Person


def say(
    person: Person, command: Any, day: int, clock: str = "13:00", *, who: str = "patient", id: str | None = None
) -> dict[str, Any]:
    """Fold a command at a wall time of a day; what it was answered. Every command has an id of its own by default."""
    at = max(person.now, person.at(day, clock))
    person.now = at
    name = id or f"c{len(person.history)}"
    answer = person.fold(Message(command, person.key, "t1", name, at, at, Actor(who, who), "app")).answer
    assert answer is not None
    assert answer.status == 200
    return dict(answer.body)


def flare(person: Person, day: int, clock: str = "13:00", **changes: Any) -> dict[str, Any]:
    """A flare is reported."""
    return say(person, ReportFlare(), day, clock, **changes)


def end_flare(person: Person, day: int, clock: str = "13:00", *, flare_id: str | None = None, **changes: Any) -> Any:
    """The flare is said to be over."""
    return say(person, EndFlare(flare_id), day, clock, **changes)


def settling(person: Person, day: int, yes: bool = True, **changes: Any) -> dict[str, Any]:
    """The person's word on whether it is settling."""
    return say(person, TellSettling(yes), day, **changes)


def answers(person: Person, day: int, said: str, clock: str = "13:00", **changes: Any) -> dict[str, Any]:
    """The three questions answered, `yny` for yes, no, yes; to the open question, if there is one."""
    question = away_of(person.state).question
    worse, hard, limits = (letter == "y" for letter in said)
    asked = question.question_id if question else None
    return say(person, AnswerFlareQuestions(worse, hard, limits, asked), day, clock, **changes)


def pause(person: Person, day: int, until: int | None = None, reason: str = "travel", **changes: Any) -> dict[str, Any]:
    """A pause is asked for, until a day counted from the start or without an end."""
    return say(person, RequestPause(reason, None if until is None else day_of(until)), day, **changes)


def resume(person: Person, day: int, **changes: Any) -> dict[str, Any]:
    """The pause is said to be over."""
    return say(person, RequestResume(), day, **changes)


def day_of(day: int) -> date:
    """A day counted from the start."""
    return START + timedelta(days=day)
