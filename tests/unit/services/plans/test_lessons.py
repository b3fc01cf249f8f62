"""Lessons are short, plain and whole in every language, and the one for a person is for them (P2.1, P4.1, P4.2, H1)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

import services.plans.texts.lessons
from services.plans.domain.aims import LifeArea
from services.plans.domain.intake import Motive
from services.plans.domain.lessons import (
    BY_ID,
    FIRST,
    FOR_ANY_TRACK,
    LESSONS,
    RECOMMENDED_MAX,
    Lesson,
    Tag,
    dialogue_for,
    for_track,
    recommended,
    suits,
)
from services.plans.texts.lessons import NOTE, TERM, words
from shared.clinics import LANGUAGES
from shared.contracts.session_logging import JournalRecordedV1
from tests.support.reading_level import grade

FOLDER = Path(services.plans.texts.lessons.__file__).parent
WORDS_AT_MOST = 150
YEARS_OF_SCHOOL = 6.0
OTHERS = [language for language in LANGUAGES if language != "en"]
PARTS = {"lesson": ("title", "text"), "dialogue": ("title", "question", "answer", "next")}


def said(lesson: Lesson, language: str) -> list[str]:
    return [words(language)[f"{lesson.lesson_id}.{part}"] for part in PARTS[lesson.kind]]


def too_long(texts: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many words each has that has more than it may."""
    counts = {id: sum(len(text.split()) for text in parts) for id, parts in texts.items()}
    return {id: count for id, count in counts.items() if count > WORDS_AT_MOST}


def too_hard(texts: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """How many years of school each asks for that asks for more than it may; a title ends as a sentence does."""
    asked = {
        id: grade(" ".join(text if text[-1] in ".?" else f"{text}." for text in parts)) for id, parts in texts.items()
    }
    return {id: years for id, years in asked.items() if years > YEARS_OF_SCHOOL}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_those_of_the_lessons_and_of_what_they_explain(language: str) -> None:
    parts = {f"{one.lesson_id}.{part}" for one in LESSONS for part in PARTS[one.kind]}
    terms = {f"{TERM}{term}{end}" for one in LESSONS for term in one.terms for end in ("", ".means")}
    assert words(language).keys() == parts | terms
    assert all(text.strip() == text != "" for text in words(language).values())


@pytest.mark.article("P6.6")
@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english_and_the_file_says_that_nobody_reviewed_it(language: str) -> None:
    assert {key for key, text in words(language).items() if text == words("en")[key]} == set()
    note: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    assert "reviewed by no clinician and no native reader" in note[NOTE]


@pytest.mark.article("P4.1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_has_at_most_150_words(language: str) -> None:
    assert too_long({one.lesson_id: said(one, language) for one in LESSONS}) == {}


@pytest.mark.article("P4.2")
def test_a_lesson_and_what_it_explains_ask_for_at_most_six_years_of_school() -> None:
    assert too_hard({one.lesson_id: said(one, "en") for one in LESSONS}) == {}
    assert too_hard({key: [text] for key, text in words().items() if key.endswith(".means")}) == {}


def test_a_lesson_that_is_too_long_or_too_hard_is_found() -> None:
    long = ["A title", "word " * (WORDS_AT_MOST - 1)]
    hard = [
        "Neuroplasticity",
        "Comprehensive multidisciplinary rehabilitation necessitates individualised progression.",
    ]

    assert too_long({"long": long, "hard": hard}) == {"long": WORDS_AT_MOST + 1}
    assert too_hard({"long": long[:1], "hard": hard}).keys() == {"hard"}


@pytest.mark.article("P4.2")
def test_a_word_that_is_explained_is_explained_with_every_lesson_that_says_it() -> None:
    for lesson in LESSONS:
        text = " ".join(said(lesson, "en")).lower()
        uses = {key.removeprefix(TERM) for key in words() if key.startswith(TERM) and not key.endswith(".means")}
        found = {term for term in uses if words()[f"{TERM}{term}"].lower() in text}
        assert found == set(lesson.terms), lesson.lesson_id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dialogue_begins_and_ends_with_a_question(language: str) -> None:
    dialogues = [one for one in LESSONS if one.kind == "dialogue"]
    marks = ("?", "؟")
    assert len(dialogues) >= 6
    for one in dialogues:
        _, question, _, last = said(one, language)
        assert question.endswith(marks), one.lesson_id
        assert last.endswith(marks), one.lesson_id
        assert one.tags


def test_lessons_speak_to_every_life_area_motive_and_tag_of_a_journal() -> None:
    assert {area for one in LESSONS for area in one.areas} == {*get_args(LifeArea), *get_args(Motive)}
    assert get_args(Tag) == get_args(get_args(JournalRecordedV1.model_fields["tags"].annotation)[0])
    assert {tag for one in LESSONS for tag in one.tags} == set(get_args(Tag))
    assert len(BY_ID) == len(LESSONS)
    assert {FIRST, FOR_ANY_TRACK, "limits"} <= BY_ID.keys()


@pytest.mark.article("P9.2")
@pytest.mark.parametrize(
    "words_told",
    ["one to three days after", "muscles that worked", "usual pain area", "two to seven days", "hard to put up with"],
)
def test_the_first_lesson_tells_the_signs_of_a_flare_from_soreness(words_told: str) -> None:
    text = words()[f"{FIRST}.text"]
    assert words_told in text
    assert text.index("stop".capitalize()) < text.index("warning signs") < text.index("call for help")


@pytest.mark.article("P2.1")
@pytest.mark.parametrize(
    ("family", "lesson"), [("walking", "walking"), ("swimming", "wheels_and_water"), ("curling", FOR_ANY_TRACK)]
)
@pytest.mark.parametrize("pem", ["yes", "no", "unknown", None])
def test_a_track_begins_with_a_lesson_about_its_activity(family: str, lesson: str, pem: str | None) -> None:
    assert for_track(family, (), pem).lesson_id == lesson


@pytest.mark.article("H1")
def test_what_is_recommended_speaks_to_the_persons_goals_and_is_new_to_them() -> None:
    found = [one.lesson_id for one in recommended({"work"}, {"mobility"}, "no")]
    assert found == ["energy", "at_work"]
    assert all("work" in BY_ID[id].areas for id in found)
    assert next(one.lesson_id for one in recommended({"family", "social"}, (), "no")) == "for_others"
    assert recommended((), (), "no") == ()
    assert len(recommended(get_args(LifeArea), (), "no")) == RECOMMENDED_MAX


@pytest.mark.parametrize("pem", ["yes", "unknown", None])
def test_nothing_that_leads_to_more_is_for_somebody_who_may_have_me_cfs(pem: str | None) -> None:
    given = {one.lesson_id for area in get_args(LifeArea) + get_args(Motive) for one in recommended({area}, (), pem)}
    assert "limits" in given
    assert not any(BY_ID[id].more for id in given)
    for tag in get_args(Tag):
        assert (one := dialogue_for([tag], (), pem)) is not None
        assert not one.more
    assert not suits(BY_ID["limits"], "no")


def test_the_dialogues_of_a_tag_follow_each_other_until_all_are_known() -> None:
    known: list[str] = []
    while (one := dialogue_for(["easy"], known, "no")) is not None:
        known.append(one.lesson_id)
    assert known == ["good_day", "pain_for_gain"]
    assert dialogue_for([], (), "no") is None
