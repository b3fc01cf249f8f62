"""What is asked of a person, by progression or by plans: they are told that it is, and not once it is none any more."""

from dataclasses import replace
from datetime import datetime

from services.reminders.domain.asked import Question
from services.reminders.domain.model import PatientState
from services.reminders.facts import settled
from shared.contracts.plans import PromptClosedV1, PromptOpenedV1
from shared.contracts.progression import QuestionAskedV1, QuestionClosedV1
from shared.runtime.messages import Message, Transition

Result = Transition[PatientState]


def on_question_asked(state: PatientState, message: Message[QuestionAskedV1], now: datetime) -> Result:
    """A question of progression is open."""
    data = message.data
    return _asked(state, message, Question(
        question_id=data.question_id, kind=data.kind, track_id=data.track_id, until=data.until, event_id=message.id,
        base=message.recorded_at,
    ), now)  # fmt: skip


def on_prompt_opened(state: PatientState, message: Message[PromptOpenedV1], now: datetime) -> Result:
    """Something in the plan waits for the person: to be read, answered or agreed to."""
    data = message.data
    return _asked(state, message, Question(
        question_id=data.prompt_id, kind=data.kind, track_id=None, until=data.until, event_id=message.id,
        base=message.recorded_at, of_plan=True,
    ), now)  # fmt: skip


def on_question_closed(state: PatientState, message: Message[QuestionClosedV1], now: datetime) -> Result:
    """A question was answered, or is none any more: if it was not told yet, it is not told."""
    return _closed(state, message, message.data.question_id, now)


def on_prompt_closed(state: PatientState, message: Message[PromptClosedV1], now: datetime) -> Result:
    """It waits no more: if it was not told yet, it is not told."""
    return _closed(state, message, message.data.prompt_id, now)


def _asked(
    state: PatientState, message: Message[QuestionAskedV1 | PromptOpenedV1], question: Question, now: datetime
) -> Result:
    after = replace(state, questions={**state.questions, question.question_id: question})
    return settled(after, message, now)


def _closed(
    state: PatientState, message: Message[QuestionClosedV1 | PromptClosedV1], question_id: str, now: datetime
) -> Result:
    earlier = state.gone.get(question_id, message.recorded_at)
    gone = {**state.gone, question_id: min(earlier, message.recorded_at)}
    return settled(replace(state, gone=gone), message, now)
