"""The words of community: in every language, about effort and nothing else, with room for nobody's own."""

import json
from string import Formatter
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from services.community.domain.model import TEMPLATES
from services.community.texts import _FOLDER, DIRECTION, pseudonym_words, texts
from shared.clinics import LANGUAGES
from shared.contracts.fields import Code

NEVER: Final = {
    "en": ("pain", "hurt", "ache", "dose", "medic", "pill", "drug", "diagnos", "condition", "flare", "adheren", "%",
           "percent", "score", "better than", "level", "record", "streak", "miss", "fail", "weight"),
    "es": ("dolor", "duele", "dosis", "medic", "pastilla", "diagn", "enfermedad", "brote", "crisis", "adheren", "%",
           "ciento", "puntuación", "mejor que", "récord", "racha", "fall", "peso"),
    "ar": ("ألم", "آلام", "وجع", "جرعة", "دواء", "أدوية", "تشخيص", "مرض", "نوبة", "التزام", "%", "نسبة", "درجة",
           "أفضل من", "وزن", "فشل"),
}  # fmt: skip
"""What no text of a group says (article P5.1; community 6.2 Never shareable): pain, dose, diagnosis, medication,
flare, adherence, nor any comparison."""


def forbidden(text: str, language: str) -> list[str]:
    """The words in a text that may not be there."""
    return [word for word in NEVER[language] if word in text.lower()]


@pytest.mark.article("P5.1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_speaks_of_anything_but_effort(language: str) -> None:
    assert {key: found for key, text in texts(language).items() if (found := forbidden(text, language))} == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [("My pain went down.", "en"), ("Ya no me duele.", "es"), ("خفّ ألم ظهري", "ar"), ("100 % of my plan", "en")],
)
def test_a_text_that_speaks_of_it_is_found(text: str, language: str) -> None:
    assert forbidden(text, language)


@pytest.mark.article("P6.6")
def test_every_language_has_the_same_texts_and_none_has_room_for_more_words() -> None:
    assert {language: texts(language).keys() for language in LANGUAGES} == {
        language: texts("en").keys() for language in LANGUAGES
    }
    for language in LANGUAGES:
        for key, text in texts(language).items():
            assert [name for _, name, _, _ in Formatter().parse(text) if name is not None] == [], key
            assert not any(sign.isdigit() for sign in text), key
    assert set(DIRECTION) == set(LANGUAGES)


def test_every_template_has_words_and_every_kind_three_templates() -> None:
    written = {key.removeprefix("post.") for key in texts("en") if key.startswith("post.")}
    assert written == {template for templates in TEMPLATES.values() for template in templates}
    assert {len(templates) for templates in TEMPLATES.values()} == {3}
    for template in written:
        TypeAdapter(Code).validate_python(template)
        assert len({texts(language)[f"post.{template}"] for language in LANGUAGES}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_pseudonyms_are_made_of_many_neutral_words(language: str) -> None:
    words = pseudonym_words(language)
    assert len(set(words.first)) == len(words.first) >= 20
    assert len(set(words.second)) == len(words.second) >= 20
    assert not set(words.first) & set(words.second)
    assert all(word.isalpha() for word in (*words.first, *words.second))
    assert {name for _, name, _, _ in Formatter().parse(words.form) if name} == {"first", "second", "number"}


def test_the_files_hold_what_is_read_and_no_other_language() -> None:
    names = {file.stem for file in _FOLDER.glob("*.json")}
    assert names == {*LANGUAGES, "pseudonyms"}
    loaded: dict[str, Any] = json.loads((_FOLDER / "pseudonyms.json").read_text("utf-8"))
    assert set(loaded) == set(LANGUAGES)
