"""What a diary says of one day, the same for every layout, and the errors that say what a file lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any, Final

SCORES: Final = ("pain", "before", "morning", "effort", "fatigue", "morning_fatigue")
NAMES: Final = ("date", "time", "amount", *SCORES, "stop")
STOPS: Final = ("pain", "fatigue", "time", "other", "wrong")
NOON: Final = time(12)

Scale = Callable[[float], int | None]


class DiaryUnreadable(ValueError):
    """A diary is not what can be read; says where and what is asked for, never what was written there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a session (with an amount) or scores of a day without one. Amounts are in the unit of the file."""

    day: date
    clock: time | None = None
    amount: float | None = None
    pain: int | None = None
    before: int | None = None
    morning: int | None = None
    effort: int | None = None
    fatigue: int | None = None
    morning_fatigue: int | None = None
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class Diary:
    """The lines of a diary in order of time; `unit` is what its amounts are in, None where it leaves that open.

    `remarks` say what was read in which way, so that nobody takes a reading for the diary's own words.
    """

    layout: str
    entries: tuple[Entry, ...]
    unit: str | None = None
    remarks: tuple[str, ...] = ()


def whole(value: float) -> int | None:
    """The scale of a diary that is 0 to 10 in whole numbers already; None where it is not."""
    return int(value) if value == int(value) and 0 <= value <= 10 else None


def rounded(value: float) -> int | None:
    """A 0-10 scale with fractions, to the nearest whole number, halves up."""
    return int(value + 0.5) if 0 <= value <= 10 else None


def banded(bands: Sequence[tuple[float, int]]) -> Scale:
    """A scale of the diary's own: (from this value on, this score), ascending; below the first it is 0."""

    def scale(value: float) -> int | None:
        return max((score for since, score in bands if value >= since), default=0)

    return scale


MYAIGUIDE: Final = ((1, 1), (2, 2), (3, 3), (3.5, 4), (4, 5), (4.5, 6), (6, 7), (7, 8), (8, 9), (9.5, 10))
"""The MyAIGuide diaries' own words: 1 almost imperceptible, 3 uncomfortable, 4.5 painful, 8 extremely painful."""

SCALES: Final[Mapping[str, Scale]] = {"whole": whole, "rounded": rounded, "myaiguide": banded(MYAIGUIDE)}


def number(text: Any, where: str) -> float | None:
    """A number with a point or a thousands comma; blank is None. Raises `DiaryUnreadable`."""
    if text is None or str(text).strip() in ("", "?", "-"):
        return None
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", str(text).strip().lstrip("~"))
    try:
        value = float(plain)
    except ValueError:
        raise DiaryUnreadable(f"{where} must be a number or blank") from None
    if not isfinite(value):
        raise DiaryUnreadable(f"{where} must be a number or blank")
    return value


def score(text: Any, scale: Scale, where: str) -> int | None:
    """A score of 0 to 10 by the diary's scale. Raises `DiaryUnreadable`."""
    value = number(text, where)
    if value is None:
        return None
    found = scale(value)
    if found is None or not 0 <= found <= 10:
        raise DiaryUnreadable(f"{where} must be a whole number from 0 to 10; where the diary has another, say --scale")
    return found


def day(text: Any, pattern: str | None, where: str) -> date:
    """A day, ISO unless a pattern of strptime is given. Raises `DiaryUnreadable`."""
    try:
        if pattern is None:
            return date.fromisoformat(str(text).strip()[:10])
        return datetime.strptime(str(text).strip(), pattern).replace(tzinfo=UTC).date()
    except ValueError:
        asked = "like 2025-03-31" if pattern is None else "as --date-format says"
        raise DiaryUnreadable(f"{where} must be a date {asked}") from None


def clock(text: Any) -> time | None:
    """A wall time like 16:30; what is none is left out."""
    try:
        return time.fromisoformat(str(text).strip().zfill(5)) if text else None
    except ValueError:
        return None


def merged(diaries: Iterable[Diary]) -> Diary:
    """Several diaries of one person as one: a day's scores without a session go to its last session, if it has one."""
    found = list(diaries)
    sessions: dict[date, list[Entry]] = {}
    loose: list[Entry] = []
    for entry in (entry for diary in found for entry in diary.entries):
        if entry.amount is None:
            loose.append(entry)
        else:
            sessions.setdefault(entry.day, []).append(entry)
    left = []
    for entry in loose:
        of_day = sessions.get(entry.day)
        if of_day is None:
            left.append(entry)
            continue
        given = {name: getattr(entry, name) for name in (*SCORES, "stop") if getattr(entry, name) is not None}
        of_day[-1] = replace(of_day[-1], **given)
    entries = [*left, *(entry for of_day in sessions.values() for entry in of_day)]
    units = {diary.unit for diary in found if diary.unit is not None}
    if len(units) > 1:
        raise DiaryUnreadable("the files count in different units; step them through one by one")
    return Diary(
        layout=" + ".join(diary.layout for diary in found),
        entries=tuple(sorted(entries, key=lambda entry: (entry.day, entry.clock or NOON))),
        unit=next(iter(units), None),
        remarks=tuple(remark for diary in found for remark in diary.remarks),
    )
