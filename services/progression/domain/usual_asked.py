"""“Is that about your usual?”: asked once of who rather did not say and then notes strong pain (progression W5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.progression.domain.asked import Asked, Usual, may_be_asked, usual_of, with_question, without_question
from services.progression.domain.decisions import name_of
from services.progression.domain.rounds import Round, run_round

STRONG: Final = 6
"""Pain from which on the question is asked: red while usual pain is not known (W5)."""

FRESH_DAYS: Final = 1
"""What is asked about was felt today or yesterday: an old diary brings no question."""


def ask_if_strong(round_: Round) -> None:
    """After a round on records: ask once under a plan, while no usual pain is known (W5)."""
    state, plan, today = round_.state, round_.state.plan, round_.moment.today
    if plan is None or plan.usual_pain is not None or plan.usual_pain_override is not None:
        return
    if not may_be_asked(state) or usual_of(state) is not None or round_.history.usual_pain(today).value is not None:
        return
    first = today - timedelta(days=FRESH_DAYS)
    felt = [
        (bout.started, bout.pain)
        for bouts in round_.history.bouts.values()
        for bout in bouts
        if bout.day >= first and bout.pain is not None and bout.pain >= STRONG
    ]
    if felt:
        pain = max(felt)[1]
        asked = Asked(
            name_of("question", round_.patient_id, "usual_pain", plan.plan_id),
            "usual_pain",
            today,
            round_.moment.at,
            about=pain,
        )
        round_.state = with_question(state, asked, usual=Usual(plan.plan_id, pain))


def take_usual(round_: Round, asked: Asked, *, usual: bool) -> None:
    """Yes sets the usual pain, confirmed as at intake; no leaves it unknown, and the table says what that means."""
    before = usual_of(round_.state)
    if before is not None:
        said = Usual(before.plan_id, before.pain, usual)
        round_.state = without_question(round_.state, asked.question_id, usual=said)
    round_.anew()
    run_round(round_, round_.state.tracks)
