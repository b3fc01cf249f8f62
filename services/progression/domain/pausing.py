"""A pause: nothing is asked of the person until they say so or its day has come (domain/progression.md 2.4; P9.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final, Literal, get_args

from services.progression.domain.episodes import EpisodeOver, Pause, PauseBegan, ended
from services.progression.domain.having import having
from services.progression.domain.offers import close_offer
from services.progression.domain.rounds import Round
from services.progression.domain.state import away_of

Reason = Literal["travel", "illness", "work", "family", "religious", "clinic", "rest", "other"]
REASONS: Final[tuple[str, ...]] = get_args(Reason)

LONGEST_DAYS: Final = 365
ASK_AFTER_DAYS: Final = 28
"""A pause without an end: a person asks after so many days (2.4)."""


def begin(round_: Round, pause_id: str, reason: str, until: date | None) -> Pause:
    """The pause begins at once; asked for again while one is open, that one goes on with the new reason and end."""
    today, at = round_.moment.today, round_.moment.at
    away = away_of(round_.state)
    if away.pause is None:
        pause = Pause(pause_id, at, today, reason, until)
        close_offer(round_, "paused")
    else:
        pause = replace(away.pause, reason=reason, until=until)
    round_.state = having(round_.state, away=replace(away, pause=pause, question=None))
    round_.out.append(PauseBegan(pause))
    return pause


def end(round_: Round, reason: str) -> None:
    """The pause is over: back to the dose before, or by the gap rule on the days since the last session (2.4).

    What is in force again is the day's one upward change.
    """
    away, today, at = away_of(round_.state), round_.moment.today, round_.moment.at
    if away.pause is None:
        return
    away = ended(away, away.pause, at, today)
    rises = tuple(sorted((*round_.state.rises, today)))
    round_.state = having(round_.state, away=away, rises=rises)
    round_.out.append(EpisodeOver(away.over[-1], reason))
    round_.trigger = "pause_ended"


def each_day(round_: Round) -> None:
    """End a pause whose day has come, also while a flare stands over it (W14); ask a human about one without an end."""
    pause, today = away_of(round_.state).pause, round_.moment.today
    if pause is None:
        return
    if pause.until is not None and pause.until <= today:
        end(round_, "until")
    elif pause.until is None and (today - pause.day).days >= ASK_AFTER_DAYS:
        round_.review(None, "pause_open")
