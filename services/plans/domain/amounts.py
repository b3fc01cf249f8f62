"""Amounts as they are shown: in the track's unit, and exact on the way back to its base unit (article P2.3)."""

from fractions import Fraction
from typing import Final

from services.plans.domain.terms import Unit

IN_BASE: Final[dict[Unit, Fraction]] = {
    "s": Fraction(1),
    "min": Fraction(60),
    "reps": Fraction(1),
    "m": Fraction(1),
    "km": Fraction(1000),
    "mi": Fraction(1_609_344, 1000),
}
"""So much of the base unit (s, repetitions, m) is one of each; a mile is 1609.344 m."""


def to_base(text: str, unit: Unit) -> int:
    """Seconds, repetitions or metres of decimal text in this unit, exact and then rounded half up."""
    exact = Fraction(text) * IN_BASE[unit]
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def shown(amount: int, unit: Unit) -> str:
    """The shortest decimal text in this unit that is this whole amount again: 2414 m are 1.5 mi, 100 s are 1.67 min."""
    exact = Fraction(amount) / IN_BASE[unit]
    places = 0
    while to_base(text := _decimal(exact, places), unit) != amount:
        places += 1
    return text


def _decimal(exact: Fraction, places: int) -> str:
    scaled = exact * 10**places
    digits = str((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
