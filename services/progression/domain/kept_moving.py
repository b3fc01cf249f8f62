"""“Did you keep moving?”: asked on the return after a gap, because no record is not no movement (progression W6)."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.progression.domain.asked import (
    GAP,
    Asked,
    asking_of,
    may_be_asked,
    with_question,
    without_question,
)
from services.progression.domain.decisions import name_of
from services.progression.domain.lowerings import Lowering
from services.progression.domain.rounds import Round, run_round
from services.progression.domain.state import PatientState, lowerings_of

OPEN_DAYS: Final = 7
"""So long the question can be answered [D]; by then the way back has gone its own way."""

DAY_MS: Final = 86_400_000
SPANS_KEPT: Final = 4
KEPT_DAYS: Final = 60


def ask_if_back(round_: Round, heard: date | None) -> None:
    """After a round on what the person recorded or said: ask once about each gap that lowered a dose while they were
    away. `heard` is the day on which they were last heard of before. A tick never asks."""
    state, today = round_.state, round_.moment.today
    if not any(track.lowerings for track in state.tracks.values()) or not may_be_asked(state):
        return
    asking = asking_of(state)
    lows = [low for low in _gaps(state) if (heard is None or low.day >= heard) and low.day <= today]
    if asking.gap_asked is not None:
        lows = [low for low in lows if low.day > asking.gap_asked]
    if not lows:
        return
    asked = Asked(
        name_of("question", round_.patient_id, "kept_moving", today.isoformat()),
        "kept_moving",
        today,
        round_.moment.at,
        round_.moment.at + OPEN_DAYS * DAY_MS,
        since=min(low.day for low in lows),
    )
    round_.state = with_question(state, asked, gap_asked=today)


def take_moving(round_: Round, asked: Asked, answer: str) -> None:
    """“Same” counts as contact for R7: the way back that the gap began is undone, as late records that close the gap do
    (2.7). It is no evidence for a step. “Less” and “no” leave the way back as it is."""
    state, since = round_.state, asked.since or asked.on
    if answer != "same":
        round_.state = without_question(state, asked.question_id)
        return
    from_then = [low.at for low in _gaps(state) if low.day >= since]
    spans = [span for span in asking_of(state).contacts if (round_.moment.today - span[1]).days <= KEPT_DAYS]
    contacts = (*spans, (since, asked.on))[-SPANS_KEPT:]
    round_.state = without_question(state, asked.question_id, contacts=contacts)
    run_round(round_, (), min(from_then) - 1 if from_then else None)


def _gaps(state: PatientState) -> list[Lowering]:
    tracks = state.tracks.values()
    return [low for track in tracks if track.lowerings for low in lowerings_of(track) if low.rule.startswith(GAP)]
