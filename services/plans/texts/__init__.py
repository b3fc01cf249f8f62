"""What a clinician set for a person, in words that the person reads; the words are data."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

AMOUNTS: Final = frozenset({"step", "dose_min", "dose_max", "goal_dose", "fixed_dose"})
"""Values in the base unit of the track's marker; those in seconds are told in minutes where the plan shows minutes."""


@lru_cache(maxsize=8)
def texts(language: str = "en") -> Mapping[str, str]:
    """The texts of a language, by key."""
    found: Mapping[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found


def told(name: str, value: bool | int | str, reason: str, until: datetime, tz: str, unit: str | None) -> str:
    """One override as a sentence, its last day in the person's zone; `unit` is that of its track, where it has one."""
    words = texts()
    return words["override"].format(
        what=words[f"what.{name}"],
        value=_value(name, value, unit),
        date=format_date(until.astimezone(ZoneInfo(tz)).date(), "d MMMM", locale="en"),
        reason=words[f"reason.{reason}"],
    )


def _value(name: str, value: bool | int | str, unit: str | None) -> str:
    if name in AMOUNTS and unit is not None:
        return _amount(int(value), unit)
    return texts().get(f"value.{str(value).lower()}", str(value))


def _amount(value: int, unit: str) -> str:
    if unit == "min":
        minutes, seconds = divmod(value, 60)
        return (
            " ".join(part for part in (f"{minutes} min" * bool(minutes), f"{seconds} s" * bool(seconds)) if part) or "0"
        )
    return f"{value} {'m' if unit in ('km', 'mi') else unit}"
