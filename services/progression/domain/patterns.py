"""What sessions have in common, by the hour they begin and the day before: asked, never asserted (P7.7, P10.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from services.progression.domain.state import PatientState

LEAST_POINTS: Final = 8
"""Below so many sessions there is no pattern (article P7.7)."""

LEAST_A_SIDE: Final = 3
MOST: Final = (3, 4)
"""Three of four sessions in one block are a habit."""

EASIER: Final = 1
"""How much lower the middle effort must be to be called easier."""

BLOCKS: Final = ("night", "early", "morning", "midday", "afternoon", "evening")
"""Six blocks of four hours from midnight on, until the person's own energy map is known."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOURS: Final = 24 // len(BLOCKS)


class Done(NamedTuple):
    """A session of a day: its block, whether it was completed, and how much effort it took (0-10 or None)."""

    day: date
    block: str
    complete: bool
    effort: int | None


class Pattern(NamedTuple):
    """Something to ask about: which pattern, in which block (empty: none), and how many sessions it rests on."""

    code: str
    block: str
    points: int


def block_of(started: int, tz: str) -> str:
    """The block of the local wall time of an instant (epoch ms)."""
    moment = _EPOCH + timedelta(milliseconds=started)
    return BLOCKS[moment.astimezone(ZoneInfo(tz)).hour // _HOURS]


def sessions_done(state: PatientState, complete: frozenset[tuple[str, date]], first: date, last: date) -> list[Done]:
    """Every session with any amount from the first day to the last, one a track and day, by its first start.

    `complete` are the tracks and days of completed sessions.
    """
    found: dict[tuple[str, date], tuple[int, int | None]] = {}
    for track_id, track in state.tracks.items():
        for row in track.bouts:
            if row[5] <= 0 or not first <= row[2] <= last:
                continue
            began, effort = found.get((track_id, row[2]), (row[3], None))
            hardest = max((score for score in (effort, row[8]) if score is not None), default=None)
            found[track_id, row[2]] = (min(began, row[3]), hardest)
    return [
        Done(day, block_of(began, state.tz), (track_id, day) in complete, effort)
        for (track_id, day), (began, effort) in sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    ]


def by_block(done: Iterable[Done]) -> list[tuple[str, int, int]]:
    """Sessions begun and completed in each block, in the order of the day; blocks without one are left out (P10.6)."""
    done = list(done)
    counts = [(block, [one.complete for one in done if one.block == block]) for block in BLOCKS]
    return [(block, len(found), sum(found)) for block, found in counts if found]


def patterns(done: Sequence[Done], moved: frozenset[date]) -> list[Pattern]:
    """What at least 8 sessions have in common (P7.7). `moved` are the days with any movement."""
    found = []
    for block, begun, _ in by_block(done):
        if len(done) >= LEAST_POINTS and begun * MOST[1] >= len(done) * MOST[0]:
            found.append(Pattern("time_of_day", block, len(done)))
    rested = [one.effort for one in done if one.effort is not None and one.day - timedelta(days=1) not in moved]
    others = [one.effort for one in done if one.effort is not None and one.day - timedelta(days=1) in moved]
    enough = len(rested) + len(others) >= LEAST_POINTS and min(len(rested), len(others)) >= LEAST_A_SIDE
    if enough and median(rested) + EASIER <= median(others):
        found.append(Pattern("after_rest", "", len(rested) + len(others)))
    elif enough and median(others) + EASIER <= median(rested):
        found.append(Pattern("day_after_day", "", len(rested) + len(others)))
    return found
