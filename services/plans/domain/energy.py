"""When a person has energy over the day, and how much of it they want to spend a week (article P10.1, P10.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from itertools import pairwise
from typing import Final, Literal

from services.plans.domain.terms import DayKind

Energy = Literal["one", "some", "all"]
"""For how much there is energy: for one track, for some, for all."""

KINDS: Final[tuple[DayKind, ...]] = ("weekday", "weekend")
BLOCKS: Final = 6
MOST: Final = 3
"""Energy in a block is 0 (none) to 3 (much)."""

BUDGET_MAX: Final = 200
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class EnergyMap:
    """Energy in the six blocks of weekdays and of weekends; a block begins at its wall time of `starts` (`HH:MM`) and
    lasts until the next one, the last until the first. `budget` is points a week, `points` what one session takes."""

    starts: tuple[str, ...]
    weekday: tuple[int, ...]
    weekend: tuple[int, ...]
    budget: int | None = None
    points: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetEnergy:
    """Note when the person has energy, and how much of it they want to spend: the person's own word."""

    energy: EnergyMap


def disorder(starts: Sequence[str]) -> str | None:
    """Why these do not part 24 hours into blocks, as a sentence, or None."""
    if len(starts) == BLOCKS and all(before < after for before, after in pairwise(starts)):
        return None
    return f"A day has {BLOCKS} blocks, each beginning after the one before."


def blocks(starts: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Each block as minutes of the day `[first, last)`; the last one ends on the next day, where the first begins."""
    firsts = [_minutes(time.fromisoformat(one)) for one in starts]
    return tuple(zip(firsts, [*firsts[1:], firsts[0] + _DAY], strict=True))


def block_at(starts: Sequence[str], wall: time) -> int:
    """The block that holds a wall time."""
    at = _minutes(wall)
    return next(index for index, (first, last) in enumerate(blocks(starts)) if first <= at < last or at + _DAY < last)


def levels(energy: EnergyMap, kind: DayKind) -> tuple[int, ...]:
    """Energy in each block of such a day."""
    return energy.weekday if kind == "weekday" else energy.weekend


def best(energy: EnergyMap, kind: DayKind) -> int:
    """The block with most energy, of several the earliest (article P10.3)."""
    of = levels(energy, kind)
    return of.index(max(of))


def usual(energy: EnergyMap | None, kind: DayKind, wall: time) -> Energy:
    """For how much there is energy now, by the map: one track where there is none, some where there is little."""
    if energy is None:
        return "all"
    level = levels(energy, kind)[block_at(energy.starts, wall)]
    if level == 0:
        return "one"
    return "some" if level == 1 or energy.budget is not None else "all"


def _minutes(wall: time) -> int:
    return 60 * wall.hour + wall.minute
