"""Adherence over any days: never above one, never lowered by a day that does not count, whatever their order."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from services.progression.domain import adherence as a
from services.progression.domain.adherence import Day, DayState

TODAY: Final = date(2025, 3, 31)
NOT_COUNTING: Final = tuple(state for state in a.FIRST_STATES if state != "plan")


@st.composite
def lives(draw: st.DrawFn) -> list[Day]:
    """Up to two tracks over 28 days; more or less is done than planned."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        freq, dose = draw(st.integers(1, 7)), draw(st.integers(1, 3600))
        for back in range(1, 29):
            moved = draw(st.booleans())
            done = moved and draw(st.booleans())
            found.append(
                Day(
                    TODAY - timedelta(days=back),
                    draw(st.sampled_from(("plan", "plan", "plan", *NOT_COUNTING))),
                    freq,
                    dose,
                    done,
                    draw(st.integers(0, dose)) if moved else 0,
                    moved or draw(st.booleans()),
                    moved,
                    draw(st.sampled_from([None, "time", "weather", "wrong"])),
                )
            )
    return found


def told(days: list[Day], length: int = 28) -> tuple[object, ...]:
    metrics = (a.session_adherence, a.dose_adherence, a.log_coverage)
    plain = (a.planned, a.completed, a.plan_fit, a.longest_gap, a.active_days, a.flare_movement, a.weeks_of, a.runs)
    return (*(metric(days, length) for metric in metrics), *(metric(days) for metric in plain))


@settings(max_examples=60, deadline=None)
@given(lives(), st.randoms(use_true_random=False))
def test_no_rate_is_above_one_and_the_order_of_days_is_irrelevant(days: list[Day], dice: object) -> None:
    mixed = list(days)
    dice.shuffle(mixed)  # type: ignore[attr-defined]

    assert told(mixed) == told(days)
    for rate in told(days)[:3]:
        assert rate is None or (isinstance(rate, Fraction) and 0 <= rate <= 1)
    kept = a.consistency(a.weeks_of(days))
    assert kept is None or 0 <= kept[0] <= kept[1]


@settings(max_examples=60, deadline=None)
@given(lives(), st.sampled_from(NOT_COUNTING))
def test_a_day_that_does_not_count_never_lowers_a_rate(days: list[Day], other: DayState) -> None:
    """A day on which nothing was done is taken out, or one is added: no rate that is told falls."""
    for place, day in enumerate(days):
        if day.eligible and not day.recorded:
            without = [*days[:place], day._replace(state=other), *days[place + 1 :]]
            for before, after in zip(told(days)[:3], told(without)[:3], strict=True):
                assert before is None or after is None or after >= before  # type: ignore[operator]
    more = [*days, Day(TODAY - timedelta(days=1), other, 7, 9000)]
    for before, after in zip(told(days)[:3], told(more)[:3], strict=True):
        assert (before is None) == (after is None)
        assert before is None or after >= before  # type: ignore[operator]
    assert told(more)[3:5] == told(days)[3:5]
