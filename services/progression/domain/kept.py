"""What adherence keeps of a person beside their sessions: how a track stood since when, and what days gone by came to.

All of the last 28 days is read from the sessions themselves, so that late records and corrections need no undoing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

WayRow = tuple[int, int, str]
"""How a track stood from an instant on (epoch ms): sessions a week, and `baseline`, `tryout`, `no_plan` or empty."""

MarkRow = tuple[str, int, str, date, str]
"""A session that its amount alone does not tell: id, revision, track (none: empty), the person's day, how it counts."""

WeekRow = tuple[str, date, int, int, int]
"""A part of a week whose days are closed: track (empty: the person), Monday, eligible days, completed units, F."""


@dataclass(frozen=True, slots=True)
class Total:
    """Since a track began: its first dose (None until a start is found), and the amount of days that are closed."""

    first: int | None = None
    amount: int = 0


@dataclass(frozen=True)
class DaysOff:
    """Days that do not count although the plan stood.

    `blocked` are those that the person blocked, as (first, last) without overlap, as told with seq `told`; `outages`
    when the platform was away for them, as (from, until) in epoch ms, oldest first.
    """

    told: int = 0
    blocked: tuple[tuple[date, date], ...] = ()
    outages: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Kept:
    """What is kept for adherence; the defaults are a person of whom nothing is known.

    `ways` tells how each track stood, `marks` the sessions of the last 28 days that were shorter, gentler, swapped or
    elsewhere. `closed` is the last day that no record can change any more, `weeks` and `totals` what the days up to it
    came to, `weeks_active` how many weeks up to `week_active` (its Monday) had movement. `late`: records of a day
    before today came that are not counted yet. `told` is the id of what was last told, and the name of its content.
    `off` are days that do not count; None for a person who never had any.
    """

    ways: dict[str, tuple[WayRow, ...]] = field(default_factory=dict)
    marks: tuple[MarkRow, ...] = ()
    closed: date | None = None
    weeks: tuple[WeekRow, ...] = ()
    totals: dict[str, Total] = field(default_factory=dict)
    weeks_active: int = 0
    week_active: date | None = None
    late: bool = False
    told: tuple[str, str] | None = None
    off: DaysOff | None = None
