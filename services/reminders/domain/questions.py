"""When a person is told that something is asked of them, and why not (progression 2.6, W5, W6, W8; reminders 5.2)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from services.reminders.domain import blocked
from services.reminders.domain.asked import Question
from services.reminders.domain.inbox import Verdict
from services.reminders.domain.model import PatientState
from services.reminders.domain.muted import held
from services.reminders.domain.slots import Around

LIFE: Final = timedelta(hours=24)
"""So long a channel may take with a question that has no end of its own."""

HOLDS: Final = frozenset({"suspended", "messages_off", "paused", "flare"})
"""Reasons that pass: what is still open after them is told then."""


AGREED: Final = ("agreement", "change_note")
"""What of the plan is told first: what waits for a yes, and what was changed (article P1.2, P11.6)."""


def rank(question: Question) -> int:
    """The place of a question among those of one day: progression first, then the agreement, then all else."""
    if not question.of_plan:
        return 0
    return 1 + (AGREED.index(question.kind) if question.kind in AGREED else len(AGREED))


def release(state: PatientState, around: Around, question: Question) -> Question:
    """The question with the first moment at which it may leave, none once it was held by what goes on; one that was
    held and is over is due at once, so that it ends while that is known."""
    question = replace(question, muted=question.muted and held(state, question) is not None)
    if state.plan is not None and state.plan.ended:
        return replace(question, release_at=question.base)
    if question.muted:
        return replace(question, release_at=question.base if question.question_id in state.gone else None)
    return replace(question, release_at=around.quiet.ends(question.base) or question.base)


def judge(state: PatientState, around: Around, question: Question, now: datetime) -> Verdict:
    """Whether a question that is due leaves now. At most one of progression a day does, and none on a blocked day; the
    next one waits for the next day. What waits in the plan leaves only on a day on which nothing else was asked, so
    that it never keeps a question back. None counts among the prompts of a week (W8)."""
    if question.question_id in state.gone:
        return Verdict("withdrawn")
    if (state.plan is None and not _first_plan(question)) or (state.plan is not None and state.plan.ended):
        return Verdict("no_active_plan")
    if question.until is not None and now >= question.until:
        return Verdict("expired")
    if (reason := held(state, question)) is not None:
        return Verdict(reason, keep=True)
    day = around.calendar.day_of(now)
    told = (state.questioned, state.prompted) if question.of_plan else (state.questioned,)
    if day in told or blocked.holds(state, day):
        tomorrow = around.calendar.day_starts(day + timedelta(days=1))
        return Verdict(wait_until=around.quiet.ends(tomorrow) or tomorrow)
    return Verdict(wait_until=around.quiet.ends(now))


def not_after(question: Question, now: datetime) -> datetime:
    """Until when a channel may take with it."""
    return now + LIFE if question.until is None else min(question.until, now + LIFE)


def again(
    state: PatientState, question: Question, reason: str | None, base: datetime, day: date, *, failed: bool
) -> PatientState:
    """The state in which a question that did not leave waits until `base`, or for what holds it; the person's day on
    which it was to leave is free again. What nobody can answer any more is left to be read."""
    if question.until is not None and base >= question.until:
        return state
    later = replace(
        question,
        base=base,
        attempt=question.attempt + 1,
        failures=question.failures + failed,
        muted=reason in HOLDS,
        release_at=None,
    )
    return replace(free(state, question, day), questions={**state.questions, question.question_id: later})


def taken(state: PatientState, question: Question, day: date) -> PatientState:
    """The state in which something was asked on this day of the person's."""
    return replace(state, prompted=day) if question.of_plan else replace(state, questioned=day)


def free(state: PatientState, question: Question, day: date) -> PatientState:
    """The state in which it was not asked on this day after all."""
    if question.of_plan:
        return replace(state, prompted=None) if state.prompted == day else state
    return replace(state, questioned=None) if state.questioned == day else state


def _first_plan(question: Question) -> bool:
    """A plan that waits for the person's yes is told of before any is in force (article P1.2)."""
    return question.of_plan and question.kind == "agreement"
