"""Whatever is drawn: amounts come back exactly."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.domain.amounts import IN_BASE, shown, to_base
from services.plans.domain.terms import Unit
from services.session_logging.domain.units import amount_text
from services.session_logging.domain.units import to_base as logged

QUICK = settings(max_examples=200, deadline=None)
units = st.sampled_from(sorted(IN_BASE))


@QUICK
@given(st.integers(0, 10_000_000), units)
def test_a_whole_amount_shown_in_any_unit_is_the_same_amount_again(amount: int, unit: Unit) -> None:
    assert to_base(shown(amount, unit), unit) == amount


@QUICK
@given(st.decimals(0, 180, places=2), st.sampled_from(["mi", "km"]))
def test_what_was_said_in_miles_or_kilometres_is_shown_as_it_was_said_and_logged_as_the_same_metres(
    said: Decimal, unit: Unit
) -> None:
    text = amount_text(str(said))
    assert Decimal(shown(to_base(text, unit), unit)) == said
    assert said == 0 or logged(text, unit) == to_base(text, unit)
