"""What records and days bring to flares and pauses, around a round of decisions (domain/progression.md 2.4, 2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.progression.domain import asking, flares, pausing
from services.progression.domain.episodes import EpisodeOver, ended
from services.progression.domain.having import having
from services.progression.domain.rounds import Round, run_round
from services.progression.domain.silence import call_if_silent
from services.progression.domain.state import away_of


def run_records(round_: Round, known: Iterable[str], touched: int | None, corrected: Iterable[str]) -> None:
    """A round on what was recorded: a flare that has settled ends before it, what looks like one is asked."""
    if flares.end_if_settled(round_):
        known = round_.state.tracks
    asking.ask_if_suspect(round_)
    run_round(round_, known, touched, corrected)
    asking.ask_if_noted(round_)


def end_with_plan(round_: Round) -> None:
    """A flare and a pause end with their plan: the next one does not begin in them."""
    away, at, today = away_of(round_.state), round_.moment.at, round_.moment.today
    for episode in (away.flare, away.pause):
        if episode is not None:
            away = ended(away, episode, at, today)
            round_.out.append(EpisodeOver(away.over[-1], "plan_ended"))
    if round_.state.away is not None:
        round_.state = having(round_.state, away=replace(away, question=None, rough_until=0))


def each_day(round_: Round) -> bool:
    """What a day brings to a silence, and to an open flare or pause; says whether an episode ended, so that every track
    is news."""
    call_if_silent(round_)
    if round_.state.away is None:
        return False
    round_.state = asking.forget_unanswered(round_.state, round_.moment.at)
    before = away_of(round_.state).over
    flares.each_day(round_)
    pausing.each_day(round_)
    return away_of(round_.state).over != before
