"""Units: what is given becomes base units exactly, and comes back as it was given."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.session_logging.domain.rules import (
    AmountIsNoNumber,
    AmountOutOfRange,
    AmountTooSmall,
    RuleBroken,
    UnitIsUnknown,
)
from services.session_logging.domain.units import amount_text, to_base


@pytest.mark.parametrize(
    ("amount", "unit", "base"),
    [
        ("10", "min", 600),
        ("17.5", "min", 1050),
        ("1.5", "h", 5400),
        ("90", "s", 90),
        ("12", "reps", 12),
        ("0.35", "km", 350),
        ("1", "mi", 1609),
        ("2", "mi", 3219),  # 3218.688
        ("0.5", "s", 1),  # half goes up
        ("0", "min", 0),
        ("12", "h", 43_200),
    ],
)
def test_an_amount_becomes_its_base_unit_rounded_half_up(amount: str, unit: str, base: int) -> None:
    assert to_base(amount, unit) == base


@pytest.mark.parametrize(
    ("amount", "unit", "rule"),
    [
        ("1", "furlong", UnitIsUnknown),
        ("12.001", "h", AmountOutOfRange),
        ("43201", "s", AmountOutOfRange),
        ("10001", "reps", AmountOutOfRange),
        ("301", "km", AmountOutOfRange),
        ("0.4", "m", AmountTooSmall),
        ("-1", "min", AmountIsNoNumber),
        ("ten", "min", AmountIsNoNumber),
        ("NaN", "min", AmountIsNoNumber),
        ("Infinity", "min", AmountIsNoNumber),
        ("1e400", "min", AmountIsNoNumber),
        ("1e-999999", "min", AmountIsNoNumber),
        ("1234567890123", "s", AmountIsNoNumber),
    ],
)
def test_an_absurd_amount_breaks_a_named_rule(amount: str, unit: str, rule: type[RuleBroken]) -> None:
    with pytest.raises(rule):
        to_base(amount, unit)


@pytest.mark.article("P2.3")
@given(st.decimals(min_value="0.01", max_value=180, places=2), st.sampled_from(["mi", "km"]))
def test_what_was_given_in_miles_or_kilometres_comes_back_exactly(number: Decimal, unit: str) -> None:
    """Article P2.3: the text that is kept is the number that was given, and the metres are the nearest ones."""
    kept = amount_text(str(number))
    exact = Fraction(number) * (Fraction(1_609_344, 1000) if unit == "mi" else 1000)

    assert Decimal(kept) == number
    assert abs(to_base(kept, unit) - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(("given_as", "kept"), [("2.50", "2.5"), ("100", "100"), ("0.0", "0"), ("1E+1", "10")])
def test_one_number_has_one_text(given_as: str, kept: str) -> None:
    assert amount_text(given_as) == kept
