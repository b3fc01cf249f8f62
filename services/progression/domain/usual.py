"""Usual pain and usual fatigue: what a morning or a session is compared with (domain/progression.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.progression.domain.units import Bout, Morning, checks_in_order, in_order_of_time

WINDOW_DAYS: Final = 14
DAYS_NEEDED: Final = 4
DRIFT_ALLOWED: Final = 1
DRIFT_REVIEW: Final = 2


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual value in use (may end in .5, None = not known), and whether it drifted so far up that a human looks."""

    value: float | None
    drifted: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """What was usual when a flare began (None = not known): it stays so until the flare is over."""

    value: float | None


def median(values: Iterable[int]) -> float | None:
    """Exact median; the mean of the middle two for an even number; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    twice = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return twice / 2 if twice % 2 else twice // 2


def pain_by_day(bouts: Iterable[Bout], mornings: Iterable[Morning]) -> dict[date, int]:
    """One pain value per day: the first morning check, else the first `before` (2.3)."""
    values: dict[date, int] = {}
    for bout in sorted(bouts, key=in_order_of_time, reverse=True):
        if bout.before is not None:
            values[bout.day] = bout.before
    for check in sorted(mornings, key=checks_in_order, reverse=True):
        if check.pain is not None:
            values[check.day] = check.pain
    return values


def fatigue_by_day(bouts: Iterable[Bout], mornings: Iterable[Morning]) -> dict[date, int]:
    """One fatigue value per day: the first morning check, else the first session's."""
    values: dict[date, int] = {}
    for bout in sorted(bouts, key=in_order_of_time, reverse=True):
        if bout.fatigue is not None:
            values[bout.day] = bout.fatigue
    for check in sorted(mornings, key=checks_in_order, reverse=True):
        if check.fatigue is not None:
            values[check.day] = check.fatigue
    return values


def usual(
    values: Mapping[date, int],
    today: date,
    *,
    confirmed: int | None,
    override: float | None = None,
    frozen: Frozen | None = None,
    days: int = WINDOW_DAYS,
) -> Usual:
    """The usual value on `today` (2.3): a clinician's override; else, during a flare, the one `frozen` at its start;
    else the median over the last 14 days (4 needed), never above what was last confirmed + 1; else the confirmed one.
    `days` is how far those 14 days reach back where a flare lies between them.

    `drifted` is the drift guard: the median is 2 or more above the confirmed value.
    """
    if override is not None:
        return Usual(override)
    if frozen is not None:
        return Usual(frozen.value)
    recent = [value for day, value in values.items() if 0 <= (today - day).days < days]
    middle = median(recent) if len(recent) >= DAYS_NEEDED else None
    if middle is None or confirmed is None:
        return Usual(confirmed if middle is None else middle)
    return Usual(min(middle, confirmed + DRIFT_ALLOWED), drifted=middle >= confirmed + DRIFT_REVIEW)
