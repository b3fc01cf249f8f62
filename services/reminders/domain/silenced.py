"""A clinician set messages off: none leaves until that runs out, but those of safety (progression 2.8, 9.2)."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.reminders.domain.model import PatientState, Silence

PARAMETER: Final = "messages"
"""The override that is obeyed here; no other is."""

REASON: Final = "messages_off"
KEPT: Final = 6


def begun(state: PatientState, name: str, until: datetime, seq: int, event_id: str) -> PatientState:
    """The state once messages are off until a moment; an older word changes nothing ([4])."""
    known = state.silences.get(name, Silence())
    if known.on_seq > seq:
        return state
    heard = replace(known, on_seq=seq, until=until, event_id=event_id)
    return replace(state, silences={**state.silences, name: heard})


def ended(state: PatientState, name: str, seq: int) -> PatientState:
    """The state once that is over before it ran out."""
    known = state.silences.get(name, Silence())
    return replace(state, silences={**state.silences, name: replace(known, off_seq=max(seq, known.off_seq))})


def silence(state: PatientState) -> Silence | None:
    """Why no message may leave, or None; what ran out is forgotten before anything is decided."""
    return next((one for _, one in sorted(state.silences.items()) if one.open), None)


def kept(state: PatientState, now: datetime) -> dict[str, Silence]:
    """What has not run out, and the latest of those that ended before."""
    lasting = {name: one for name, one in state.silences.items() if one.until is None or one.until > now}
    order = sorted(lasting, key=lambda name: (lasting[name].open, lasting[name].off_seq, name), reverse=True)
    return {name: lasting[name] for number, name in enumerate(order) if lasting[name].open or number < KEPT}
