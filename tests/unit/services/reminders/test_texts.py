"""Words in the person's language: the same in every language, amounts and moments, and no word that blames."""

import json
import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Final

import pytest
from babel import Locale

import services.reminders.texts
from deploy.docgen.wording import to_the_person
from services.reminders.messages import AMOUNTS
from services.reminders.texts import NOTE, RIGHT_TO_LEFT, catalogue
from shared.clinics import LANGUAGES
from shared.red_flags import SIGNS

EN = catalogue("en")
AR = catalogue("ar")
PLURALS: Final = "amount.reps."
FOLDER: Final = Path(services.reminders.texts.__file__).parent

SAME_AS_ENGLISH: Final = frozenset[str]()
"""Keys whose words happen to be the English ones in another language."""

BLAMING: Final = {language: to_the_person(language) for language in LANGUAGES}
"""Words of blame, threat, counting and promise (article P1.6; safety 9.3 no. 1), as they would be written."""


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def shared_keys(language: str) -> set[str]:
    return {key for key in catalogue(language).keys if not key.startswith(PLURALS)}


def plurals(language: str) -> set[str]:
    return {key.removeprefix(PLURALS) for key in catalogue(language).keys if key.startswith(PLURALS)}


@pytest.mark.article("P6.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language_with_the_same_numbers(language: str) -> None:
    texts = catalogue(language).texts
    assert shared_keys(language) == shared_keys("en")
    assert {key for key in shared_keys("en") if names(texts.get(key, "")) != names(EN.texts[key])} == set()
    assert {text for text in texts.values() if not text.strip() or text != text.strip()} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_repetitions_are_counted_in_every_form_of_the_language(language: str) -> None:
    assert plurals(language) == {*Locale.parse(language).plural_form.tags, "other"}
    assert names(catalogue(language).texts[f"{PLURALS}other"]) == {"n"}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_text_was_left_in_english(language: str) -> None:
    texts = catalogue(language).texts
    assert {key for key in shared_keys("en") if texts.get(key) == EN.texts[key]} == SAME_AS_ENGLISH


def test_arabic_is_written_in_arabic_and_nothing_else_is() -> None:
    arabic = re.compile(r"[\u0600-\u06ff]")
    assert {key for key, text in AR.texts.items() if not arabic.search(text)} == set()
    for language in ("en", "es"):
        assert not arabic.search("".join(catalogue(language).texts.values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_beside_its_texts_who_reviewed_them(language: str) -> None:
    whole = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    assert "eviewed" in whole[NOTE]
    assert NOTE not in catalogue(language).keys


@pytest.mark.article("P1.6", "P2.6", "P9.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_blames_threatens_counts_or_promises(language: str) -> None:
    wrong = {
        f"{key}: {word}"
        for key, text in catalogue(language).texts.items()
        for word in BLAMING[language]
        if word in text.lower()
    }
    assert wrong == set()
    assert {key for key, text in catalogue(language).texts.items() if len(text) > 240} == set()


def test_every_sign_and_level_has_words_of_its_own() -> None:
    signs = {f"safety.sign.{sign}" for sign in SIGNS}
    assert {key for key in EN.keys if key.startswith("safety.sign.")} == signs
    assert {f"safety.level.{level}" for level in ("emergency", "urgent", "review", "lock")} <= EN.keys


@pytest.mark.parametrize(
    ("amount", "marker", "unit", "words"),
    [
        (600, "duration_s", "min", "10 minutes"),
        (630, "duration_s", "min", "10 minutes 30 seconds"),
        (45, "duration_s", "min", "45 seconds"),
        (90, "duration_s", "s", "90 seconds"),
        (1, "reps", "reps", "1 repetition"),
        (1200, "reps", "reps", "1,200 repetitions"),
        (500, "distance_m", "m", "500 meters"),
        (1500, "distance_m", "km", "1.5 kilometers"),
        (1609, "distance_m", "mi", "1 mile"),
    ],
)
def test_an_amount_is_told_in_the_tracks_unit(amount: int, marker: str, unit: str, words: str) -> None:
    assert EN.amount(amount, marker, unit) == words


@pytest.mark.parametrize(
    ("locale", "amount", "marker", "unit", "words"),
    [
        ("es-MX", 600, "duration_s", "min", "10 minutos"),
        ("es", 1500, "distance_m", "km", "1,5 kilómetros"),
        ("es", 1, "reps", "reps", "1 repetición"),
        ("es", 12, "reps", "reps", "12 repeticiones"),
        ("ar", 120, "duration_s", "min", "دقيقتان"),
        ("ar", 480, "duration_s", "min", "8 دقائق"),
        ("ar-EG", 1500, "distance_m", "km", "1.5 كيلومتر"),
        ("ar", 2, "reps", "reps", "تكراران"),
        ("ar", 5, "reps", "reps", "5 تكرارات"),
        ("ar", 20, "reps", "reps", "20 تكرارًا"),
    ],
)
def test_an_amount_is_told_in_the_persons_language(
    locale: str, amount: int, marker: str, unit: str, words: str
) -> None:
    assert catalogue(locale).amount(amount, marker, unit) == words


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "You can answer until Wednesday 2 April, 13:30."),
        ("es", "Puede responder hasta el miércoles 2 de abril, 13:30."),
        ("ar", "يمكنك أن تجيب حتى الأربعاء 2 أبريل، 13:30."),
    ],
)
def test_a_moment_is_told_in_the_persons_zone_and_language(locale: str, words: str) -> None:
    until = {"until": {"moment": "2025-04-02T08:00:00+00:00"}}
    assert catalogue(locale).text("proposal.until", until, "Asia/Kolkata") == words


@pytest.mark.parametrize(("locale", "day"), [("en", "Wednesday 2 April"), ("es", "miércoles 2 de abril")])
def test_a_day_is_told_in_the_persons_language(locale: str, day: str) -> None:
    dose = {"amount": 480, "marker": "duration_s", "unit": "min"}
    told = catalogue(locale).text("rule.R10d", {"dose": dose, "date": date(2025, 4, 2).isoformat()}, "UTC")
    assert told is not None
    assert day in told


def test_a_decision_is_told_with_its_amount_in_every_language() -> None:
    dose = {"dose": {"amount": 480, "marker": "duration_s", "unit": "min"}}
    told = [catalogue(language).text("rule.R7a", dose, "UTC") for language in LANGUAGES]
    assert told == [
        "Welcome back. Start with 8 minutes, then back to your usual.",
        "Nos alegra que vuelva. Empiece con 8 minutos y después vuelva a lo habitual.",
        "أهلًا بعودتك. ابدأ بـ 8 دقائق، ثم عد إلى المعتاد.",
    ]


def test_what_cannot_be_said_is_left_out() -> None:
    lines = [{"key": "rule.R8c", "params": {}}, {"key": "no.such", "params": {}}, {"key": "cue.answer.1", "params": {}}]
    assert EN.lines(lines, {}, "UTC") == ["Answer with: done, later, not today, or I need help."]


@pytest.mark.article("P5.4")
def test_the_persons_words_are_put_in_as_they_are() -> None:
    words = {"situation": "breakfast is done {dose}", "action": "walk"}
    assert EN.lines([{"key": "cue.own_words", "params": {}}], words, "UTC") == [
        "If breakfast is done {dose}, then I will walk."
    ]


def test_what_is_put_into_arabic_keeps_its_own_direction() -> None:
    told = AR.text("safety.level.urgent", {"clinic": "Harbour", "phone": "+1 555 0100"}, "UTC")
    assert told is not None
    assert "\u2066+1 555 0100\u2069" in told
    assert "\u2068Harbour\u2069" in told


def test_a_page_in_arabic_runs_from_the_right_and_in_english_from_the_left() -> None:
    assert AR.page(["أهلًا", "", "8"]) == f"{RIGHT_TO_LEFT}أهلًا\n\n{RIGHT_TO_LEFT}8\n"
    assert EN.page(["Hello", "", "8"]) == "Hello\n\n8\n"


def test_a_language_without_texts_is_told_in_english() -> None:
    assert catalogue("xx-YY").language == "en"


def test_an_unknown_activity_has_a_neutral_name() -> None:
    assert EN.text("cue.track.1", {"activity": "curling"}, "UTC") == "A good moment for your activity."


def test_amounts_in_decisions_are_known_by_name() -> None:
    assert {"dose", "old"} <= AMOUNTS
