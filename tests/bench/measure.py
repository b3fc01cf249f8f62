"""What every measurement rests on: percentiles, spread, the rotated order of rounds, and when requests are due."""

import random
from collections.abc import Sequence
from statistics import median
from typing import Final, TypeVar

T = TypeVar("T")
PERCENTS: Final = (50, 95, 99)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank); `ValueError` when empty."""
    if not values:
        raise ValueError("no values")
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(0, int(rank) - 1)]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """`p50`, `p95` and `p99`, each to a tenth."""
    return {f"p{percent}": round(percentile(values, percent), 1) for percent in PERCENTS}


def middle(values: Sequence[float]) -> float:
    """The median, to a tenth."""
    return round(median(values), 1)


def spread(values: Sequence[float]) -> float:
    """How far the extremes lie apart, as a share of the median: 0.1 is ±5 %."""
    centre = median(values)
    return round((max(values) - min(values)) / centre, 3) if centre else 0.0


def rotated(items: Sequence[T], round_: int) -> list[T]:
    """The items in another order each round, so that each is first, second … equally often."""
    shift = round_ % len(items)
    return [*items[shift:], *items[:shift]]


def arrivals(rate: float, duration_s: float, seed: int) -> list[float]:
    """When requests are due, in seconds from the start: as people come, independently of each other and of answers.

    Latency is counted from these moments, not from when a slow system let the client send (no coordinated omission).
    """
    drawn = random.Random(seed)
    moments: list[float] = []
    at = drawn.expovariate(rate)
    while at < duration_s:
        moments.append(at)
        at += drawn.expovariate(rate)
    return moments
