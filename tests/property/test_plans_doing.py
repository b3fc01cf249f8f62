"""Whatever is drawn: amounts come back exactly, muscles rest where they can, blocks part the day, budgets hold."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from itertools import pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.domain.amounts import IN_BASE, shown, to_base
from services.plans.domain.catalogue import Activity
from services.plans.domain.energy import EnergyMap, block_at, blocks, disorder
from services.plans.domain.routine import Item, Rest, items, offered, ordered, shares, with_rests
from services.plans.domain.terms import Track, Unit
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


GROUPS = ("legs", "hips", "back", "arms")
muscles = st.sets(st.sampled_from(GROUPS), max_size=2)


def _item(number: int, priority: int, works: set[str]) -> Item:
    activity = Activity(f"a{number}", "strength", (), 1, tuple(sorted(works)), ("reps",), (), (), ())
    return Item(Track(f"t{number}", "strength", "reps", "reps", 3, priority), activity)


def _twice(order: Sequence[Item]) -> int:
    return sum(bool(one.muscles & other.muscles) for one, other in pairwise(order))


@QUICK
@given(st.lists(st.tuples(st.integers(1, 3), muscles), max_size=6), st.integers(60, 900))
def test_no_muscle_works_twice_in_a_row_where_any_order_avoids_it_and_a_rest_lies_between_every_two(
    drawn: list[tuple[int, set[str]]], rest_s: int
) -> None:
    whole = [_item(number, priority, works) for number, (priority, works) in enumerate(drawn)]
    whole.sort(key=lambda one: one.track.priority)
    order = ordered(whole)
    assert sorted(one.track.track_id for one in order) == sorted(one.track.track_id for one in whole)
    every = list(permutations(whole))
    least = min(map(_twice, every))
    assert _twice(order) == least
    assert order == next(one for one in every if _twice(one) == least)  # permutations come with what matters most first
    steps = with_rests(order, rest_s)
    assert [isinstance(one, Rest) for one in steps] == [index % 2 == 1 for index in range(max(0, 2 * len(order) - 1))]
    assert all(one.rest_s >= rest_s for one in steps if isinstance(one, Rest))
    assert sum(one.same for one in steps if isinstance(one, Rest)) == least


starts = st.lists(st.times(), min_size=6, max_size=6, unique_by=lambda one: (one.hour, one.minute)).map(
    lambda found: tuple(sorted(f"{one:%H:%M}" for one in found))
)


@QUICK
@given(starts, st.times())
def test_six_blocks_part_the_day_whenever_they_begin(begin: tuple[str, ...], wall: time) -> None:
    assert disorder(begin) is None
    assert sum(last - first for first, last in blocks(begin)) == 24 * 60
    at = 60 * wall.hour + wall.minute
    held = [
        index for index, (first, last) in enumerate(blocks(begin)) if first <= at < last or first <= at + 1440 < last
    ]
    assert held == [block_at(begin, wall)]


@QUICK
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 7), st.integers(0, 20)), min_size=1, max_size=8),
    st.integers(0, 200),
)
def test_what_the_weeks_budget_holds_never_takes_more_than_it(drawn: list[tuple[int, int, int]], budget: int) -> None:
    tracks = [Track(f"t{n}", "walking", "reps", "reps", freq, priority) for n, (priority, freq, _) in enumerate(drawn)]
    points = {f"t{n}": each for n, (_, _, each) in enumerate(drawn)}
    energy = EnergyMap(("00:00", "04:00", "08:00", "12:00", "16:00", "20:00"), (1,) * 6, (1,) * 6, budget, points)
    whole = items(tracks, {})
    assert sum(one.points for one in shares(whole, energy) if one.within) <= budget
    assert offered(whole, "one", energy) == whole[:1]
    assert offered(whole, "some", energy)
    assert min(one.track.priority for one in whole) == whole[0].track.priority
