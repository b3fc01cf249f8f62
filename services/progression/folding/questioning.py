"""What leaves the service about questions: each is told when it begins and when it ends, and is kept to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.progression.domain.asked import Asked
from services.progression.domain.questions import Closing, open_questions, why_closed
from services.progression.domain.state import PatientState
from services.progression.store import question_record
from shared.clock import day_start, from_ms, to_ms
from shared.contracts.progression import QuestionAskedV1, QuestionClosedV1
from shared.runtime.messages import SYSTEM, Emit, Message, Record

Answers = Mapping[str, Mapping[str, str]]
"""What was answered, part by part, by the kind of the question."""

_AT_PLANS: Final = "tryout"


def unchanged(before: PatientState, after: PatientState) -> bool:
    """Whether no question can have begun or ended, seen at a glance: nearly every message leaves it so."""
    return (
        after.away is before.away
        and after.asking is before.asking
        and after.plan is before.plan
        and after.ticked == before.ticked
    )


def told(
    before: PatientState, after: PatientState, message: Message[Any], answers: Answers
) -> tuple[list[Emit], list[Record]]:
    """Events and records of the questions that a message began or ended."""
    was, now = open_questions(message.key, before), open_questions(message.key, after)
    events, records = [], []
    for name, asked in now.items():
        if name not in was:
            events.append(_emit(after, message, _asked(after, asked)))
            records.append(question_record(asked, asked_at(after, asked), None))
    for name, asked in was.items():
        if name not in now:
            answer = answers.get(asked.kind)
            if asked.kind == _AT_PLANS and after.active:
                answer = {"tryout": "keep" if asked.track_id in after.tracks else "drop"}
            reason: Closing = why_closed(asked, after, answered=answer is not None)
            data = QuestionClosedV1(question_id=name, kind=asked.kind, track_id=asked.track_id, reason=reason)
            events.append(_emit(after, message, data))
            role = message.actor.kind if answer is not None else None
            ended = {"reason": reason, "answers": answer, "by": role, "at": after.clock}
            records.append(question_record(asked, asked_at(before, asked), ended))
    return events, records


def asked_at(state: PatientState, asked: Asked) -> int:
    """When a question began, epoch ms: as noted, else with the person's day."""
    if asked.at is not None:
        return asked.at
    return to_ms(day_start(asked.on, state.tz or "UTC", state.day_starts_at))


def _asked(state: PatientState, asked: Asked) -> QuestionAskedV1:
    return QuestionAskedV1(
        question_id=asked.question_id,
        kind=asked.kind,
        track_id=asked.track_id,
        asked_at=from_ms(asked_at(state, asked)),
        until=None if asked.until is None else from_ms(asked.until),
    )


def _emit(state: PatientState, message: Message[Any], data: QuestionAskedV1 | QuestionClosedV1) -> Emit:
    return Emit(
        data,
        occurred_at=from_ms(state.clock),
        local_date=message.local_date,
        tz=state.tz or None,
        actor=SYSTEM,
        source="system",
    )
