"""From what was logged to what is judged: bouts and morning checks become units (domain/progression.md 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from services.progression.domain.model import Unit

HOUR_MS: Final = 3_600_000
MORNING_FROM_MS: Final = 8 * HOUR_MS
MORNING_TO_MS: Final = 36 * HOUR_MS
NEXT_SESSION_MS: Final = 48 * HOUR_MS
OWN_WORDS: Final = frozenset({"patient", "staff"})
_STOP_ORDER: Final = ("pain", "fatigue", "wrong")


@dataclass(frozen=True, slots=True)
class Bout:
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


@dataclass(frozen=True, slots=True)
class Morning:
    """One morning check: `day` is the person's day, `at` epoch milliseconds; scores 0-10 or None (W3)."""

    check_id: str
    day: date
    at: int
    pain: int | None = None
    fatigue: int | None = None


def gives_evidence(reporter: str) -> bool:
    """W3: pain, mornings and reasons count from the patient, or from staff noting the patient's words."""
    return reporter in OWN_WORDS


def _highest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _stop(bouts: Sequence[Bout]) -> str | None:
    given = [bout.stop for bout in bouts if bout.stop is not None]
    return next((stop for stop in _STOP_ORDER if stop in given), given[-1] if given else None)


def _by_day(bouts: Iterable[Bout]) -> list[list[Bout]]:
    """Bouts of one track, a list for each of the person's days, in order; a rest counts only where no bout is."""
    days: dict[date, list[Bout]] = {}
    for bout in sorted(bouts, key=lambda bout: (bout.started, bout.session_id)):
        days.setdefault(bout.day, []).append(bout)
    for day, found in days.items():
        days[day] = [bout for bout in found if not bout.rest] or found
    return sorted(days.values(), key=lambda found: (found[0].day, found[0].started))


def _morning(ended: int, following: list[Bout] | None, checks: Sequence[Morning]) -> tuple[int | None, int | None]:
    """Pain and fatigue of the morning after: the first check 8-36 h after the end, by instant, that gives the number;
    for pain else `before` of the next session when that begins within 48 h (2.3)."""
    near = [check for check in checks if MORNING_FROM_MS <= check.at - ended <= MORNING_TO_MS]
    pain = next((check.pain for check in near if check.pain is not None), None)
    fatigue = next((check.fatigue for check in near if check.fatigue is not None), None)
    if pain is None and following is not None and following[0].started - ended <= NEXT_SESSION_MS:
        pain = following[0].before
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
    days = _by_day(bouts)
    checks = sorted(mornings, key=lambda check: (check.at, check.check_id))
    units: list[Unit] = []
    active = [found for found in days if not found[0].rest]
    after = {found[0].day: follower for found, follower in pairwise(active)}
    for found in days:
        first = found[0]
        morning, fatigue = _morning(max(bout.ended for bout in found), after.get(first.day), checks)
        units.append(
            Unit(
                day=first.day,
                amount=sum(bout.amount for bout in found),
                planned=0 if first.rest else planned_at(first.started),
                pain=_highest(bout.pain for bout in found),
                before=first.before,
                morning=morning,
                fatigue_morning=fatigue,
                stop=_stop(found),
                effort=_highest(bout.effort for bout in found),
                started=first.started,
                shared=first.day in shared_days,
            )
        )
    return tuple(units)


def own_frequency(units: Iterable[Unit], today: date, planned: int, started: date) -> int:
    """Fs of 2.2: the person's own sessions a week over the last 28 days, rounded up, 1..F; F in the first 14 days."""
    if (today - started).days < 14:
        return planned
    done = sum(1 for unit in units if unit.amount > 0 and 0 <= (today - unit.day).days < 28)
    return max(1, min(planned, -(-done // 4)))
