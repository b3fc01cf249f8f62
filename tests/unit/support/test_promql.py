"""PromQL as Prometheus' own documentation and tests have it, over texts that a service could have told."""

import math
from collections.abc import Mapping

import pytest

from tests.support.promql import NotSupported, Series, Vector, ask


def scraped(*rounds: str, every_s: float = 15.0, **target: str) -> Series:
    """Texts scraped one after the other, the first at 0 s."""
    series = Series()
    for number, text in enumerate(rounds):
        series.add(text, number * every_s, **(target or {"instance": "a"}))
    return series


def plain(vector: Vector) -> dict[str, float]:
    return {" ".join(f"{name}={value}" for name, value in sorted(labels)): value for labels, value in vector.items()}


NOW = scraped('a{x="1"} 3\na{x="2"} 5\nb{x="1"} 3\nb{x="3"} 8\n')


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("a", {"instance=a x=1": 3, "instance=a x=2": 5}),
        ('a{x="1"}', {"instance=a x=1": 3}),
        ('a{x!="1"}', {"instance=a x=2": 5}),
        ('a{x=~"1|2"}', {"instance=a x=1": 3, "instance=a x=2": 5}),
        ('a{x=~"[0-9]+",x!~"2"}', {"instance=a x=1": 3}),
        ('a{y=""}', {"instance=a x=1": 3, "instance=a x=2": 5}),
        ("nothing", {}),
        ("sum(a)", {"": 8}),
        ("sum by (x) (a)", {"x=1": 3, "x=2": 5}),
        ("max without (x) (a)", {"instance=a": 5}),
        ("count(a)", {"": 2}),
        ("min(a) * 2 + 1", {"": 7}),
        ("1 - min(a)", {"": -2}),
        ("a > 4", {"instance=a x=2": 5}),
        ("sum(a) / sum(b)", {"": 8 / 11}),
        ("a == b", {"instance=a x=1": 3}),
        ("a and b", {"instance=a x=1": 3}),
        ("a unless b", {"instance=a x=2": 5}),
        ("a or b", {"instance=a x=1": 3, "instance=a x=2": 5, "instance=a x=3": 8}),
        ("a > 4 unless on (x) b", {"instance=a x=2": 5}),
        ("up", {"instance=a": 1}),
    ],
)
def test_what_is_asked_of_one_moment_is_answered(query: str, answer: Mapping[str, float]) -> None:
    assert plain(ask(NOW, query, 0)) == answer


def test_a_counter_that_begins_again_goes_on_growing_and_its_growth_is_stretched_to_the_range() -> None:
    counts = (0, 5, 10, 3, 8)
    series = scraped(*(f"c_total {count}\n" for count in counts))
    assert plain(ask(series, "increase(c_total[1m])", 60)) == {"instance=a": pytest.approx(13 * 60 / 45)}
    assert plain(ask(series, "rate(c_total[1m])", 60))["instance=a"] == pytest.approx(
        plain(ask(series, "increase(c_total[1m])", 60))["instance=a"] / 60
    )
    assert ask(series, "rate(c_total[10s])", 60) == {}


def test_growth_is_as_in_prometheus_own_example() -> None:
    """http_requests 0+10x10, five minutes apart: increase over 50 minutes is 100 (functions.test)."""
    series = scraped(*(f"requests {10 * number}\n" for number in range(11)), every_s=300)
    assert plain(ask(series, "increase(requests[50m])", 3000)) == {"instance=a": pytest.approx(100)}
    assert plain(ask(series, "increase(requests[100m])", 3000)) == {"instance=a": pytest.approx(100)}
    assert plain(ask(series, "rate(requests[50m])", 3000)) == {"instance=a": pytest.approx(100 / 3000)}


def test_an_offset_looks_back() -> None:
    series = scraped(*(f"g {number}\n" for number in range(5)), every_s=60)
    assert plain(ask(series, "g - g offset 2m", 240)) == {"instance=a": 2}


def test_a_series_that_is_not_told_any_more_has_gone_at_once_and_an_old_one_after_five_minutes() -> None:
    series = scraped("a 1\nb 1\n", "a 1\n")
    assert ask(series, "b", 15) == {}
    assert ask(series, "a", 15)
    assert ask(series, "a", 15 + 299)
    assert ask(series, "a", 15 + 300) == {}


def test_a_target_that_does_not_answer_is_down_and_tells_nothing() -> None:
    series = scraped("a 1\n")
    series.missing(15, instance="a")
    assert plain(ask(series, "up == 0", 15)) == {"instance=a": 0}
    assert ask(series, "a", 15) == {}


def test_a_quantile_lies_within_its_bucket_by_proportion() -> None:
    text = 'h_bucket{le="0.1"} 50\nh_bucket{le="0.2"} 90\nh_bucket{le="+Inf"} 100\n'
    series = scraped(text)
    assert plain(ask(series, "histogram_quantile(0.5, h_bucket)", 0)) == {"instance=a": pytest.approx(0.1)}
    assert plain(ask(series, "histogram_quantile(0.7, h_bucket)", 0)) == {"instance=a": pytest.approx(0.15)}
    assert plain(ask(series, "histogram_quantile(0.99, h_bucket)", 0)) == {"instance=a": pytest.approx(0.2)}
    empty = scraped('h_bucket{le="0.1"} 0\nh_bucket{le="+Inf"} 0\n')
    (nothing,) = ask(empty, "histogram_quantile(0.5, h_bucket)", 0).values()
    assert math.isnan(nothing)
    assert ask(empty, "histogram_quantile(0.5, h_bucket) > 0", 0) == {}


@pytest.mark.parametrize(
    "query", ["1", "topk(1, a)", "absent(a)", "a > bool 1 ^ 2", "-a", "sum(a) > on () group_left b"]
)
def test_what_is_not_evaluated_here_is_refused_and_never_guessed(query: str) -> None:
    with pytest.raises(NotSupported):
        ask(NOW, query, 0)
