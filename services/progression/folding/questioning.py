"""What leaves the service about questions: each is told when it begins and when it ends, and is kept to be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.progression.domain.asked import Asked
from services.progression.domain.questions import Closing, open_questions, why_closed
from services.progression.domain.state import PatientState
from services.progression.store import question_record
from shared.clock import day_start, from_ms, to_ms
from shared.contracts.progression import QuestionAskedV1, QuestionClosedV1
from shared.runtime.messages import SYSTEM, Emit, Record

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
    patient_id: str, before: PatientState, after: PatientState, answers: Answers, day: date, by: str
) -> tuple[list[Emit], list[Record]]:
    """Events and records of the questions that began or ended between two states, on a day of the person; `by` is the
    role of who answered."""
    was, now = open_questions(patient_id, before), open_questions(patient_id, after)
    events, records = [], []
    for name, asked in now.items():
        if name not in was:
            events.append(_emit(after, day, _asked(after, asked)))
            records.append(question_record(asked, asked_at(after, asked), None))
    for name, asked in was.items():
        if name not in now:
            answer = answers.get(asked.kind)
            if asked.kind == _AT_PLANS and after.active:
                answer = {"tryout": "keep" if asked.track_id in after.tracks else "drop"}
            reason: Closing = why_closed(asked, after, answered=answer is not None)
            data = QuestionClosedV1(question_id=name, kind=asked.kind, track_id=asked.track_id, reason=reason)
            events.append(_emit(after, day, data))
            ended = {"reason": reason, "answers": answer, "by": None if answer is None else by, "at": after.clock}
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


def _emit(state: PatientState, day: date, data: QuestionAskedV1 | QuestionClosedV1) -> Emit:
    return Emit(
        data,
        occurred_at=from_ms(state.clock),
        local_date=day,
        tz=state.tz or None,
        actor=SYSTEM,
        source="system",
    )
