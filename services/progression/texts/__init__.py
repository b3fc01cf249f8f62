"""The words that explain a decision, as data per language, and how its numbers are put into them."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.units import format_unit

from services.progression.texts.contact import facts_of, form_for
from shared.clinics import Clinic, language_of

Audience = Literal["patient", "clinician"]
Texts = Mapping[str, Mapping[str, str]]

AMOUNTS: Final = frozenset({"dose", "old", "mean", "increment", "first", "second"})
"""Numbers in the base unit of the track's marker; they are told in the unit the person reads."""

PATIENT_LIMIT: Final = 220
REPETITIONS: Final = "amount.reps."
"""Beside the texts: repetitions in each form in which the language counts."""

INSTRUCTION: Final = "instruction."
"""Beside the texts: what to do at once for a sign of each level (safety 9.1), which R1 says."""

WORD: Final = "word."
"""Beside the texts: what a code among the numbers is called, in each language."""

_METRES_A_MILE: Final = 1609.344
_LONG: Final = {"m": "length-meter", "km": "length-kilometer", "mi": "length-mile"}
_DAYS: Final = {"en": "d MMMM", "es": "d 'de' MMMM", "ar": "d MMMM"}
_PART: Final = re.compile(r"\d+\.\d+")


@lru_cache(maxsize=8)
def texts(language: str = "en") -> Texts:
    """The texts of a language, by key and audience; `unread` and `unnamed` are other forms of that for the patient."""
    return {key: entry for key, entry in _file(language).items() if isinstance(entry, dict)}


@lru_cache(maxsize=8)
def counted(language: str) -> Mapping[str, str]:
    """Repetitions in each form in which a language counts them (CLDR)."""
    return {key.removeprefix(REPETITIONS): text for key, text in _file(language).items() if key.startswith(REPETITIONS)}


def render(
    key: str,
    params: Mapping[str, int | str],
    audience: Audience = "patient",
    locale: str | None = None,
    clinic: Clinic | None = None,
) -> str:
    """The text of a key with its numbers in words; `params["unit"]` is the unit the person reads.

    In the language of the locale where there are texts in it, else in English. `clinic` is whom the person can reach;
    where none is known the text has a form without. Raises `KeyError` for an unknown key or a number that is missing.
    """
    language = language_of(locale)
    entry = texts(language)[key]
    template = form_for(entry, clinic) if audience == "patient" else entry[audience]
    unit = str(params.get("unit", "s"))
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    if "instruction" in names:
        params = {**params, "instruction": instruction(str(params.get("level", "urgent")), language)}
    known = facts_of(clinic, locale)
    return template.format(
        **{name: known[name] if name in known else _told(name, params[name], unit, language) for name in names}
    )


def instruction(level: str, language: str) -> str:
    """What to do at once for a sign of a level of safety 9.1 (`emergency`, `urgent`, `review`, `lock`)."""
    told: str = _file(language)[f"{INSTRUCTION}{level}"]
    return told


def amount(value: int, unit: str) -> str:
    """An amount of the base unit (s, repetitions, m) in the unit the person reads: `10 min`, `1.25 km`, `1 rep`."""
    if unit == "min":
        minutes, seconds = divmod(value, 60)
        return " ".join(part for part in (f"{minutes} min" * bool(minutes), f"{seconds} s" * bool(seconds)) if part)
    if unit == "km":
        return f"{_decimal(value / 1000)} km"
    if unit == "mi":
        return f"{_decimal(value / _METRES_A_MILE)} mi"
    if unit == "reps":
        return f"{value} rep" if value == 1 else f"{value} reps"
    return f"{value} {unit}"


def amount_in(value: int, unit: str, language: str) -> str:
    """The same in words of a language: plural forms and the writing of numbers are those of CLDR."""
    if language == "en":
        return amount(value, unit)
    locale = Locale.parse(language)
    if unit == "reps":
        return counted(language)[locale.plural_form(value)].format(n=format_decimal(value, locale=locale))
    if unit in ("min", "s"):
        minutes, seconds = divmod(value, 60) if unit == "min" else (0, value)
        parts = [(minutes, "duration-minute"), (seconds, "duration-second")]
        told = [_unit(number, name, language) for number, name in parts if number]
        return " ".join(told) or _unit(0, "duration-minute", language)
    shown = {"km": value / 1000, "mi": value / _METRES_A_MILE}.get(unit, float(value))
    return _unit(round(shown, 2), _LONG.get(unit, "length-meter"), language)


def _unit(number: float, name: str, language: str) -> str:
    return format_unit(number, name, "long", locale=language)


@lru_cache(maxsize=8)
def _file(language: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found


def _decimal(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _told(name: str, value: int | str, unit: str, language: str) -> str:
    if name in AMOUNTS and isinstance(value, int):
        return amount_in(value, unit, language)
    if name == "date":
        return format_date(date.fromisoformat(str(value)), _DAYS[language], locale=language)
    return format_decimal(value, locale=language) if isinstance(value, int) else word(value, language)


def word(value: str, language: str) -> str:
    """A number with a part as the language writes it, a code in its words; what it has none for stays as it is."""
    if _PART.fullmatch(value):
        return str(format_decimal(Decimal(value), locale=language))
    told: str = _file(language).get(f"{WORD}{value}", value)
    return told
