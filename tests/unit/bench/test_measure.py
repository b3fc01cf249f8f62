"""Percentiles, spread, rotation, and moments that do not wait for answers."""

from itertools import pairwise

import pytest

from tests.bench.measure import arrivals, middle, percentile, percentiles, rotated, spread


@pytest.mark.parametrize(
    ("percent", "found"), [(1, 1.0), (50, 50.0), (50.5, 51.0), (95, 95.0), (99, 99.0), (100, 100.0)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(percent: float, found: float) -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert percentile(values, percent) == found


def test_of_one_value_every_percentile_is_that_value() -> None:
    assert percentiles([7.04]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0}


def test_one_slow_answer_of_a_hundred_shows_beyond_the_99th_only() -> None:
    assert percentile([1.0] * 99 + [500.0], 99) == 1.0
    assert percentile([1.0] * 98 + [500.0] * 2, 99) == 500.0


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_spread_is_the_distance_of_the_extremes_as_a_share_of_the_median() -> None:
    assert spread([90.0, 100.0, 110.0]) == 0.2
    assert spread([5.0]) == 0.0
    assert middle([90.0, 300.0, 100.0]) == 100.0


def test_over_as_many_rounds_as_there_are_contenders_each_is_at_each_place_once() -> None:
    orders = [rotated("abcd", round_) for round_ in range(4)]

    assert all(sorted(order[place] for order in orders) == list("abcd") for place in range(4))
    assert rotated("abcd", 4) == list("abcd")


def test_moments_are_as_many_as_the_rate_asks_and_all_within_the_time() -> None:
    moments = arrivals(200, 60.0, seed=3)

    assert 0.95 * 12_000 < len(moments) < 1.05 * 12_000
    assert moments == sorted(moments)
    assert 0 < moments[0] <= moments[-1] < 60


def test_moments_come_independently_of_each_other() -> None:
    """Of exponential pauses 63 % are shorter than the mean; a steady beat would have none or all."""
    moments = arrivals(100, 60.0, seed=5)
    pauses = [after - before for before, after in pairwise(moments)]

    assert 0.60 < sum(pause < 0.01 for pause in pauses) / len(pauses) < 0.66


def test_the_same_seed_gives_the_same_moments() -> None:
    assert arrivals(50, 2.0, seed=1) == arrivals(50, 2.0, seed=1) != arrivals(50, 2.0, seed=2)
