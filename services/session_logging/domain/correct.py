"""Amending and voiding: who may, on which revision, and what the corrected entry is."""

from dataclasses import replace

from services.session_logging.domain.commands import AmendSession, Entry, VoidSession
from services.session_logging.domain.log import Setting, amended_session, require_words
from services.session_logging.domain.rules import (
    OwnEntriesOnly,
    RevisionIsStale,
    SessionIsUnknown,
    SessionIsVoided,
)
from services.session_logging.domain.session import Session
from services.session_logging.domain.state import SessionLogState
from services.session_logging.domain.window import require_current, session_name

_OWN_ONLY = frozenset({"caregiver", "device"})
_UNCOUNTED = ("revision", "reporter", "source", "history_only", "updated_at")


def amend(command: AmendSession, state: SessionLogState, setting: Setting) -> Session:
    """The corrected session, or the very same object when the correction says nothing new.

    The revision must be the one that the caller saw (412); a voided session stays as it is (409). A caregiver or a
    device changes only what it logged itself (W3).
    """
    require_current(state.window, command.basis, (session_name(command.session_id),))
    current = _own(command.current, setting)
    if current.status == "voided":
        raise SessionIsVoided
    if current.revision != command.if_match:
        raise RevisionIsStale
    require_words(command.entry, setting.reporter)
    amended = amended_session(current, _merged(current, command), state, setting)
    if replace(amended, **{name: getattr(current, name) for name in _UNCOUNTED}) == current:
        return current
    return amended


def void(command: VoidSession, state: SessionLogState, setting: Setting) -> Session:
    """The voided session; one that was voided before stays as it is, with its first reason."""
    require_current(state.window, command.basis, (session_name(command.session_id),))
    current = _own(command.current, setting)
    if current.status == "voided":
        return current
    return replace(
        current,
        revision=current.revision + 1,
        status="voided",
        void_reason=command.reason,
        updated_at=setting.now,
    )


def _own(current: Session | None, setting: Setting) -> Session:
    if current is None:
        raise SessionIsUnknown
    if setting.reporter in _OWN_ONLY and current.reporter != setting.reporter:
        raise OwnEntriesOnly
    return current


def _merged(current: Session, command: AmendSession) -> Entry:
    """The whole entry after the correction.

    Another activity looks for its track anew, another track brings its own activity, and turning rest into movement (or
    back) asks for an amount again.
    """
    before = Entry(
        track_id=current.track_id,
        activity=current.activity,
        variant=current.variant,
        started_at=current.started_at,
        ended_at=current.ended_at if current.ended_given else None,
        amount=current.given_amount,
        unit=current.given_unit,
        pain=current.pain,
        pain_before=current.pain_before,
        effort=current.effort,
        fatigue=current.fatigue,
        stop=current.stop,
        enjoyment=current.enjoyment,
    )
    changed = set(command.changed)
    values = {name: getattr(command.entry, name) for name in changed}
    if values.get("started_at", before.started_at) is None:
        values["started_at"] = before.started_at
    if "activity" in changed and "track_id" not in changed:
        values["track_id"] = None
    if "track_id" in changed and values["track_id"] is not None and "activity" not in changed:
        values["activity"] = None
    variant = values.get("variant", before.variant)
    if "amount" not in changed and "rest" in (variant, before.variant) and variant != before.variant:
        values["amount"] = None
    if "unit" not in changed and values.get("track_id", before.track_id) != before.track_id and "amount" in changed:
        values["unit"] = None
    return replace(before, **values)
