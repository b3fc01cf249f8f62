"""From a session or a morning check to the event that tells the others."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.session_logging.domain.attention import Why
from services.session_logging.domain.session import Session
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.runtime.messages import Emit

_CONTENT = tuple(name for name in SessionAmendedV1.model_fields if name not in ("alert", "more_follow"))


@dataclass(frozen=True, slots=True)
class Check:
    """A valid morning check, ready to be stored and told."""

    check_id: str
    at: datetime
    pain: int | None
    fatigue: int | None
    reporter: str
    source: str
    local_date: date
    tz: str
    digest: str


def logged(session: Session, alert: Why | None = None) -> Emit:
    """`session.logged`, on the person's day on which it happened; `alert` says why its answer was worrying (W15)."""
    return _emit(SessionLoggedV1(**_content(session), alert=alert), session, session.started_at)


def amended(session: Session, alert: Why | None = None) -> Emit:
    """`session.amended` with the whole new content; `alert` as in `logged`."""
    return _emit(SessionAmendedV1(**_content(session), alert=alert), session, session.started_at)


def voided(session: Session) -> Emit:
    """`session.voided`; it happened when it was voided."""
    event = SessionVoidedV1.model_validate(
        {
            "session_id": session.session_id,
            "revision": session.revision,
            "track_id": session.track_id,
            "slot_id": session.slot_id,
            "started_at": session.started_at,
            "reason": session.void_reason,
        }
    )
    return _emit(event, session, session.updated_at)


def checked(check: Check) -> Emit:
    """`morning_check.recorded`, on the person's day of that morning."""
    event = MorningCheckRecordedV1.model_validate(
        {
            "check_id": check.check_id,
            "at": check.at,
            "pain": check.pain,
            "fatigue": check.fatigue,
            "reporter": check.reporter,
        }
    )
    return Emit(event, occurred_at=check.at, local_date=check.local_date, tz=check.tz)


def all_but_last_announce_more(events: list[Emit]) -> tuple[Emit, ...]:
    """The events of one batch, so that whoever decides waits for the last of them (progression 2.7, article P8.3)."""
    return tuple(
        replace(event, data=event.data.model_copy(update={"more_follow": True})) for event in events[:-1]
    ) + tuple(events[-1:])


def _emit(data: SessionLoggedV1 | SessionAmendedV1 | SessionVoidedV1, session: Session, at: datetime) -> Emit:
    return Emit(data, occurred_at=at, local_date=session.local_date, tz=session.tz)


def _content(session: Session) -> dict[str, Any]:
    return {name: getattr(session, name) for name in _CONTENT}
