"""Objective markers and their units: what was given becomes a whole number of seconds, repetitions or metres."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Final

from services.session_logging.domain.rules import (
    AmountIsNoNumber,
    AmountOutOfRange,
    AmountTooSmall,
    UnitIsUnknown,
)

MARKER_OF: Final = {
    "s": "duration_s",
    "min": "duration_s",
    "h": "duration_s",
    "reps": "reps",
    "m": "distance_m",
    "km": "distance_m",
    "mi": "distance_m",
}
_IN_BASE: Final = {
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3600),
    "reps": Fraction(1),
    "m": Fraction(1),
    "km": Fraction(1000),
    "mi": Fraction(1_609_344, 1000),
}
_MOST: Final = {"duration_s": 12 * 3600, "reps": 10_000, "distance_m": 300_000}
_DIGITS: Final = 12
_AMOUNTS: Final = 2048
"""How many amounts are remembered: people say the same few again and again."""


def marker_of(unit: str) -> str:
    """The marker that a unit measures; raises `UnitIsUnknown`."""
    try:
        return MARKER_OF[unit]
    except KeyError:
        raise UnitIsUnknown("/unit") from None


@lru_cache(maxsize=_AMOUNTS)
def amount_text(amount: str) -> str:
    """An amount as plain decimal text without needless zeros (`2.50` and `2.5` are one content)."""
    try:
        number = Decimal(amount)
    except InvalidOperation:
        raise AmountIsNoNumber("/amount") from None
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or number < 0 or len(digits) > _DIGITS or abs(exponent) > _DIGITS:
        raise AmountIsNoNumber("/amount")
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if number else "0"


@lru_cache(maxsize=_AMOUNTS)
def to_base(amount: str, unit: str) -> int:
    """Seconds, repetitions or metres of what was given, exact and then rounded half up (1 mi = 1609.344 m).

    Raises a rule when the number is none, too large for one bout, or would be rounded away.
    """
    marker = marker_of(unit)
    exact = Fraction(amount_text(amount)) * _IN_BASE[unit]
    base = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    if base > _MOST[marker]:
        raise AmountOutOfRange("/amount")
    if base == 0 and exact > 0:
        raise AmountTooSmall("/amount")
    return base
