"""The words in which a person reads of their days; every number in the form in which the language counts."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.numbers import format_decimal
from babel.units import format_unit

from shared.clinics import language_of

NOTE: Final = "_note"
"""Beside the texts: who has read them."""

_METRES: Final = {"km": (1000.0, "length-kilometer"), "mi": (1609.344, "length-mile")}

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
        """An amount of the base unit (s, repetitions, m) in the unit that the track is shown in."""
        if unit == "reps":
            return self.say("reps", n=value)
        if unit in _METRES:
            metres, name = _METRES[unit]
            return self._unit(round(value / metres, 2), name)
        if unit != "min":
            return self._unit(value, "duration-second" if unit == "s" else "length-meter")
        hours, minutes, seconds = value // 3600, value % 3600 // 60, value % 60
        parts = [
            (hours, "duration-hour"),
            (minutes, "duration-minute"),
            (seconds if not hours else 0, "duration-second"),
        ]
        return " ".join(self._unit(n, name) for n, name in parts if n) or self._unit(0, "duration-minute")

    def _unit(self, number: float, name: str) -> str:
        return format_unit(number, name, "long", locale=self._locale)


@lru_cache(maxsize=8)
def _of_language(language: str) -> Words:
    return Words(language, json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8")))


def words(locale: str | None) -> Words:
    """The words in the language of a locale such as `es-MX`, else in English."""
    return _of_language(language_of(locale))
