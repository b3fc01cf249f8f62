"""The words of the questions that a person is asked, and of the answers that they may give."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.numbers import format_decimal

from shared.clinics import language_of

NOTE: Final = "_note"
"""Beside the texts: who has read them."""


class Words:
    """The texts of one language."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self.entries = {key: text for key, text in entries.items() if key != NOTE}
        self._locale = Locale.parse(language)

    def ask(self, kind: str, part: str, pain: int | None = None) -> str:
        """One part of a question, with the pain score (0-10) that it is about; `KeyError` for what is not there."""
        told = "" if pain is None else format_decimal(pain, locale=self._locale)
        return self.entries[f"{kind}.{part}"].format(pain=told)

    def answer(self, answer: str) -> str:
        """What an answer is called."""
        return self.entries[f"answer.{answer}"]

    @property
    def leave(self) -> str:
        """That a question may be left open."""
        return self.entries["leave"]


@lru_cache(maxsize=8)
def _of_language(language: str) -> Words:
    return Words(language, json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8")))


def words(locale: str | None) -> Words:
    """The words in the language of a locale such as `es-MX`, else in English."""
    return _of_language(language_of(locale))
