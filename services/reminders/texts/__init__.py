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

from shared.clock import zone

FALLBACK: Final = "en"
_METRES_A_MILE: Final = 1609.344
_LONG: Final = {"m": "length-meter", "km": "length-kilometer", "mi": "length-mile"}


class Catalogue:
    """The texts of one language; a language without texts falls back to English."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.keys = frozenset(texts)
        self._texts = texts
        self._locale = Locale.parse(language)

    def text(self, key: str, params: Mapping[str, Any], tz: str) -> str | None:
        """The text of a key with its numbers in words; None when there is none, or a number for it is missing."""
        if key not in self._texts:
            return None
        template = self._texts[key]
        wanted = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        if not wanted <= params.keys():
            return None
        return template.format(**{name: self._told(name, params[name], tz) for name in wanted})

    def lines(self, lines: Sequence[Mapping[str, Any]], words: Mapping[str, str], tz: str) -> list[str]:
        """The lines of a message; `words` are the person's own, opened. What cannot be said is left out."""
        told = (self.text(line["key"], {**line["params"], **words}, tz) for line in lines)
        return [line for line in told if line is not None]

    def amount(self, amount: int, marker: str, unit: str) -> str:
        """An amount of the marker's base unit (s, repetitions, m) in words, in the unit that the track is shown in."""
        if marker == "reps":
            form = self._locale.plural_form(amount)
            key = f"amount.reps.{form}" if f"amount.reps.{form}" in self.keys else "amount.reps.other"
            return self._texts[key].format(n=format_decimal(amount, locale=self._locale))
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
            return str(format_datetime(moment, "EEEE d MMMM, HH:mm", tzinfo=zone(tz), locale=self._locale))
        if name == "activity":
            return self._texts.get(f"activity.{value}", self._texts["activity.other"])
        if name == "date":
            return str(format_date(date.fromisoformat(str(value)), "EEEE d MMMM", locale=self._locale))
        return str(value)


@lru_cache(maxsize=32)
def catalogue(locale: str) -> Catalogue:
    """The texts for a locale such as `de-AT`, by its language, else in English."""
    language = locale.split("-", maxsplit=1)[0]
    path = Path(__file__).parent / f"{language}.json"
    if not path.is_file():
        language, path = FALLBACK, Path(__file__).parent / f"{FALLBACK}.json"
    return Catalogue(language, json.loads(path.read_text("utf-8")))
