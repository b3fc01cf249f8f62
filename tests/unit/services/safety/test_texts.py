"""Everything that people are told after an answer is there in every language, calm, and names whom to reach."""

import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import services.safety.texts
from services.safety.domain.levels import LEVELS, Level
from services.safety.texts import speech
from services.safety.views import answered
from shared.clinics import LANGUAGES, Clinic
from shared.red_flags import SIGNS
from tests.support.reading_level import grade

FOLDER = Path(services.safety.texts.__file__).parent
TEXTS: dict[str, dict[str, str]] = {
    language: json.loads((FOLDER / f"{language}.json").read_text("utf-8")) for language in LANGUAGES
}
CLINIC = Clinic.model_validate(
    {
        "name": "Northside",
        "country": "US",
        "emergency_number": "911",
        "crisis_line": "988",
        "phone": "+1 555 0100",
        "hours": {"en": "Mon–Fri 8–17", "es": "lun–vie 8–17", "ar": "الإثنين–الجمعة"},
        "messages_read": False,
    }
)
FORBIDDEN = re.compile(
    r"harmless|nothing serious|probably|you have an? (?!right)|diagnos|normal|don't worry|relax", re.I
)
"""No diagnosis, and nothing is called harmless (domain/safety.md 9.3 no. 1)."""


def test_every_sign_has_a_title_and_a_text() -> None:
    assert {f"{sign}.{part}" for sign in (*SIGNS, "none") for part in ("title", "text")} <= TEXTS["en"].keys()


@pytest.mark.article("P6.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_and_names_the_same_things_in_it(language: str) -> None:
    def named(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert TEXTS[language].keys() == TEXTS["en"].keys()
    assert {key for key, text in TEXTS[language].items() if named(text) != named(TEXTS["en"][key])} == set()
    assert all(text.strip() for text in TEXTS[language].values())


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_text_is_the_english_one(language: str) -> None:
    assert {key for key, text in TEXTS[language].items() if text == TEXTS["en"][key]} == set()


@pytest.mark.article("P2.6", "P4.2")
@pytest.mark.parametrize("key", sorted(TEXTS["en"].keys() - {"suspended.clinician", "stopped.clinician"}))
def test_an_english_text_is_plain_and_neither_names_an_illness_nor_calls_anything_harmless(key: str) -> None:
    text = TEXTS["en"][key]
    assert not FORBIDDEN.search(text)
    assert "!" not in text
    if key.partition(".")[2] != "title" and not key.startswith("unknown."):
        assert grade(speech(CLINIC, "en").say(key, why="for your health").replace("+1 555 0100", "")) <= 6.0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sign", [sign for sign, level in LEVELS.items() if level == "emergency"])
def test_an_emergency_names_the_emergency_number_or_the_crisis_line(sign: str, language: str) -> None:
    assert "{emergency}" in TEXTS[language][f"{sign}.text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_self_harm_is_shown_the_crisis_line_and_not_to_stay_alone(language: str) -> None:
    assert "{crisis}" in TEXTS[language]["self_harm.text"]
    assert "988" in speech(CLINIC, language).say("self_harm.text")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clinic", [CLINIC, None], ids=["a clinic", "no clinic"])
@pytest.mark.parametrize("sign", [*SIGNS, None])
def test_an_answer_is_whole_whoever_answers_for_the_tenant(sign: str | None, clinic: Any, language: str) -> None:
    signs: tuple[str, ...] = (sign,) if sign else ()
    level: Level | None = LEVELS[sign] if sign else None
    told = answered("f1", signs, level, speech(clinic, language), clinic, "not_recorded", suspended=None)
    words = [told.instruction.title, told.instruction.text, told.contact, told.messages, told.not_recorded]
    assert all(word and "{" not in word and "None" not in word for word in words)
    assert (told.language, told.level, told.emergency_number) == (language, level, "911" if clinic else None)
    assert (told.stop is None) == (sign is None)
    assert (told.human is None) == (clinic is None)
    assert (told.crisis_line == "988") == (sign == "self_harm" and clinic is not None)


def test_numbers_keep_their_order_within_arabic() -> None:
    assert "\u2066+1 555 0100\u2069" in speech(CLINIC, "ar").say("contact")


@pytest.mark.article("P8.1")
def test_whether_messages_are_read_is_said_plainly() -> None:
    read = CLINIC.model_copy(update={"messages_read": True})
    assert answered("f", (), None, speech(CLINIC, "en"), CLINIC, "stored", suspended=False).messages == (
        "No one reads what you write here. Please phone. In danger, call 911."
    )
    assert "Mon–Fri 8–17" in answered("f", (), None, speech(read, "en"), read, "stored", suspended=False).messages
