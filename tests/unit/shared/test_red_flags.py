"""The red-flag list is whole in every language, and easy to read."""

import json
from pathlib import Path

import pytest

import shared.red_flags
from shared.clinics import LANGUAGES
from shared.red_flags import SIGNS, questions
from tests.support.reading_level import grade

FOLDER = Path(shared.red_flags.__file__).parent


@pytest.mark.article("P6.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_asks_for_every_sign_and_nothing_else(language: str) -> None:
    texts = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))

    assert tuple(texts) == SIGNS
    assert all(len(text.strip()) > 20 and text.rstrip()[-1] in ".?؟" for text in texts.values())


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_text_is_the_english_one(language: str) -> None:
    english = {question.code: question.text for question in questions("en")}

    assert [question.code for question in questions(language) if question.text == english[question.code]] == []


def test_the_signs_are_those_of_the_table_in_its_order() -> None:
    """domain/safety.md 9.1 no. 1-13 and 15; a score (no. 14) is not asked as yes or no."""
    assert len(SIGNS) == len(set(SIGNS)) == 14
    assert (SIGNS[0], SIGNS[4], SIGNS[11], SIGNS[-1]) == ("chest", "self_harm", "crash", "medication")


@pytest.mark.parametrize("locale", [None, "xx", "en-GB"])
def test_a_language_without_texts_is_asked_in_english(locale: str | None) -> None:
    assert questions(locale) == questions("en")


def test_a_regional_locale_is_asked_in_its_language() -> None:
    assert questions("es-MX") == questions("es") != questions("en")


@pytest.mark.article("P4.2")
@pytest.mark.parametrize("question", questions("en"), ids=lambda question: question.code)
def test_an_english_question_needs_no_more_than_six_years_of_school(question: shared.red_flags.Question) -> None:
    assert grade(question.text) <= 6.0
