"""From what was logged to what is judged: bouts and morning checks become units (domain/progression.md 2.3)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from services.progression.domain.model import Unit

HOUR_MS: Final = 3_600_000
MORNING_FROM_MS: Final = 8 * HOUR_MS
MORNING_TO_MS: Final = 36 * HOUR_MS
NEXT_SESSION_MS: Final = 48 * HOUR_MS
OWN_WORDS: Final = frozenset({"patient", "staff"})
_STOP_ORDER: Final = ("pain", "fatigue", "wrong")


BoutRow = tuple[str, int, date, int, int, int, int | None, int | None, int | None, int | None, str | None, bool]
"""A `Bout` as a plain row, so that two months of sessions stay a few kilobytes of text."""

MorningRow = tuple[str, date, int, int | None, int | None]
"""A `Morning` as a plain row."""


class Bout(NamedTuple):
    """One logged bout of a track. `day` is the person's day, fixed when recorded (W1); times are epoch milliseconds.

    Scores are None when not given, and when neither the patient nor staff noting the patient's words gave them (W3).
    """

    session_id: str
    revision: int
    day: date
    started: int
    ended: int
    amount: int
    pain: int | None = None
    before: int | None = None
    effort: int | None = None
    fatigue: int | None = None
    stop: str | None = None
    rest: bool = False


class Morning(NamedTuple):
    """One morning check: `day` is the person's day, `at` epoch milliseconds; scores 0-10 or None (W3)."""

    check_id: str
    day: date
    at: int
    pain: int | None = None
    fatigue: int | None = None


in_order_of_time: Final = attrgetter("started", "session_id")
checks_in_order: Final = attrgetter("at", "check_id")
_by_day: Final = attrgetter("day", "started")


def gives_evidence(reporter: str) -> bool:
    """W3: pain, mornings and reasons count from the patient, or from staff noting the patient's words."""
    return reporter in OWN_WORDS


def _highest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _stop(bouts: Sequence[Bout]) -> str | None:
    given = [bout.stop for bout in bouts if bout.stop is not None]
    return next((stop for stop in _STOP_ORDER if stop in given), given[-1] if given else None)


def _one_a_day(bouts: Iterable[Bout]) -> list[Bout]:
    """Bouts of one track, those of one of the person's days as one, in order; a rest counts only where no bout is."""
    days: dict[date, list[Bout]] = {}
    for bout in sorted(bouts, key=in_order_of_time):
        days.setdefault(bout.day, []).append(bout)
    return sorted((found[0] if len(found) == 1 else _as_one(found) for found in days.values()), key=_by_day)


def _as_one(found: list[Bout]) -> Bout:
    """The bouts of a day, in order, as one: amounts add up, the highest score counts, `before` is the first's."""
    found = [bout for bout in found if not bout.rest] or found
    return found[0]._replace(
        ended=max(bout.ended for bout in found),
        amount=sum(bout.amount for bout in found),
        pain=_highest(bout.pain for bout in found),
        effort=_highest(bout.effort for bout in found),
        stop=_stop(found),
    )


def _morning(ended: int, following: Bout | None, near: Sequence[Morning]) -> tuple[int | None, int | None]:
    """Pain and fatigue of the morning after: of the checks 8-36 h after the end the first that gives the number;
    for pain else `before` of the next session when that begins within 48 h (2.3)."""
    pain = next((check.pain for check in near if check.pain is not None), None) if near else None
    fatigue = next((check.fatigue for check in near if check.fatigue is not None), None) if near else None
    if pain is None and following is not None and following.started - ended <= NEXT_SESSION_MS:
        pain = following.before
    return pain, fatigue


def units_of(
    bouts: Iterable[Bout],
    mornings: Iterable[Morning],
    planned_at: Callable[[int], int],
    shared_days: frozenset[date] = frozenset(),
) -> tuple[Unit, ...]:
    """The evaluation units of one track, in order of time, the same for every order of what is given.

    `planned_at` tells the dose in force at an instant. `shared_days` are days whose bad morning lowered another track.
    """
    checks = sorted(mornings, key=checks_in_order)
    instants = [check.at for check in checks]
    units: list[Unit] = []
    following: Bout | None = None
    for bout in reversed(_one_a_day(bouts)):
        first = bisect_left(instants, bout.ended + MORNING_FROM_MS)
        near = checks[first : bisect_right(instants, bout.ended + MORNING_TO_MS)]
        morning, fatigue = _morning(bout.ended, None if bout.rest else following, near)
        units.append(
            Unit(
                day=bout.day,
                amount=bout.amount,
                planned=0 if bout.rest else planned_at(bout.started),
                pain=bout.pain,
                before=bout.before,
                morning=morning,
                fatigue_morning=fatigue,
                stop=bout.stop,
                effort=bout.effort,
                started=bout.started,
                shared=bout.day in shared_days,
            )
        )
        following = following if bout.rest else bout
    return tuple(reversed(units))


def own_frequency(units: Iterable[Unit], today: date, planned: int, started: date) -> int:
    """Fs of 2.2: the person's own sessions a week over the last 28 days, rounded up, 1..F; F in the first 14 days."""
    if (today - started).days < 14:
        return planned
    before = today - timedelta(days=28)
    done = sum(1 for unit in units if unit.amount > 0 and before < unit.day <= today)
    return max(1, min(planned, -(-done // 4)))
