"""The words that explain a decision, as data per language, and how its numbers are put into them."""

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Final, Literal

from babel.dates import format_date

Audience = Literal["patient", "clinician"]
Texts = Mapping[str, Mapping[Audience, str]]

AMOUNTS: Final = frozenset({"dose", "old", "mean", "increment"})
"""Numbers in the base unit of the track's marker; they are told in the unit the person reads."""

PATIENT_LIMIT: Final = 220
_METRES_A_MILE: Final = 1609.344


@lru_cache(maxsize=8)
def texts(language: str = "en") -> Texts:
    """The texts of a language, by key and audience."""
    found: Texts = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found


def render(key: str, params: Mapping[str, int | str], audience: Audience = "patient") -> str:
    """The text of a key with its numbers in words; `params["unit"]` is the unit the person reads.

    Raises `KeyError` for an unknown key or a number that is missing.
    """
    template = texts()[key][audience]
    unit = str(params.get("unit", "s"))
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: _told(name, params[name], unit) for name in names})


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


def _decimal(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _told(name: str, value: int | str, unit: str) -> str:
    if name in AMOUNTS and isinstance(value, int):
        return amount(value, unit)
    if name == "date":
        return format_date(date.fromisoformat(str(value)), "d MMMM", locale="en")
    return str(value)
