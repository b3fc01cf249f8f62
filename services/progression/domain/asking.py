"""Whether it looks like a flare, the three questions about it, and what the answers mean (progression 2.6; V9, V10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final, Literal

from services.progression.domain import flares
from services.progression.domain.decisions import name_of
from services.progression.domain.episodes import HOLD_HOURS, HOUR_MS, FlareSuspected, Question, question_open
from services.progression.domain.having import having
from services.progression.domain.history import History
from services.progression.domain.offers import close_offer
from services.progression.domain.rounds import Round
from services.progression.domain.state import PatientState, away_of
from services.progression.domain.view import View

Result = Literal["flare", "rough_patch", "none"]

RISE_TWICE: Final = 2
RISE_ONCE: Final = 3
"""Points above usual pain: on two recorded days in a row, or once (V9)."""

FRESH_DAYS: Final = 1
"""What is asked about happened today or yesterday: an old diary brings no question."""

ASK_EVERY_DAYS: Final = 7
STOPS: Final = 2
OF_LAST: Final = 3
NOTED: Final = "suspect_flare"
"""The note of R5c on the lowest rung and of R8e."""


def meaning(*, worse: bool, hard: bool, limits: bool) -> Result:
    """What three answers mean: all yes is a flare; worse than usual with one more is a rough patch (2.6; V10)."""
    if not worse or not (hard or limits):
        return "none"
    return "flare" if hard and limits else "rough_patch"


def ask_if_suspect(round_: Round) -> None:
    """Before a round: ask the three questions where pain or stops look like a flare; nothing rises meanwhile."""
    if not _may_ask(round_):
        return
    since, first = date.min, round_.moment.today - timedelta(days=FRESH_DAYS)
    if round_.state.away is not None:
        since = max((one.last for one in round_.state.away.over if one.kind == "flare"), default=since)
        first = max(first, since + timedelta(days=1))
    reason = _pain(round_, first, since) or _stops(round_, first)
    if reason is not None:
        _ask(round_, reason)


def ask_if_noted(round_: Round) -> None:
    """After a round: ask them where the table itself does (R5c on the lowest rung, R8e)."""
    if any(NOTED in notes for notes in round_.noted) and _may_ask(round_):
        _ask(round_, "way_back_or_floor")


def take_answers(round_: Round, flare_id: str, *, worse: bool, hard: bool, limits: bool) -> Result:
    """Take the answers: a flare begins, or nothing rises for 72 hours, or all goes on."""
    result = meaning(worse=worse, hard=hard, limits=limits)
    away = away_of(round_.state)
    if result == "flare":
        flares.begin(round_, flare_id, "questions")
        return result
    if result == "rough_patch":
        close_offer(round_, "rough_patch")
    until = round_.moment.at + HOLD_HOURS * HOUR_MS if result == "rough_patch" else away.rough_until
    round_.state = having(round_.state, away=replace(away, question=None, rough_until=until))
    return result


def lower_dose(round_: Round, track_id: str) -> int:
    """What a rough patch offers for a track (2.6): `regress_pct` of the dose in force, never more than it."""
    case = round_.look(track_id)[1]
    return View(case).lowered(case.parameters.regress_pct)


def forget_unanswered(state: PatientState, at: int) -> PatientState:
    """The state without a question whose hold is over; it is not asked a second time (2.6)."""
    away = state.away
    if away is None or away.question is None or question_open(away, at):
        return state
    return having(state, away=replace(away, question=None))


def _may_ask(round_: Round) -> bool:
    """At most once in 7 days (W8), and not in a flare, a pause or a suspension."""
    away = round_.state.away
    if round_.state.suspension is not None:
        return False
    if away is None:
        return True
    if away.flare is not None or away.pause is not None:
        return False
    return away.asked_on is None or (round_.moment.today - away.asked_on).days >= ASK_EVERY_DAYS


def _ask(round_: Round, reason: str) -> None:
    today = round_.moment.today
    asked = name_of("flare_question", round_.patient_id, today.isoformat())
    question = Question(asked, reason, round_.moment.at)
    away = replace(away_of(round_.state), question=question, asked_on=today)
    round_.state = having(round_.state, away=away)
    round_.out.append(FlareSuspected(question))


def _pain(round_: Round, first: date, since: date) -> str | None:
    """Pain is held against what was usual before it was felt: the rise itself would soon be the usual."""
    history = round_.history
    usual = history.usual_pain(round_.moment.today).value
    if usual is None or not any(pain > usual for pain in history.recent_pain(first)):
        return None
    worst = history.worst_by_day(since + timedelta(days=1) if since > date.min else since)
    days = sorted(worst)[-2:]
    if _rise(history, worst, days[-1:]) >= RISE_ONCE:
        return "pain_once"
    return "pain_twice" if len(days) == 2 and _rise(history, worst, days) >= RISE_TWICE else None


def _rise(history: History, worst: dict[date, int], days: list[date]) -> float:
    """How far the least of these days is above what was usual on the day before them; 0 where that is not known."""
    usual = history.usual_pain(days[0] - timedelta(days=1)).value
    return 0 if usual is None else min(worst[day] for day in days) - usual


def _stops(round_: Round, first: date) -> str | None:
    if not round_.history.stopped_for_pain(first):
        return None
    done = [bout for found in round_.history.bouts.values() for bout in found if not bout.rest]
    last = sorted(done, key=lambda bout: (bout.started, bout.session_id))[-OF_LAST:]
    return "stopped" if sum(1 for bout in last if bout.stop == "pain") >= STOPS else None
