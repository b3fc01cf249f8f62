"""Every question is told when it begins and when it ends, and kept with its answer (2.6, W5, W6, W8, P12.3)."""

import json
import re
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any, Final

import pytest

import services.progression.texts.questions
from services.progression.domain.asked import ANSWERS
from services.progression.domain.away_commands import AnswerQuestion
from services.progression.texts.questions import NOTE, words
from shared.clinics import LANGUAGES
from shared.contracts.progression import FlareSuspectedV1, QuestionAskedV1, QuestionClosedV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import answers, flare, say, settling
from tests.support.progression_person import START, Person, track
from tests.support.progression_stops import suspend
from tests.support.reading_level import grade
from tests.unit.services.reminders.test_texts import BLAMING

FOLDER: Final = Path(services.progression.texts.questions.__file__).parent


def suspected() -> Person:
    """Somebody whose pain looks like a flare on day 2: the three questions are open."""
    person = Person().enrol().plan()
    person.log(1, 600)
    person.tick_to(2)
    person.morning(2, 5)
    return person


def in_a_flare(day: int) -> Person:
    person = Person().enrol().plan()
    person.log(0, 600)
    flare(person, 0)
    person.tick_to(day)
    return person


def asked(person: Person) -> list[str]:
    return [event.kind for event in person.told(QuestionAskedV1)]


def closed(person: Person) -> list[tuple[str, str]]:
    return [(event.kind, event.reason) for event in person.told(QuestionClosedV1)]


def diary(person: Person) -> list[dict[str, Any]]:
    return [data for (kind, _), data in person.records.items() if kind == "questions"]


def reply(person: Person, day: int, **parts: str) -> dict[str, Any]:
    """Answer the question asked last."""
    question = person.last(QuestionAskedV1)
    return say(person, AnswerQuestion(question.question_id, tuple(parts.items())), day, "21:00")


def test_the_three_questions_are_told_as_one_with_their_end() -> None:
    person = suspected()
    question = person.last(QuestionAskedV1)
    assert asked(person) == ["flare"]
    assert question.question_id == person.last(FlareSuspectedV1).question_id
    assert question.until == question.asked_at + timedelta(hours=96)


def test_their_answers_mean_the_same_from_either_place() -> None:
    here, there = suspected(), suspected()
    told = reply(here, 2, worse="yes", hard="yes", limits="no")
    answers(there, 2, "yyn", "21:00")
    assert told["result"] == "rough_patch"
    assert closed(here) == closed(there) == [("flare", "answered")]
    (entry,) = diary(here)
    assert json.loads(entry["answers"]) == {"worse": "yes", "hard": "yes", "limits": "no"}
    assert (entry["open"], entry["answered_by"]) == (0, "patient")
    assert entry == diary(there)[0]


def test_without_an_answer_they_close_and_a_flare_that_begins_makes_them_needless() -> None:
    silent, flared = suspected(), suspected()
    silent.tick_to(6)
    assert closed(silent) == []
    silent.tick_to(7)
    assert closed(silent) == [("flare", "no_answer")]
    flare(flared, 3)
    assert closed(flared) == [("flare", "needless")]


def test_whether_it_settles_is_a_question_on_day_3_7_and_14_until_it_is_answered_or_the_next_one_comes() -> None:
    person = in_a_flare(3)
    assert (asked(person), closed(person)) == (["settling"], [])
    reply(person, 3, settling="no")
    assert closed(person) == [("settling", "answered")]
    person.tick_to(14)
    assert asked(person) == ["settling"] * 3
    assert closed(person)[1:] == [("settling", "needless")]
    settling(person, 14)
    assert closed(person)[2:] == [("settling", "answered")]


def test_a_try_out_that_is_over_is_asked_about_and_answered_in_the_plan() -> None:
    swim = track("swim", priority=2, start_phase="BASELINE", start_dose=None, tryout_until=START + timedelta(days=14))
    kept, dropped = (Person().enrol().plan(track(), swim) for _ in range(2))
    for person in (kept, dropped):
        person.tick_to(13)
        assert asked(person) == []
        person.tick_to(20)
        assert asked(person) == ["tryout"]
        with pytest.raises(Refused) as refused:
            reply(person, 20, tryout="keep")
        assert refused.value.code == "answered_in_the_plan"
    kept.plan(track(), swim.model_copy(update={"tryout_until": None}), day=21)
    dropped.plan(track(), day=21)
    for person, answer in ((kept, "keep"), (dropped, "drop")):
        assert closed(person) == [("tryout", "answered")]
        assert json.loads(diary(person)[0]["answers"]) == {"tryout": answer}


def test_the_end_of_a_plan_closes_what_is_open() -> None:
    person = in_a_flare(3)
    person.end_plan(4)
    assert closed(person) == [("settling", "needless")]
    assert [entry["open"] for entry in diary(person)] == [0]


def test_what_is_closed_or_stopped_takes_no_answer() -> None:
    person = suspected()
    reply(person, 2, worse="no", hard="no", limits="no")
    with pytest.raises(Refused) as refused:
        reply(person, 2, worse="no", hard="no", limits="no")
    assert (refused.value.status, refused.value.code) == (409, "question_closed")

    stopped = suspected()
    suspend(stopped, 2, "20:00")
    with pytest.raises(Refused) as refused:
        reply(stopped, 2, worse="yes", hard="yes", limits="yes")
    assert refused.value.status == 409


@pytest.mark.parametrize("parts", [{"worse": "yes"}, {"worse": "yes", "hard": "no", "limits": "same"}])
def test_all_parts_are_answered_and_with_what_may_be_answered(parts: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        reply(suspected(), 2, **parts)
    assert (refused.value.status, refused.value.code) == (422, "not_an_answer")


def test_an_event_of_a_question_holds_no_number_and_no_answer() -> None:
    person = Person().enrol().plan(usual_pain=None)
    person.log(1, 600, pain=8, pain_before=None)
    reply(person, 1, usual="yes")
    told = [*person.told(QuestionAskedV1), *person.told(QuestionClosedV1)]
    fields = {name for event in told for name in event.model_dump()}
    assert fields == {"question_id", "kind", "track_id", "asked_at", "until", "reason"}


@pytest.mark.article("P6.6", "P1.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_and_answer_has_words_that_blame_nobody(language: str) -> None:
    said = words(language)
    expected = {f"{kind}.{part}" for kind, parts in ANSWERS.items() for part in parts}
    expected |= {f"answer.{answer}" for parts in ANSWERS.values() for choices in parts.values() for answer in choices}
    assert said.entries.keys() == expected | {"leave"}
    for key, text in said.entries.items():
        assert {name for _, name, _, _ in Formatter().parse(text) if name} == (
            {"pain"} if key == "usual_pain.usual" else set()
        )
        assert text.strip() == text
        assert len(text) <= 160
        assert [word for word in BLAMING[language] if word in text.lower()] == []
        assert bool(re.search(r"[\u0600-\u06ff]", text)) == (language == "ar")
    for kind, parts in ANSWERS.items():
        assert all("{" not in said.ask(kind, part, 6) for part in parts)
    assert "eviewed" in json.loads((FOLDER / f"{language}.json").read_text("utf-8"))[NOTE]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_word_was_left_in_english(language: str) -> None:
    same = {key for key, text in words(language).entries.items() if text == words("en").entries[key]}
    assert same <= {"answer.no"}


@pytest.mark.article("P4.2")
def test_the_questions_are_plain() -> None:
    hard = {key: grade(text) for key, text in words("en").entries.items() if "." in text or "?" in text}
    assert {key: level for key, level in hard.items() if level > 6.0} == {}
