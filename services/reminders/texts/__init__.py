"""The words that people read, as data per language, and how numbers are put into them."""

import json
import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from babel.units import format_unit

from shared.clinics import language_of
from shared.clock import zone

NOTE: Final = "_note"
"""Beside the texts: who has read them."""

_METRES_A_MILE: Final = 1609.344
_LONG: Final = {"m": "length-meter", "km": "length-kilometer", "mi": "length-mile"}
_DAYS: Final = {"en": "EEEE d MMMM", "es": "EEEE d 'de' MMMM", "ar": "EEEE d MMMM"}
_MOMENTS: Final = {"en": "EEEE d MMMM, HH:mm", "es": "EEEE d 'de' MMMM, HH:mm", "ar": "EEEE d MMMM، HH:mm"}
_FROM_LEFT: Final = frozenset({"phone", "emergency", "crisis", "time"})

RIGHT_TO_LEFT: Final = "\u200f"
"""Begins each line of a page in a language that is written from the right."""

_LEFT, _OWN, _END = "\u2066", "\u2068", "\u2069"
"""Isolates: what is put into a right-to-left text keeps its own direction, and a phone number its order."""


class Catalogue:
    """The texts of one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts = {key: text for key, text in texts.items() if key != NOTE}
        self.keys = frozenset(self.texts)
        self._locale = Locale.parse(language)
        self._from_right = self._locale.text_direction == "rtl"

    def text(self, key: str, params: Mapping[str, Any], tz: str) -> str | None:
        """The text of a key with its numbers in words; None when there is none, or a number for it is missing."""
        if key not in self.texts:
            return None
        template = self.texts[key]
        wanted = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        if not wanted <= params.keys():
            return None
        return template.format(**{name: self._told(name, params[name], tz) for name in wanted})

    def lines(self, lines: Sequence[Mapping[str, Any]], words: Mapping[str, str], tz: str) -> list[str]:
        """The lines of a message; `words` are the person's own, opened, and what is known of their clinic.

        What cannot be said is said by the key `or`, where a line has one, or left out.
        """
        told = (
            self.text(line["key"] if line["key"] in self.keys else line.get("or", ""), {**line["params"], **words}, tz)
            for line in lines
        )
        return [line for line in told if line is not None]

    def message(
        self, lines: Sequence[Mapping[str, Any]], words: Mapping[str, str], tz: str, closing: str
    ) -> tuple[list[str], str]:
        """The lines of a message and the one that ends it, which names a human of the clinic."""
        return self.lines(lines, words, tz), self.text(closing, words, tz) or ""

    def page(self, lines: Sequence[str]) -> str:
        """Lines as a file of text, each in the language's direction."""
        mark = RIGHT_TO_LEFT if self._from_right else ""
        return "".join(f"{mark}{line}\n" if line else "\n" for line in lines)

    def amount(self, amount: int, marker: str, unit: str) -> str:
        """An amount of the marker's base unit (s, repetitions, m) in words, in the unit that the track is shown in."""
        if marker == "reps":
            form = self._locale.plural_form(amount)
            key = f"amount.reps.{form}" if f"amount.reps.{form}" in self.keys else "amount.reps.other"
            return self.texts[key].format(n=format_decimal(amount, locale=self._locale))
        if marker == "duration_s":
            minutes, seconds = divmod(amount, 60) if unit == "min" else (0, amount)
            parts = [(minutes, "duration-minute"), (seconds, "duration-second")]
            told = [self._unit(n, name) for n, name in parts if n] or [self._unit(0, "duration-minute")]
            return " ".join(told)
        shown = {"km": amount / 1000, "mi": amount / _METRES_A_MILE}.get(unit, float(amount))
        return self._unit(round(shown, 2), _LONG.get(unit, "length-meter"))

    def _unit(self, number: float, name: str) -> str:
        return format_unit(number, name, "long", locale=self._locale)

    def _told(self, name: str, value: Any, tz: str) -> str:
        if isinstance(value, Mapping):
            if "amount" in value:
                return self.amount(int(value["amount"]), str(value["marker"]), str(value["unit"]))
            moment = datetime.fromisoformat(str(value["moment"]))
            return str(format_datetime(moment, _MOMENTS[self.language], tzinfo=zone(tz), locale=self._locale))
        if name == "activity":
            return self.texts.get(f"activity.{value}", self.texts["activity.other"])
        if name == "date":
            return str(format_date(date.fromisoformat(str(value)), _DAYS[self.language], locale=self._locale))
        if self._from_right and isinstance(value, str):
            return f"{_LEFT if name in _FROM_LEFT else _OWN}{value}{_END}"
        return str(value)


@lru_cache(maxsize=8)
def _of_language(language: str) -> Catalogue:
    return Catalogue(language, json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8")))


def catalogue(locale: str) -> Catalogue:
    """The texts in the language of a locale such as `es-MX`, else in English."""
    return _of_language(language_of(locale))
