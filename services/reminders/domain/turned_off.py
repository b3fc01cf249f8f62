"""The person turned reminders off: none of their cues prompts until they turn them on (article H3)."""

from dataclasses import replace
from typing import Final

from services.reminders.domain.model import PatientState, TurnedOff

FEATURE: Final = "reminders"
REASON: Final = "reminders_off"


def heard(state: PatientState, *, on: bool, seq: int, event_id: str) -> PatientState:
    """The state after a word on the features that the person uses; one of a lower seq changes nothing ([4])."""
    known = state.turned_off
    if known is not None and known.seq >= seq:
        return state
    return replace(state, turned_off=TurnedOff(not on, seq, event_id))


def off(state: PatientState) -> TurnedOff | None:
    """Why no cue prompts, or None where cues do."""
    return state.turned_off if state.turned_off is not None and state.turned_off.off else None
