"""What each command and each event does to one person's diary; pure, and listed in `TRANSITIONS`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, Final, TypeVar

from services.session_logging.domain.attention import why_of
from services.session_logging.domain.commands import (
    AddJournal,
    AmendSession,
    LogBatch,
    LogSession,
    SubmitMorningCheck,
    VoidSession,
)
from services.session_logging.domain.correct import amend, void
from services.session_logging.domain.log import digest, new_session, require_past
from services.session_logging.domain.rules import AmountsOnly, IdHasOtherContent, RuleBroken
from services.session_logging.domain.session import Session
from services.session_logging.domain.state import SessionLogState, Terms, Track, UsualSet
from services.session_logging.domain.window import (
    check_name,
    digest_found,
    journal_name,
    require_current,
    session_name,
)
from services.session_logging.folding.batch import log_batch, morning_check
from services.session_logging.folding.events import amended, checked, logged, voided
from services.session_logging.folding.setting import setting_of
from services.session_logging.folding.views import attention_view, check_view, journal_view, session_view
from services.session_logging.store import COLLECTIONS, check_record, journal_record, session_record
from shared.contracts.plans import (
    OverrideEndedV1,
    OverrideSetV1,
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
)
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.messages import Answer, Emit, Handler, Message, Refused, Service, Transition

T = TypeVar("T")
State = SessionLogState
USUAL_PAIN: Final = "usual_pain"
"""The override that is obeyed here (progression 2.8)."""

Next = Transition[SessionLogState]


def refusing(handler: Callable[[State, Message[T], datetime], Next]) -> Callable[[State, Message[T], datetime], Next]:
    """Turn a broken rule of the domain into a refused command."""

    @wraps(handler)
    def on_command(state: State, message: Message[T], now: datetime) -> Next:
        try:
            return handler(state, message, now)
        except RuleBroken as rule:
            raise Refused(rule.status, rule.code, rule.detail, rule.field) from rule

    return on_command


@refusing
def log_session(state: State, message: Message[LogSession], now: datetime) -> Next:
    """Log one bout once; an id that was logged before with the same content, in whatever way, is only answered."""
    command, caller = message.data, message.actor.kind
    setting = setting_of(state, message, now)
    name = session_name(command.session_id)
    require_current(state.window, command.basis, (name,))
    if (known := command.current) is not None:
        if known.digest != digest(command.entry):
            raise IdHasOtherContent("/id")
        return Transition(state, answer=Answer(200, {**_told(known, state, caller, now), "outcome": "exists"}))
    session = new_session(command.session_id, command.entry, state, setting)
    outcome = "history_only" if session.history_only else "created"
    return Transition(
        state.touched(state.window.touched(name)),
        events=(logged(session, why_of(session, state.usual_at(now))),),
        records=(session_record(session),),
        answer=Answer(201, {**_told(session, state, caller, now), "outcome": outcome}),
    )


@refusing
def amend_session(state: State, message: Message[AmendSession], now: datetime) -> Next:
    """Replace some of a session's content; a correction that says nothing new makes no revision."""
    command, caller = message.data, message.actor.kind
    session = amend(command, state, setting_of(state, message, now))
    answer = Answer(200, _told(session, state, caller, now))
    if session is command.current:
        return Transition(state, answer=answer)
    return Transition(
        state.touched(state.window.touched(session_name(session.session_id))),
        events=(amended(session, why_of(session, state.usual_at(now))),),
        records=(session_record(session),),
        answer=answer,
    )


@refusing
def void_session(state: State, message: Message[VoidSession], now: datetime) -> Next:
    """Take a session out of every count, for good; a second void gets the same answer and does nothing."""
    command, caller = message.data, message.actor.kind
    session = void(command, state, setting_of(state, message, now))
    answer = Answer(200, {"session": session_view(session, caller)})
    if session is command.current:
        return Transition(state, answer=answer)
    return Transition(
        state.touched(state.window.touched(session_name(session.session_id))),
        events=(voided(session),),
        records=(session_record(session),),
        answer=answer,
    )


@refusing
def submit_morning_check(state: State, message: Message[SubmitMorningCheck], now: datetime) -> Next:
    """Record how a morning felt, once per id."""
    command = message.data
    setting = setting_of(state, message, now)
    name, content = check_name(command.check_id), digest(command.check)
    known = digest_found(state.window, command.basis, name)
    if known is not None:
        if known != content:
            raise IdHasOtherContent("/id")
        return Transition(state, answer=Answer(200, {"morning_check": {"id": command.check_id}, "outcome": "exists"}))
    check = morning_check(command.check_id, command.check, setting, content)
    record = check_record(check)
    return Transition(
        state.touched(state.window.touched(name)),
        events=(checked(check),),
        records=(record,),
        answer=Answer(201, {"morning_check": check_view(record.data), "outcome": "created"}),
    )


@refusing
def add_journal(state: State, message: Message[AddJournal], now: datetime) -> Next:
    """Keep a journal entry; only its id, its tags and whether it is for the visit leave the service."""
    command = message.data
    setting = setting_of(state, message, now)
    if setting.reporter in ("caregiver", "device"):
        raise AmountsOnly
    name, content = journal_name(command.entry_id), _journal_digest(command)
    known = digest_found(state.window, command.basis, name)
    if known is not None:
        if known != content:
            raise IdHasOtherContent("/id")
        return Transition(state, answer=Answer(200, {"entry": {"id": command.entry_id}, "outcome": "exists"}))
    at = command.at or now
    require_past("/at", at, now)
    day = setting.day_of(at)
    record = journal_record(
        command.entry_id, at, command.tags, command.bring_to_visit, command.sealed_text, day, content
    )
    told = {"entry_id": command.entry_id, "tags": command.tags, "bring_to_visit": command.bring_to_visit}
    event = JournalRecordedV1.model_validate(told)
    return Transition(
        state.touched(state.window.touched(name)),
        events=(Emit(event, occurred_at=at, local_date=day, tz=setting.tz),),
        records=(record,),
        answer=Answer(201, {"entry": journal_view(record.data), "outcome": "created"}),
    )


def on_patient_enrolled(state: State, message: Message[PatientEnrolledV1], now: datetime) -> Next:
    """The person has a diary from now on, with their zone, the start of their day and their language."""
    data = message.data
    return Transition(state.enrolled(data.tz, data.day_starts_at, message.seq or 0, data.locale))


def on_plan_in_force(state: State, message: Message[PlanActivatedV1 | PlanChangedV1], now: datetime) -> Next:
    """The tracks that sessions can count to, and what a worrying answer needs of the plan (W15)."""
    data = message.data
    tracks = {track.track_id: Track(track.activity_family, track.marker, track.unit) for track in data.tracks}
    usual = data.usual_pain if data.usual_pain_override is None else data.usual_pain_override
    return Transition(state.planned(tracks, message.seq or 0, Terms(usual, data.flare_plan_sealed)))


def on_plan_ended(state: State, message: Message[PlanEndedV1], now: datetime) -> Next:
    """No track is current any more."""
    return Transition(state.plan_ended(message.seq or 0))


def on_override_set(state: State, message: Message[OverrideSetV1], now: datetime) -> Next:
    """A clinician set usual pain for a while, and W15 judges by it; no other override is obeyed here."""
    data = message.data
    if data.parameter != USUAL_PAIN:
        return Transition(state)
    return Transition(state.usual_said(UsualSet(data.override_id, int(data.value), data.until), message.seq or 0))


def on_override_ended(state: State, message: Message[OverrideEndedV1], now: datetime) -> Next:
    """Usual pain is the plan's again."""
    if message.data.parameter != USUAL_PAIN:
        return Transition(state)
    return Transition(state.usual_unsaid(message.data.override_id, message.seq or 0))


def _told(session: Session, state: State, caller: str, now: datetime) -> dict[str, Any]:
    """The session as the caller sees it, and what must be done at once where it worries (W15)."""
    worries = attention_view(why_of(session, state.usual_at(now)), state, caller)
    return {"session": session_view(session, caller), **worries}


def _journal_digest(command: AddJournal) -> str:
    at = None if command.at is None else command.at.timestamp()
    text = repr((at, command.tags, command.bring_to_visit, command.sealed_text))
    return sha256(text.encode()).hexdigest()[:32]


TRANSITIONS: Final[Mapping[type, Handler]] = {
    LogSession: log_session,
    AmendSession: amend_session,
    VoidSession: void_session,
    LogBatch: refusing(log_batch),
    SubmitMorningCheck: submit_morning_check,
    AddJournal: add_journal,
    PatientEnrolledV1: on_patient_enrolled,
    PlanActivatedV1: on_plan_in_force,
    PlanChangedV1: on_plan_in_force,
    PlanEndedV1: on_plan_ended,
    OverrideSetV1: on_override_set,
    OverrideEndedV1: on_override_ended,
}

SERVICE: Final = Service("session_logging", SessionLogState, TRANSITIONS, collections=COLLECTIONS)
"""The whole service as data."""
