"""The words of messages for the rules page, in every language that they are sent in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.docgen.markdown import table
from services.reminders import texts as message_texts
from shared.clinics import LANGUAGES

NOTE: Final = "_note"
"""What a file says about who reviewed it."""

_TEXTS: Final = Path(message_texts.__file__).parent


def section() -> tuple[str, ...]:
    """The explanations of decisions in the other languages, and every other word of a message in all of them."""
    words = {language: _words(language) for language in LANGUAGES}
    others = [language for language in LANGUAGES if language != "en"]
    keys = [key for key in words["en"] if key != NOTE]
    return (
        "### The same in other languages",
        table(["key", *others], [_row(key, others, words) for key in keys if key.startswith("rule.")]),
        "### Other words of messages",
        table(["language", "reviewed"], [(language, words[language].get(NOTE, "")) for language in LANGUAGES]),
        table(["key", *LANGUAGES], [_row(key, LANGUAGES, words) for key in keys if not key.startswith("rule.")]),
    )


def _row(key: str, languages: tuple[str, ...] | list[str], words: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [f"`{key}`", *(words[language].get(key, "") for language in languages)]


def _words(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((_TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return found
