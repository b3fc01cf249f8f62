"""What a single cell means under its mapping: pure, and what is not declared is rejected with its reason."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from services.session_logging.diary.mapping import (
    ActivityColumn,
    ActivityMeaning,
    AmountColumn,
    DateColumns,
    ScoreColumn,
    TimeColumn,
    WordColumn,
)
from services.session_logging.diary.text import folded, plain
from services.session_logging.domain.units import MARKER_OF

_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "m"),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), "km"),
    **dict.fromkeys(("mi", "mile", "miles"), "mi"),
    **dict.fromkeys(("rep", "reps", "repetitions"), "reps"),
}
_SECONDS: Final = {"s": 1, "min": 60, "h": 3600}
_PART: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]*)\.?\s*")
_COLON: Final = re.compile(r"(\d{1,3}):(\d{2})")


class Rejected(Exception):
    """A row cannot be taken; `reason` is a code that counts go by, `column` where it lies."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


def date_of(cells: list[str], rule: DateColumns) -> date:
    """The date in its column or columns."""
    parts = [plain(cell) for cell in cells]
    if not all(parts):
        raise Rejected("date_missing", rule.columns[parts.index("")])
    try:
        return datetime.strptime("-".join(parts), rule.format).date()  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        raise Rejected("date_not_understood", rule.columns[-1]) from None


def time_of(cell: str, rule: TimeColumn, declared: list[str]) -> time:
    """The wall time; `declared` gathers what was taken from the mapping instead of the diary."""
    text = folded(cell)
    if text in rule.words:
        declared.append(f"time {text!r}")
        return rule.words[text]
    if not text:
        if rule.default is None:
            raise Rejected("time_missing", rule.column)
        declared.append("time by default")
        return rule.default
    try:
        return datetime.strptime(text, rule.format).time()  # noqa: DTZ007 - a wall time has no zone
    except ValueError:
        raise Rejected("time_not_understood", rule.column) from None


def activity_of(cell: str, rule: ActivityColumn) -> ActivityMeaning:
    """What the activity counts to."""
    text = folded(cell)
    if not text:
        raise Rejected("activity_missing", rule.column)
    if (meaning := rule.words.get(text)) is not None:
        return meaning
    if isinstance(rule.unlisted, ActivityMeaning):
        return rule.unlisted
    raise Rejected("activity_not_listed", rule.column)


def amount_of(cell: str, rule: AmountColumn, declared: list[str]) -> tuple[str, str]:
    """Amount and unit: `30`, `30 min`, `1h20`, `1 h 20 min`, `0.75 km`, and the words of the mapping."""
    text = folded(cell)
    if (reason := rule.reject.get(text)) is not None:
        raise Rejected(reason, rule.column)
    if (meaning := rule.words.get(text)) is not None:
        declared.append(f"amount {text!r}")
        text = folded(meaning)
    if not text:
        raise Rejected("amount_missing", rule.column)
    if rule.colon is not None and (match := _COLON.fullmatch(text)):
        unit, small = ("min", 60) if rule.colon == "h:mm" else ("s", 60)
        if int(match[2]) >= small:
            raise Rejected("amount_not_understood", rule.column)
        return str(int(match[1]) * small + int(match[2])), unit
    return _parts(text, rule)


def score_of(cell: str, rule: ScoreColumn, most: int) -> int | None:
    """The score from 0 to `most`, or None for a blank cell."""
    text = folded(cell)
    if text in rule.words:
        return rule.words[text]
    if not text:
        return None
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", text):
        raise Rejected("score_not_understood", rule.column)
    score = next((score for limit, score in rule.bands if float(text) <= limit), None) if rule.bands else _whole(text)
    if score is None or not 0 <= score <= most:
        raise Rejected("score_not_understood", rule.column)
    return score


def word_of(cell: str, rule: WordColumn, reason: str) -> str | None:
    """What the word stands for, or None for a blank cell."""
    text = folded(cell)
    if text in rule.words:
        return rule.words[text]
    if not text:
        return None
    raise Rejected(reason, rule.column)


def _parts(text: str, rule: AmountColumn) -> tuple[str, str]:
    """One number with its unit, or several of time (`1 h 20 min`, `1h20`)."""
    parts: list[tuple[Decimal, str]] = []
    place = 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            raise Rejected("amount_not_understood", rule.column)
        parts.append((_number(match[1], rule), _unit(match[2], rule, parts)))
        place = match.end()
    if any(MARKER_OF[unit] != rule.counts for _, unit in parts):
        raise Rejected("amount_not_understood", rule.column)
    if len(parts) == 1:
        return format(parts[0][0], "f"), parts[0][1]
    sizes = [_SECONDS.get(unit, 0) for _, unit in parts]
    if 0 in sizes or sizes != sorted(set(sizes), reverse=True):
        raise Rejected("amount_not_understood", rule.column)
    smallest = sizes[-1]
    total = sum((number * size for (number, _), size in zip(parts, sizes, strict=True)), Decimal(0)) / smallest
    return format(total.normalize(), "f"), parts[-1][1]


def _unit(name: str, rule: AmountColumn, before: list[tuple[Decimal, str]]) -> str:
    if name:
        unit = rule.units.get(name) or _UNITS.get(name)
    elif before:
        unit = "min" if before[-1][1] == "h" else None
    else:
        unit = rule.unit
    if unit is None:
        raise Rejected("unit_not_declared" if not name and not before else "amount_not_understood", rule.column)
    return unit


def _number(text: str, rule: AmountColumn) -> Decimal:
    other = "," if rule.decimal == "." else "."
    if other in text:
        raise Rejected("amount_not_understood", rule.column)
    return Decimal(text.replace(",", "."))


def _whole(text: str) -> int | None:
    number = float(text)
    return int(number) if number == int(number) else None
