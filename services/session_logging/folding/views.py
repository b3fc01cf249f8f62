"""What a caller is shown of a session: everything, or for a caregiver what was done and nothing about how it felt."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.session_logging.domain.attention import Why, attention
from services.session_logging.domain.session import FELT, Session
from services.session_logging.domain.state import SessionLogState
from shared.clock import from_ms, to_ms

_WITHOUT_WORDS = frozenset({"caregiver", "device"})


def session_view(session: Session, caller: str) -> dict[str, Any]:
    """A session as `caller` (a role) sees it (visibility matrix, domain/community.md 6.3).

    Moments are ISO 8601 in UTC. A caregiver or a device gets no number that says how it felt.
    """
    view: dict[str, Any] = {
        "id": session.session_id,
        "revision": session.revision,
        "status": session.status,
        "track_id": session.track_id,
        "slot_id": session.slot_id,
        "activity": session.activity,
        "activity_family": session.activity_family,
        "variant": session.variant,
        "started_at": iso(to_ms(session.started_at)),
        "ended_at": iso(to_ms(session.ended_at)),
        "amount": session.amount,
        "marker": session.marker,
        "given": {"amount": session.given_amount, "unit": session.given_unit},
        "local_date": session.local_date.isoformat(),
        "tz": session.tz,
        "reporter": session.reporter,
        "history_only": session.history_only,
        "updated_at": iso(to_ms(session.updated_at)),
    }
    if session.status == "voided":
        view["void_reason"] = session.void_reason
    if caller not in _WITHOUT_WORDS:
        view |= {name: getattr(session, name) for name in FELT}
    return view


def attention_view(why: Why | None, state: SessionLogState, caller: str) -> dict[str, Any]:
    """The part `attention` of an answer (W15), still without words; empty where there is nothing to say."""
    found = attention(why, state, caller)
    return {} if found is None else {"attention": asdict(found)}


def done_view(session: Session) -> dict[str, Any]:
    """What a caregiver sees of sessions in a list: that something was done, of which track, on which day."""
    return {
        "id": session.session_id,
        "local_date": session.local_date.isoformat(),
        "track_id": session.track_id,
        "activity_family": session.activity_family,
        "done": session.amount > 0,
    }


def check_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """A stored morning check as the person and the care team see it."""
    return {
        "id": document["check_id"],
        "at": iso(document["at_ms"]),
        "pain": document["pain"],
        "fatigue": document["fatigue"],
        "reporter": document["reporter"],
        "local_date": document["local_date"],
        "tz": document["tz"],
    }


def journal_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """A stored journal entry without its words."""
    return {
        "id": document["entry_id"],
        "at": iso(document["at_ms"]),
        "tags": list(document["tags"]),
        "bring_to_visit": bool(document["bring_to_visit"]),
        "local_date": document["local_date"],
    }


def iso(milliseconds: int) -> str:
    """Epoch milliseconds as ISO 8601 in UTC with milliseconds."""
    return from_ms(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
