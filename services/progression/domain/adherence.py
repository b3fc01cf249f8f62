"""Adherence, computed exactly from days and never by a day that does not count (domain/adherence.md 4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, NamedTuple, get_args

DayState = Literal[
    "plan", "flare", "suspended", "pause", "blocked", "outage", "tryout", "rest", "no_start", "unheard", "no_plan"
]
"""What a day was for one track at 12:00 local. Only `plan` counts (4.1): a plan in force, ACTIVE or RETURNING.

`blocked`: by the person; `outage`: the platform was away; `no_start`: baseline before its first session; `unheard`: of
a paper diary that did not come yet (progression W6); `rest`: the dose in force is none, so nothing was planned.
"""

FIRST_STATES: Final = get_args(DayState)
"""Of several tracks on one day the state that stands first here is the day's."""

Band = Literal["as_agreed", "partly", "may_not_fit"]

LEAST_DAYS: Final = {7: 3, 28: 10}
"""Eligible days below which a window of so many days says nothing (4.2)."""

FULL: Final = Fraction(4, 5)
HALF: Final = Fraction(1, 2)
"""Bands for clinicians: "satisfactory" is most often 80-99 % of what was agreed (V16)."""

WEEK_DAYS: Final = 7
LEAST_WEEK_DAYS: Final = 4
LEAST_WEEKS: Final = 2
LEAST_REASONS: Final = 4
REASONS: Final = ("time", "fatigue", "pain", "weather", "forgot", "other", "unknown")


class Day(NamedTuple):
    """One track on one of the person's days.

    `freq` sessions a week and `dose` in force at 12:00 local. `done`: a completed unit, which is at least half of the
    plan, or shorter, gentler or swapped as chosen from the menu. `credit` is what of the amount counts, at most the
    plan. `recorded`: done or "not today". `moved`: any movement at all. `reason`: why a recorded unit was not done.
    """

    day: date
    state: DayState
    freq: int = 0
    dose: int = 0
    done: bool = False
    credit: int = 0
    recorded: bool = False
    moved: bool = False
    reason: str | None = None

    @property
    def eligible(self) -> bool:
        """Whether the day counts (4.1)."""
        return self.state == "plan"


class Week(NamedTuple):
    """A week from Monday: its eligible days, completed units on them, and sessions a week on the last of them."""

    monday: date
    eligible: int
    done: int
    freq: int

    @property
    def counts(self) -> bool:
        """At least 4 eligible days (4.2)."""
        return self.eligible >= LEAST_WEEK_DAYS

    @property
    def kept(self) -> bool:
        """At least ⌈2F/3⌉ completed, and never more asked for than there were days that count (4.2)."""
        return self.counts and self.done >= min(-(-2 * self.freq // 3), self.eligible)


def in_window(days: Iterable[Day], length: int, today: date) -> list[Day]:
    """The days of the window of `length` days that ends yesterday."""
    return [day for day in days if 1 <= (today - day.day).days <= length]


def planned(days: Iterable[Day]) -> Fraction:
    """P: the sum of F/7 over eligible days, exact (4.2)."""
    return Fraction(sum(day.freq for day in days if day.eligible), WEEK_DAYS)


def completed(days: Iterable[Day]) -> int:
    """C: completed units on eligible days (4.2)."""
    return sum(1 for day in days if day.eligible and day.done)


def eligible_days(days: Iterable[Day]) -> int:
    """Days that count for at least one track."""
    return len({day.day for day in days if day.eligible})


def _says_nothing(days: Sequence[Day], length: int) -> bool:
    return eligible_days(days) < LEAST_DAYS[length] or planned(days) < 1


def session_adherence(days: Sequence[Day], length: int) -> Fraction | None:
    """min(1, C/P); None with too few eligible days, or with less than one session planned (4.2)."""
    return None if _says_nothing(days, length) else min(Fraction(1), completed(days) / planned(days))


def dose_adherence(days: Sequence[Day], length: int) -> Fraction | None:
    """What was done of the planned amount, at most all of it: more on one day makes up for no other (4.2).

    Nor do more days than the plan has in such a window: the largest count, so that many short ones are no whole ones.
    The bound is that of a whole window, so that a day that does not count never lowers the rate.
    """
    expected = Fraction(sum(day.freq * day.dose for day in days if day.eligible), WEEK_DAYS)
    if _says_nothing(days, length) or expected == 0:
        return None
    most = -(-length * max(day.freq for day in days) // WEEK_DAYS)
    credited = sorted((day.credit for day in days if day.eligible), reverse=True)[:most]
    return min(Fraction(1), sum(credited) / expected)


def log_coverage(days: Sequence[Day], length: int) -> Fraction | None:
    """Planned units with a record, done or "not today", of P (4.2)."""
    if _says_nothing(days, length):
        return None
    return min(Fraction(1), sum(1 for day in days if day.eligible and day.recorded) / planned(days))


def plan_fit(days: Iterable[Day]) -> dict[str, int] | None:
    """Planned units that were not done, by reason; those without a record are `unknown`; None below 4 (4.2)."""
    days = list(days)
    said = [day.reason or "unknown" for day in days if day.eligible and day.recorded and not day.done]
    silent = max(0, int(planned(days)) - completed(days) - len(said))
    if len(said) + silent < LEAST_REASONS:
        return None
    counts = {reason: said.count(reason) for reason in REASONS}
    counts["other"] += len(said) - sum(counts.values())
    counts["unknown"] += silent
    return counts


def longest_gap(days: Iterable[Day]) -> int | None:
    """The most days between completed sessions inside a run of eligible days; a day that does not count cuts the run.

    None without a completed session; 0 where no run holds two (4.2).
    """
    done: dict[date, bool] = {}
    for day in days:
        if day.eligible:
            done[day.day] = done.get(day.day, False) or day.done
    if not any(done.values()):
        return None
    longest, last, before = 0, None, None
    for on in sorted(done):
        if before is not None and (on - before).days > 1:
            last = None
        if done[on]:
            longest = longest if last is None else max(longest, (on - last).days)
            last = on
        before = on
    return longest


def active_days(days: Iterable[Day]) -> int:
    """Distinct days with any movement, whatever the state (4.2)."""
    return len({day.day for day in days if day.moved})


def flare_movement(days: Iterable[Day]) -> int:
    """Days of a flare with any movement: praise, and never a denominator (4.2)."""
    return len({day.day for day in days if day.moved and day.state == "flare"})


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_of(days: Iterable[Day]) -> list[Week]:
    """The weeks of these days, oldest first; tracks of one person are taken together."""
    found: dict[date, list[Day]] = {}
    for day in days:
        found.setdefault(monday_of(day.day), []).append(day)
    return [_week(monday, found[monday]) for monday in sorted(found)]


def _week(monday: date, days: Sequence[Day]) -> Week:
    last = max((day.day for day in days if day.eligible), default=monday)
    freq = sum(day.freq for day in days if day.eligible and day.day == last)
    return Week(monday, eligible_days(days), completed(days), freq)


def joined(first: Iterable[Week], then: Iterable[Week]) -> list[Week]:
    """Weeks of an earlier and a later stretch of days; one that both have a part of is added up."""
    found = {week.monday: week for week in first}
    for week in then:
        known = found.get(week.monday, Week(week.monday, 0, 0, week.freq))
        freq = week.freq if week.eligible else known.freq
        found[week.monday] = Week(week.monday, known.eligible + week.eligible, known.done + week.done, freq)
    return [found[monday] for monday in sorted(found)]


def consistency(weeks: Iterable[Week]) -> tuple[int, int] | None:
    """Weeks kept and weeks that count, of whole weeks; None below two (4.2)."""
    counting = [week for week in weeks if week.counts]
    return None if len(counting) < LEAST_WEEKS else (sum(week.kept for week in counting), len(counting))


def band(value: Fraction) -> Band:
    """How a clinician reads it: as agreed from 80 %, partly from 50 %, else the plan may not fit (4.2, V16)."""
    return "as_agreed" if value >= FULL else "partly" if value >= HALF else "may_not_fit"


def runs(days: Iterable[Day]) -> list[tuple[DayState, date, date]]:
    """Stretches of days of one state, each with its first and last day."""
    states: dict[date, DayState] = {}
    for day in days:
        states[day.day] = min(day.state, states.get(day.day, day.state), key=FIRST_STATES.index)
    found: list[tuple[DayState, date, date]] = []
    for on in sorted(states):
        if found and found[-1][0] == states[on] and (on - found[-1][2]).days == 1:
            found[-1] = (states[on], found[-1][1], on)
        else:
            found.append((states[on], on, on))
    return found
