"""What each command and event does to one person's red flags and suspension."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from services.safety.domain import episodes
from services.safety.domain.commands import OWN, AnswerRedFlags, ResumeAutomation, SuspendAutomation
from services.safety.domain.levels import in_order, level_of
from services.safety.domain.model import Enrolment, SafetyState
from services.safety.store import COLLECTIONS, answer_record, suspension_record
from shared.clock import local_date
from shared.contracts.plans import PatientEnrolledV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1, RedflagRaisedV1
from shared.ids import named_id
from shared.runtime.messages import Answer, Emit, Handler, Message, Refused, Service, To, Transition

Result = Transition[SafetyState]


def answer_red_flags(state: SafetyState, message: Message[AnswerRedFlags], now: datetime) -> Result:
    """Keep an answer; any yes raises a flag and suspends, or joins the suspension that is open (R1, W3).

    404 for staff whose tenant the person is not known in.
    """
    command = message.data
    if message.actor.kind not in OWN:
        _enrolled(state)
    signs, level = in_order(command.yes), level_of(command.yes)
    told = {"flag_id": command.flag_id, "level": level, "signs": list(signs), "locale": _locale(state)}
    if not signs or level is None:
        answer = Answer(200, {**told, "suspended": state.suspension is not None})
        return Transition(
            state, records=(answer_record(command, signs, level, None, message.actor, now),), answer=answer
        )
    before = state.suspension
    if before is None:
        id = named_id("suspension", message.key, command.flag_id)
        suspension = episodes.began(id, command.flag_id, signs, command.answered_at)
    else:
        suspension = episodes.joined(before, command.flag_id, signs)
    raised = RedflagRaisedV1.model_validate(
        {
            "flag_id": command.flag_id,
            "suspension_id": suspension.suspension_id,
            "signs": signs,
            "level": level,
            "context": command.context,
            "answered_at": command.answered_at,
        }
    )
    events: list[BaseModel] = [raised]
    if before is None or not before.flags:  # to one that a clinician began, a flag that joins is news
        events.append(
            AutomationSuspendedV1(
                suspension_id=suspension.suspension_id,
                flag_id=command.flag_id,
                level=level,
                signs=signs,
                since=suspension.since,
            )
        )
    return Transition(
        replace(state, suspension=suspension),
        events=tuple(_emit(event, state, command.answered_at) for event in events),
        records=(
            answer_record(command, signs, level, suspension.suspension_id, message.actor, now),
            suspension_record(suspension),
        ),
        answer=Answer(200, {**told, "suspended": True}),
    )


def suspend_automation(state: SafetyState, message: Message[SuspendAutomation], now: datetime) -> Result:
    """Stop everything automatic on a clinician's word, with a reason and without a red flag (progression 2.8, R1).

    Only a clinician's resume with a note ends it (9.3 no. 2): time does not. 409 while a suspension is open.
    """
    _enrolled(state)
    if message.actor.kind != "clinician":
        raise Refused(403, "clinicians_only", "Only a clinician suspends automation.")
    if state.suspension is not None:
        raise Refused(409, "suspended_already", "Automation is suspended already.")
    command = message.data
    id = named_id("suspension", message.key, command.suspension_id)
    suspension = episodes.stopped(id, command.reason, message.actor.id, now)
    event = AutomationSuspendedV1(
        suspension_id=suspension.suspension_id,
        flag_id=suspension.suspension_id,
        level=suspension.level,
        signs=("clinician",),
        since=now,
        by="clinician",
        reason=command.reason,
    )
    body = {"suspension_id": suspension.suspension_id, "since": now.isoformat(), "reason": command.reason}
    return Transition(
        replace(state, suspension=suspension),
        events=(_emit(event, state, now),),
        records=(suspension_record(suspension),),
        answer=Answer(201, body),
    )


def resume_automation(state: SafetyState, message: Message[ResumeAutomation], now: datetime) -> Result:
    """End the open suspension with a clinician's note; 409 unless it is the one named (9.2 Resume, 9.3 no. 2)."""
    _enrolled(state)
    if message.actor.kind != "clinician":
        raise Refused(403, "clinicians_only", "Only a clinician ends a suspension.")
    try:
        suspension = episodes.check_end(state.suspension, message.data.suspension_id, message.data.last_flag_id)
    except episodes.NotSuspended:
        raise Refused(409, "not_suspended", "Automation is not suspended for this person.") from None
    except episodes.AnotherSuspension:
        raise Refused(
            409, "another_suspension", "Another suspension is open; look at it before ending it.", "/suspension_id"
        ) from None
    except episodes.FlagSince:
        raise Refused(
            409, "flag_since", "Another flag was raised since; look at it before ending this.", "/last_flag_id"
        ) from None
    record = suspension_record(suspension, ended_at=now, ended_by=message.actor, note=message.data.note_sealed)
    event = AutomationResumedV1(suspension_id=suspension.suspension_id, resumed_at=now)
    body = {"suspension_id": suspension.suspension_id, "ended_at": now.isoformat()}
    return Transition(
        replace(state, suspension=None),
        events=(_emit(event, state, now),),
        records=(record,),
        answer=Answer(200, body),
    )


def on_patient_enrolled(state: SafetyState, message: Message[PatientEnrolledV1], _: datetime) -> Result:
    """The person is of this tenant: staff may now act for them, and they are spoken to in their language."""
    data = message.data
    return Transition(replace(state, enrolment=Enrolment(data.locale, data.tz, data.day_starts_at)))


TRANSITIONS: Final[dict[type, Handler | To]] = {
    AnswerRedFlags: answer_red_flags,
    SuspendAutomation: suspend_automation,
    ResumeAutomation: resume_automation,
    PatientEnrolledV1: on_patient_enrolled,
}

SERVICE: Final = Service("safety", SafetyState, TRANSITIONS, collections=COLLECTIONS)
"""The whole service as data; time alone never does anything here, above all it never ends a suspension."""


def _enrolled(state: SafetyState) -> None:
    if state.enrolment is None:
        raise Refused(404, "unknown_person", "There is no such person.")


def _locale(state: SafetyState) -> str | None:
    return state.enrolment.locale if state.enrolment else None


def _emit(data: BaseModel, state: SafetyState, at: datetime) -> Emit:
    if state.enrolment is None:
        return Emit(data, occurred_at=at)
    day = local_date(at, state.enrolment.tz, state.enrolment.day_starts_at)
    return Emit(data, occurred_at=at, local_date=day, tz=state.enrolment.tz)
