"""Flares and pauses as episodes: what is open, what is over, and which days they took (domain/progression.md 2.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

Kind = Literal["flare", "pause"]

HOUR_MS: Final = 3_600_000
ANSWER_HOURS: Final = 24
HOLD_HOURS: Final = 72
"""2.6: no answer for 24 hours is a hold of 72 more; a rough patch is a hold of 72 hours."""

OVER_KEPT: Final = 20
OVER_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Flare:
    """An open flare: since when (epoch ms, and the person's day), and what was usual when it began (2.3: frozen).

    `heard` is the day of the person's last word about it. `asked` is the last follow-up asked (day 3, 7, 14; 0 none),
    `settling` the day on which they said that it is settling, None where the last word was another. `left` is what it
    leaves of each track's dose so far: nothing raises that in its middle (R3).
    """

    flare_id: str
    since: int
    day: date
    heard: date
    usual_pain: float | None = None
    usual_fatigue: float | None = None
    asked: int = 0
    settling: date | None = None
    left: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """An open pause: since when (epoch ms, and the person's day), why (a code), and the day it ends on by itself."""

    pause_id: str
    since: int
    day: date
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """An episode that is over: from when to when (epoch ms), and its first and last of the person's days."""

    kind: Kind
    episode_id: str
    since: int
    until: int
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it lasted: none where it ended on the day it began."""
        return (self.last - self.first).days


@dataclass(frozen=True, slots=True)
class Question:
    """The three questions of 2.6 as they stand open: asked when (epoch ms) and for which reason."""

    question_id: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Away:
    """What stands over every track of a person, and what is asked about it.

    `question` is open until it is answered or 96 hours have passed, `asked_on` the day of the last one (W8).
    `rough_until` (epoch ms) is the end of the hold after a rough patch (W9).
    """

    flare: Flare | None = None
    pause: Pause | None = None
    over: tuple[Over, ...] = ()
    question: Question | None = None
    asked_on: date | None = None
    rough_until: int = 0


@dataclass(frozen=True, slots=True)
class FlareBegan:
    """A flare began; `said_by` is who reported it, or `questions` where the three answers said so (2.6)."""

    flare: Flare
    said_by: str


@dataclass(frozen=True, slots=True)
class EpisodeOver:
    """A flare or a pause is over: it was said so, it had settled, its day had come, or its plan ended."""

    over: Over
    reason: str


@dataclass(frozen=True, slots=True)
class FlareSuspected:
    """The three questions of 2.6 are asked."""

    question: Question


@dataclass(frozen=True, slots=True)
class SettlingAsked:
    """The person is asked on day 3, 7 or 14 whether it is settling (2.6)."""

    flare_id: str
    day: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """A pause began, or goes on with another end."""

    pause: Pause


Told = FlareBegan | EpisodeOver | FlareSuspected | SettlingAsked | PauseBegan

HERE: Final = Away()
"""A person who never had a flare or a pause."""


def id_of(episode: Flare | Pause) -> str:
    """The id of an open episode."""
    return episode.flare_id if isinstance(episode, Flare) else episode.pause_id


def ended(away: Away, episode: Flare | Pause, at: int, today: date) -> Away:
    """What stands once an open episode is over; the latest are kept, for the days they took and for counting them."""
    kind: Kind = "flare" if isinstance(episode, Flare) else "pause"
    last = max(episode.day, today)
    row = Over(kind, id_of(episode), episode.since, max(at, episode.since), episode.day, last)
    kept = [one for one in away.over if one.last >= today - timedelta(days=OVER_DAYS)]
    over = (*kept, row)[-OVER_KEPT:]
    return replace(away, over=over, flare=None) if kind == "flare" else replace(away, over=over, pause=None)


def flare_days(away: Away) -> tuple[tuple[date, date], ...]:
    """First and last day of each flare; an open one has no last day yet."""
    days = tuple((one.first, one.last) for one in away.over if one.kind == "flare")
    return days if away.flare is None else (*days, (away.flare.day, date.max))


def flares_begun(away: Away, today: date, days: int) -> int:
    """How many flares began in the last so many days, today among them (2.6)."""
    first = today - timedelta(days=days)
    begun = sum(1 for one in away.over if one.kind == "flare" and one.first > first)
    return begun + (away.flare is not None and away.flare.day > first)


def taken(away: Away, instant: int) -> bool:
    """Whether an instant (epoch ms) lies in an episode that is over."""
    return any(one.since <= instant < one.until for one in away.over)


def question_open(away: Away, at: int) -> bool:
    """Whether the three questions stand open, or hold because they had no answer, at an instant (epoch ms; W9)."""
    return away.question is not None and at < away.question.at + (ANSWER_HOURS + HOLD_HOURS) * HOUR_MS
