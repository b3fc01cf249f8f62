"""The words in which a person reads of their days; every number in the form in which the language counts."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.numbers import format_decimal
from babel.units import format_unit

from services.progression.texts import amount_in
from shared.clinics import language_of

NOTE: Final = "_note"
"""Beside the texts: who has read them."""

_HOUR: Final = 3600

Entry = str | Mapping[str, str]


class Words:
    """The texts of one language; an entry is one text, or one for each form in which the language counts `n`."""

    def __init__(self, language: str, entries: Mapping[str, Entry]) -> None:
        self.language = language
        self.entries = {key: entry for key, entry in entries.items() if key != NOTE}
        self._locale = Locale.parse(language)

    def say(self, key: str, **values: int | str) -> str:
        """The text of a key with its numbers as the language writes them; `KeyError` for what is not there."""
        entry = self.entries[key]
        form = self._locale.plural_form(int(values["n"])) if "n" in values else "other"
        text = entry if isinstance(entry, str) else entry[form]
        return text.format(
            **{
                name: format_decimal(value, locale=self._locale) if isinstance(value, int) else value
                for name, value in values.items()
            }
        )

    def amount(self, value: int, unit: str) -> str:
        """An amount as decisions tell it, and many minutes as hours: a total of weeks is read here."""
        if unit != "min" or value < _HOUR:
            return amount_in(value, unit, self.language)
        hours, rest = value // _HOUR, value % _HOUR // 60 * 60
        whole = (
            f"{hours} h" if self.language == "en" else format_unit(hours, "duration-hour", "long", locale=self._locale)
        )
        return f"{whole} {amount_in(rest, unit, self.language)}" if rest else whole


@lru_cache(maxsize=8)
def _of_language(language: str) -> Words:
    return Words(language, json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8")))


def words(locale: str | None) -> Words:
    """The words in the language of a locale such as `es-MX`, else in English."""
    return _of_language(language_of(locale))
