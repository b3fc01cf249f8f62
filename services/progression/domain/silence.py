"""Silence: who logs live and was not heard of for 14 days is called by a human (domain/stories.md 3; reminders 5.2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from services.progression.domain.asked import asking_of
from services.progression.domain.having import having
from services.progression.domain.rounds import Round
from services.progression.domain.state import PatientState, away_of

SILENT_DAYS: Final = 14
DAY_MS: Final = 86_400_000
REASON: Final = "silent_14_days"


def replied(state: PatientState, today: date) -> PatientState:
    """The state after a word of the person that is no record: an answer, a wish, a report."""
    asking = asking_of(state)
    if asking.replied is not None and asking.replied >= today:
        return state
    return having(state, asking=having(asking, replied=today))


def call_if_silent(round_: Round) -> None:
    """Ask for a call, once per silence: whoever was called in it is not called again before they were heard (W12).

    Not for a paper diary (W6), nor for who never began (R6a asks about them), nor in a stop, a flare or a pause.
    """
    state, away = round_.state, away_of(round_.state)
    elsewhere = state.suspension is not None or away.flare is not None or away.pause is not None
    if state.record_mode != "live" or state.heard is None or elsewhere or not state.tracks:
        return
    if (round_.moment.today - state.heard).days < SILENT_DAYS:
        return
    since = last_heard(round_)
    called = state.reviewed.get(f":{REASON}")
    if (round_.moment.today - since).days >= SILENT_DAYS and (called is None or called[1] <= since):
        round_.review(None, REASON)


def last_heard(round_: Round) -> date:
    """The person's last day with a record or a word, a plan that began, or a flare, a pause or a stop that ended."""
    state, away = round_.state, away_of(round_.state)
    days = [state.heard, asking_of(state).replied, *(track.started for track in state.tracks.values())]
    days += [one.last for one in away.over]
    days += [row[3] for row in state.kept.marks]
    days += [
        round_.moment.today + timedelta(days=(until - round_.moment.at) // DAY_MS) for _, _, until in state.cleared
    ]
    return max(day for day in days if day is not None)
