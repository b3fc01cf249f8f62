"""Steps without numbers: who is held for weeks only because pain or mornings are left out (progression 2.11 W13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.progression.domain.having import having
from services.progression.domain.model import Verdict
from services.progression.domain.state import with_track

if TYPE_CHECKING:
    from services.progression.domain.rounds import Round

HELD_DAYS: Final = 28
REASON: Final = "steps_without_numbers"


def only_numbers_missing(verdict: Verdict) -> bool:
    """Whether nothing but numbers that were left out holds a step: pain (R10e) or the mornings after (R10g)."""
    return verdict.rule == "R10g" or (verdict.rule == "R10e" and verdict.facts.get("pain_missing") == 1)


def ask_for_steps_without_numbers(round_: Round, track_id: str, verdict: Verdict) -> None:
    """After 28 days held so, ask a human whether to go on without numbers (`need` + 2); anything else that holds
    meanwhile begins the days anew, and so does the asking: the same is not asked at each session."""
    track, today = round_.state.tracks[track_id], round_.moment.today
    since = track.unnumbered
    if not only_numbers_missing(verdict):
        now = None
    elif since is None:
        now = today
    elif (today - since).days >= HELD_DAYS:
        round_.review(track_id, REASON)
        now = today
    else:
        return
    if now != since:
        round_.state = with_track(round_.state, track_id, having(round_.state.tracks[track_id], unnumbered=now))
