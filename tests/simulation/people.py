"""Who is simulated: a hidden capacity that drifts, how a body answers to too much, and how a person keeps a diary.

Nothing here knows a rule: capacity, pain and flares follow from what is done and from chance, never from a decision.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to respond. Amounts are seconds, shares are of 1, rates are per day unless said otherwise.

    `capacity` is what goes without an aftermath at the start (from, to). `drift` is the daily noise of its logarithm,
    `trend` its daily direction. `trains` is what a session near capacity adds, `fades` what a day of rest beyond a week
    takes. `sensitive` is how many points of pain a doubling of what is tolerated brings. `flare` is the daily chance
    of a flare without overload, `overload_flare` what a session at twice the capacity adds.
    `keeps` is the chance that a planned session is done, `more` what is done on a good day, in shares of the plan
    (from, to), `good_day` how often that is. `logs`, `checks`, `scores` are how often a session, a morning, a pain
    number is noted. `gap` is the daily chance that logging stops for weeks, and `untrue` how often the plan and a
    usual pain are written down whatever was.
    """

    name: str
    about: str
    capacity: tuple[int, int] = (600, 1800)
    drift: float = 0.012
    trend: float = 0.0
    trains: float = 0.012
    fades: float = 0.004
    sensitive: float = 3.0
    flare: float = 0.004
    overload_flare: float = 0.10
    keeps: float = 0.85
    more: tuple[float, float] = (0.95, 1.1)
    good_day: float = 0.0
    logs: float = 0.97
    checks: float = 0.8
    scores: float = 0.95
    gap: float = 0.001
    untrue: float = 0.0
    event: float = 0.005
    reports_flare: float = 0.8
    accepts: float = 0.85


PROFILES: Final = (
    Profile("steady", "does about what is planned, settles well", drift=0.008),
    Profile(
        "fragile",
        "little is tolerated, the aftermath is strong, training helps slowly",
        capacity=(90, 360),
        trains=0.006,
        sensitive=6.0,
        flare=0.012,
        overload_flare=0.3,
        keeps=0.75,
    ),
    Profile(
        "boom-and-bust",
        "on a good day twice the plan or more, then rest",
        more=(1.6, 2.8),
        good_day=0.35,
        keeps=0.6,
        sensitive=4.0,
        overload_flare=0.25,
    ),
    Profile("drifting", "capacity wanders far, and down by a third over half a year", drift=0.035, trend=-0.0022),
    Profile(
        "forgetful", "stops to log for weeks, few mornings, some sessions left out", gap=0.02, logs=0.75, checks=0.3
    ),
    Profile("untrue", "writes down the plan and a usual pain, whatever was", untrue=1.0, more=(0.5, 1.3)),
    Profile("three taps", "an amount and nothing else", checks=0.0, scores=0.05),
    Profile("burdened", "life gets in the way every few weeks", event=0.03, keeps=0.7),
)

SHARES: Final[Mapping[str, float]] = {
    "steady": 0.25,
    "fragile": 0.2,
    "boom-and-bust": 0.15,
    "drifting": 0.1,
    "forgetful": 0.1,
    "untrue": 0.05,
    "three taps": 0.05,
    "burdened": 0.1,
}


@dataclass(slots=True)
class Body:
    """One person's hidden state on a day; `usual` is their true usual pain."""

    profile: Profile
    usual: float
    capacity: float
    ceiling: float
    rested: int = 0
    flare_left: int = 0
    event_left: int = 0
    gap_left: int = 0
    flare_days: int = 0
    overloads: int = 0

    @classmethod
    def of(cls, profile: Profile, dice: random.Random) -> Body:
        """A new person of a profile."""
        capacity = dice.uniform(*profile.capacity)
        return cls(profile, dice.choice([1, 2, 2, 3, 3, 4, 5, 6]), capacity, capacity * dice.uniform(3, 8))

    @property
    def tolerated(self) -> float:
        """What goes without an aftermath today: less in a flare, and while life gets in the way."""
        return self.capacity * (0.5 if self.flare_left else 1.0) * (0.7 if self.event_left else 1.0)

    def wakes(self, dice: random.Random) -> None:
        """A new day: capacity drifts, flares and events begin and end, a long rest takes a little."""
        profile = self.profile
        self.flare_left = max(0, self.flare_left - 1)
        self.event_left = max(0, self.event_left - 1)
        self.gap_left = max(0, self.gap_left - 1)
        self.capacity *= 2.718281828 ** (dice.gauss(0, profile.drift) + profile.trend)
        self.rested += 1
        if self.rested > 7:
            self.capacity *= 1 - profile.fades
        self.capacity = min(max(self.capacity, 30.0), self.ceiling)
        if not self.flare_left and dice.random() < profile.flare:
            self._flares(dice)
        if not self.event_left and dice.random() < profile.event:
            self.event_left = dice.randint(7, 21)
        if not self.gap_left and dice.random() < profile.gap:
            self.gap_left = dice.randint(8, 40)
        self.flare_days += self.flare_left > 0

    def does(self, amount: float, dice: random.Random) -> tuple[int, int]:
        """Do an amount: pain during it and the next morning, 0 to 10. Training and flares follow from it."""
        profile, load = self.profile, amount / max(self.tolerated, 1.0)
        over = max(0.0, load - 1.0)
        self.overloads += load > 1.25
        self.rested = 0
        if 0.5 <= load <= 1.15:
            self.capacity = min(self.capacity * (1 + profile.trains), self.ceiling)
        elif load > 1.6:
            self.capacity *= 1 - profile.trains
        if not self.flare_left and dice.random() < profile.overload_flare * over:
            self._flares(dice)
        flare = 3 if self.flare_left else 0
        during = self.usual + 0.7 * load + profile.sensitive * over + flare + dice.gauss(0, 0.8)
        after = self.usual + 0.8 * profile.sensitive * max(0.0, over - 0.1) + flare + dice.gauss(0, 0.7)
        return _score(during), _score(after)

    def feels(self, dice: random.Random) -> int:
        """Pain on a day without a session before it."""
        return _score(self.usual + (3 if self.flare_left else 0) + dice.gauss(0, 0.7))

    def _flares(self, dice: random.Random) -> None:
        self.flare_left = max(self.flare_left, dice.choice([2, 3, 3, 4, 5, 6, 7, 10]))


def _score(value: float) -> int:
    return min(10, max(0, round(value)))


def drawn(count: int, seed: int) -> list[tuple[int, Profile]]:
    """So many people with their own numbers, profiles in the shares of `SHARES`, the same for the same seed."""
    by_name = {profile.name: profile for profile in PROFILES}
    names: list[str] = []
    for name, share in SHARES.items():
        names += [name] * round(share * count)
    names = (names + ["steady"] * count)[:count]
    if count < 2 * len(PROFILES):
        names = [PROFILES[place % len(PROFILES)].name for place in range(count)]
    return [(seed * 1_000_003 + place, by_name[name]) for place, name in enumerate(names)]
