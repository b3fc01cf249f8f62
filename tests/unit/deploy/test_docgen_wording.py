"""No text of any service blames, threatens or promises what nobody can: one lint over all of them (article P1.6)."""

import pytest

from deploy.docgen import wording
from deploy.docgen.texts import Texts, sources
from shared.clinics import LANGUAGES

FOLDER = "services/plans/texts/lessons"


def saying(text: str, language: str = "en", key: str = "a.text") -> tuple[Texts]:
    return (Texts(FOLDER, {language: {key: text}}),)


EVERY_WORD = [(language, word) for language in LANGUAGES for word in wording.to_the_person(language)]


@pytest.mark.article("P1.6", "P2.6")
def test_no_text_of_any_service_has_a_banned_word() -> None:
    assert wording.problems() == []


@pytest.mark.article("P1.6")
@pytest.mark.parametrize("word", ["failed", "must", "missed again", "non-compliant"])
def test_what_the_article_bans_is_banned_in_every_text_also_for_clinicians(word: str) -> None:
    for key in ("rule.R1.patient", "rule.R1.clinician"):
        assert wording.problems(saying(f"You {word}.", key=key)) != []


@pytest.mark.article("P2.6")
@pytest.mark.parametrize(
    ("language", "text"), [("en", "This is harmless."), ("es", "Es inofensivo."), ("ar", "هذا آمن.")]
)
def test_nothing_is_called_harmless_to_a_person(language: str, text: str) -> None:
    assert wording.problems(saying(text, language)) != []
    assert wording.problems(saying(text, language, "rule.R1.clinician")) == []


@pytest.mark.parametrize(("language", "word"), EVERY_WORD)
def test_every_banned_word_is_found(language: str, word: str) -> None:
    found = wording.problems(saying(f"Xx {word.upper()} xx", language))

    assert f"{FOLDER}: 'a.text' in {language} says {word!r}" in found


def test_a_text_is_named_with_its_folder_key_language_and_word() -> None:
    assert wording.problems(saying("You failed.")) == [f"{FOLDER}: 'a.text' in en says 'fail'"]
    assert wording.problems(saying("Less is fine.")) == []


def test_who_reads_the_texts_is_told_in_a_note_that_may_say_anything() -> None:
    assert wording.problems(saying("This must be read by a clinician.", key="_note")) == []


def test_every_exception_says_why_and_is_still_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(why for why in wording.exceptions().values())
    folders = {one.folder for one in sources()}
    assert {folder for folder, _ in wording.exceptions()} <= folders

    more = {**wording.exceptions(), (FOLDER, "setbacks.text"): "none"}
    monkeypatch.setattr(wording, "exceptions", lambda: more)
    assert wording.problems() == [f"banned.toml allows {FOLDER} 'setbacks.text', which needs it no more"]


def test_each_language_has_words_for_both() -> None:
    for language in LANGUAGES:
        assert len(wording.to_anybody(language)) >= 8
        assert len(set(wording.to_the_person(language))) == len(wording.to_the_person(language))
