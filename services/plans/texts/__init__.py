"""What a clinician set for a person, in words that the person reads; the words are data."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from babel.units import format_unit

from shared.clinics import language_of

AMOUNTS: Final = frozenset({"step", "dose_min", "dose_max", "goal_dose", "fixed_dose"})
"""Values in the base unit of the track's marker; those in seconds are told in minutes where the plan shows minutes."""

_DAYS: Final = {"en": "d MMMM", "es": "d 'de' MMMM", "ar": "d MMMM"}


@lru_cache(maxsize=8)
def texts(language: str = "en") -> Mapping[str, str]:
    """The texts of a language, by key."""
    found: Mapping[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found


def told(
    name: str, value: bool | int | str, reason: str, until: datetime, tz: str, unit: str | None, locale: str = "en"
) -> str:
    """One override as a sentence, its last day in the person's zone; `unit` is that of its track, where it has one.

    In the language of the locale where there are texts in it, else in English.
    """
    language = language_of(locale)
    words = texts(language)
    return words["override"].format(
        what=words[f"what.{name}"],
        value=_value(name, value, unit, language),
        date=format_date(until.astimezone(ZoneInfo(tz)).date(), _DAYS[language], locale=language),
        reason=words[f"reason.{reason}"],
    )


def _value(name: str, value: bool | int | str, unit: str | None, language: str) -> str:
    if name in AMOUNTS and unit is not None:
        return _amount(int(value), unit, language)
    if isinstance(value, int) and not isinstance(value, bool):
        return format_decimal(value, locale=language)
    if name == "review_on":
        return format_date(date.fromisoformat(str(value)), _DAYS[language], locale=language)
    if name == "muscle_group_order":
        return texts(language)["group.then"].join(texts(language)[f"group.{one}"] for one in str(value).split("-"))
    return texts(language).get(f"value.{str(value).lower()}", str(value))


def _amount(value: int, unit: str, language: str) -> str:
    if unit == "reps":
        return format_decimal(value, locale=language)
    if unit not in ("s", "min"):
        return format_unit(value, "length-meter", "short", locale=language)
    minutes, seconds = divmod(value, 60) if unit == "min" else (0, value)
    parts = [(minutes, "duration-minute"), (seconds, "duration-second")]
    told = [format_unit(number, name, "short", locale=language) for number, name in parts if number]
    return " ".join(told) or format_decimal(0, locale=language)
