"""The words of a decision in every language: none is missing, none is English, and numbers are told as in CLDR."""

import json
import re
from pathlib import Path
from string import Formatter
from typing import Any, Final, get_args

import pytest
from babel import Locale

import services.progression.texts
import services.reminders.texts
from services.progression.domain.explain import REASONS as WHY_SET
from services.progression.domain.pausing import REASONS
from services.progression.texts import PATIENT_LIMIT, WORD, amount_in, counted, render, texts
from services.progression.texts.contact import UNNAMED, UNREAD
from services.reminders.texts import catalogue
from services.safety.requests import Reason as WhyStopped
from shared.clinics import LANGUAGES
from shared.contracts.safety import Level
from shared.contracts.session_logging import Stop
from shared.red_flags import SIGNS
from tests.support.reading_level import grade
from tests.unit.services.progression.test_texts import PARAMS
from tests.unit.services.reminders.test_texts import BLAMING

OTHERS: Final = [language for language in LANGUAGES if language != "en"]
AUDIENCES: Final = ("patient", "clinician")
FOLDER: Final = Path(services.progression.texts.__file__).parent
PLAIN: Final = 6.0


def file_of(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return found


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_for_both_readers_with_the_same_numbers(language: str) -> None:
    assert texts(language).keys() == texts().keys()
    for key, entry in texts().items():
        there = texts(language)[key]
        assert set(AUDIENCES) <= set(there) == set(entry) <= {*AUDIENCES, UNREAD, UNNAMED}, key
        for audience in entry:
            assert there[audience].strip() == there[audience] != "", (key, audience)
            assert names(there[audience]) == names(entry[audience]), (key, audience)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english(language: str) -> None:
    same = {
        (key, audience)
        for key, entry in texts().items()
        for audience in entry
        if texts(language)[key][audience] == entry[audience]
    }
    assert same == set()


@pytest.mark.parametrize("language", OTHERS)
def test_the_words_for_the_person_are_those_that_are_sent(language: str) -> None:
    sent = catalogue(language).texts
    assert {key for key, entry in texts(language).items() if entry["patient"] != sent[key]} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_told_with_every_number_and_says_no_word_of_blame(language: str) -> None:
    params: dict[str, int | str] = {**PARAMS, "reason": "holiday"}
    for key in texts():
        said = render(key, params, "patient", language)
        assert "{" not in said
        assert len(said) <= PATIENT_LIMIT + 60 * (language != "en"), key
        assert [word for word in BLAMING[language] if word in said.lower()] == [], key
        assert render(key, params, "clinician", language)


@pytest.mark.parametrize("language", OTHERS)
def test_repetitions_are_counted_in_every_form_of_the_language(language: str) -> None:
    assert set(counted(language)) == {*Locale.parse(language).plural_form.tags, "other"}


def test_each_of_the_six_arabic_forms_is_told() -> None:
    told = [amount_in(count, "reps", "ar") for count in (0, 1, 2, 3, 11, 100)]

    assert told == ["0 تكرار", "تكرار واحد", "تكراران", "3 تكرارات", "11 تكرارًا", "100 تكرار"]
    assert len(set(counted("ar"))) == 6


@pytest.mark.parametrize(
    ("language", "unit", "value", "said"),
    [
        ("es", "km", 1250, "1,25 kilómetros"),
        ("es", "min", 90, "1 minuto 30 segundos"),
        ("es", "min", 0, "0 minutos"),
        ("ar", "min", 180, "3 دقائق"),
        ("ar", "min", 120, "دقيقتان"),
        ("en", "km", 1250, "1.25 km"),
    ],
)
def test_amounts_are_written_as_the_language_writes_them(language: str, unit: str, value: int, said: str) -> None:
    assert amount_in(value, unit, language) == said


def test_a_day_is_told_in_the_language_of_the_locale_and_else_in_english() -> None:
    told: dict[str, int | str] = {"dose": 600, "unit": "min", "date": "2025-04-12"}

    assert "12 de abril" in render("rule.R10d", told, "patient", "es-MX")
    assert "12 أبريل" in render("rule.R10d", told, "patient", "ar")
    assert "12 April" in render("rule.R10d", told, "patient", "fr")


@pytest.mark.article("P4.2")
def test_the_english_words_for_the_person_ask_for_at_most_six_years_of_school() -> None:
    """Numbers and units are left out: they are no words. A name of an illness counts as one syllable."""
    hard = {}
    for key, entry in texts().items():
        for form in ("patient", UNREAD, UNNAMED):
            words = re.sub(r"\{\w+\}", "ten", entry.get(form, "")).replace("ME/CFS", "it").replace("emergency", "help")
            if words and (asked := grade(words)) > PLAIN:
                hard[key, form] = round(asked, 1)
    assert hard == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_says_that_nobody_reviewed_it(language: str) -> None:
    note = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))["_note"]
    assert "reviewed by no clinician" in note


CODES: Final = {
    "not given",
    "clinician",
    *REASONS,
    *WHY_SET,
    *get_args(WhyStopped),
    *get_args(Level),
    *get_args(Stop),
    *SIGNS,
}
"""Every code that the words of a decision can quote: why a session ended, why a plan rests or was stopped or set
aside, which sign was told and how grave it is."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_a_text_can_quote_has_a_word_in_every_language(language: str) -> None:
    words = {key.removeprefix(WORD): word for key, word in file_of(language).items() if key.startswith(WORD)}

    assert words.keys() == CODES
    assert {code for code, word in words.items() if "_" in word or word.strip() != word or not word} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_for_a_code_was_left_in_english(language: str) -> None:
    english = file_of("en")
    assert {key for key, word in file_of(language).items() if key.startswith(WORD) and word == english[key]} == set()


def test_a_code_among_the_numbers_is_told_in_words_of_the_language() -> None:
    """And a number with a part as Spanish writes it."""
    told = [render("rule.R1", PARAMS, "clinician", language) for language in LANGUAGES]

    assert [language for language, said in zip(LANGUAGES, told, strict=True) if "cauda_equina" in said] == []
    assert "cauda equina signs (emergency)" in told[LANGUAGES.index("en")]
    assert "señales de cauda equina (emergencia)" in told[LANGUAGES.index("es")]
    assert "6,5" in render("rule.R10h", PARAMS, "clinician", "es")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 11, 100])
def test_a_whole_text_counts_repetitions_in_every_form(language: str, count: int) -> None:
    said = render("rule.R10d", {**PARAMS, "dose": count, "unit": "reps"}, "patient", language)
    assert amount_in(count, "reps", language) in said
