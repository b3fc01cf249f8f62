"""What is done in which order: the same muscles never twice in a row where that can be, with rests, what matters first.

Amounts are no part of it: how much is right today is told by `progression` for each track.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from services.plans.domain.catalogue import Activity, Catalogue, of_track
from services.plans.domain.energy import Energy, EnergyMap
from services.plans.domain.terms import Track

REST_S: Final = 60
"""So long is the rest between two activities at least (article P10.5)."""

REST_MAX_S: Final = 900
USUAL_POINTS: Final = 2
"""What one session takes where neither the person nor the catalogue says: between easy and middling [D]."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do today: a track, and what of the catalogue it is, where it names something."""

    track: Track
    activity: Activity | None = None

    @property
    def muscles(self) -> frozenset[str]:
        """The muscle groups that it works; none are known of a track that names no activity."""
        return frozenset() if self.activity is None else frozenset(self.activity.muscles)


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest of so many seconds; `same` where the same muscles work before and after it, which no order avoids."""

    rest_s: int
    same: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What a track takes of the week's energy in points, and whether the budget holds it."""

    track_id: str
    points: int
    within: bool


def items(tracks: Iterable[Track], catalogue: Catalogue) -> tuple[Item, ...]:
    """The tracks with their activities, the most important first; as they stand in the plan where that is equal."""
    return tuple(Item(one, of_track(catalogue, one)) for one in sorted(tracks, key=lambda track: track.priority))


def shares(chosen: Iterable[Item], energy: EnergyMap | None) -> tuple[Share, ...]:
    """Points a week of each, in their order; the budget goes to what matters most (article P3.4, P10.1).

    A session takes the points that the person said, else the activity's level, else 2. Without a budget all is within.
    """
    left = None if energy is None else energy.budget
    found = []
    for one in chosen:
        level = USUAL_POINTS if one.activity is None else one.activity.level
        said = None if energy is None else energy.points.get(one.track.track_id)
        points = one.track.freq * (level if said is None else said)
        within = left is None or points <= left
        if left is not None and within:
            left -= points
        found.append(Share(one.track.track_id, points, within))
    return tuple(found)


def offered(whole: Sequence[Item], energy: Energy, budget: EnergyMap | None) -> tuple[Item, ...]:
    """What there is energy for: the most important one; some, which the week's budget holds, or the first half; or all.

    With energy for one track that is the one of the highest priority (article P3.4); one is always offered.
    """
    if energy == "all":
        return tuple(whole)
    if energy == "one":
        return tuple(whole[:1])
    if budget is None or budget.budget is None:
        return tuple(whole[: (len(whole) + 1) // 2])
    within = {share.track_id for share in shares(whole, budget) if share.within}
    return tuple(one for one in whole if one.track.track_id in within) or tuple(whole[:1])


def ordered(chosen: Sequence[Item], groups: Sequence[str] = ()) -> tuple[Item, ...]:
    """The order of a day in which the same muscles work twice in a row as seldom as can be: never, where that can be.

    Among such orders the one that has what matters most first; where a clinician set an order of muscle `groups`, that
    counts before (2.8). Exact, over every order: a plan has at most 8 tracks.
    """
    wanted = sorted(chosen, key=lambda one: _rank(one, groups))

    @cache
    def fewest(last: int | None, left: frozenset[int]) -> int:
        return min((_twice(last, index) + fewest(index, left - {index}) for index in left), default=0)

    def _twice(last: int | None, index: int) -> int:
        return int(last is not None and bool(wanted[last].muscles & wanted[index].muscles))

    found: list[int] = []
    left = frozenset(range(len(wanted)))
    while left:
        last = found[-1] if found else None
        least = fewest(last, left)
        index = next(one for one in sorted(left) if _twice(last, one) + fewest(one, left - {one}) == least)
        found.append(index)
        left -= {index}
    return tuple(wanted[index] for index in found)


def with_rests(order: Sequence[Item], rest_s: int = REST_S) -> tuple[Item | Rest, ...]:
    """The order with a rest between every two; twice as long where the same muscles work before and after it."""
    steps: list[Item | Rest] = []
    for before, one in zip((None, *order), order, strict=False):
        if before is not None:
            same = bool(before.muscles & one.muscles)
            steps.append(Rest(2 * rest_s if same else rest_s, same))
        steps.append(one)
    return tuple(steps)


def _rank(one: Item, groups: Sequence[str]) -> int:
    return min((groups.index(group) for group in one.muscles if group in groups), default=len(groups))
