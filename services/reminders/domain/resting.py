"""In a flare and in a pause nobody is prompted (reminders 5.2 Fatigue/flare aware; progression 2.4, article P9.1)."""

from dataclasses import replace
from typing import Final, Literal

from services.reminders.domain.model import Away, PatientState

KEPT: Final = 6
PAUSE: Final = "R2"
"""The rule of a pause: the person asked for it and was answered, so its own change note is not given."""


def switched_on(state: PatientState, name: str, kind: Literal["flare", "paused"], seq: int, event_id: str) -> Away:
    """The flare or pause as it stands after a word that it goes on; an older word changes nothing ([4])."""
    known = state.away.get(name, Away(kind))
    return known if known.on_seq > seq else replace(known, on_seq=seq, event_id=event_id)


def switched_off(state: PatientState, name: str, kind: Literal["flare", "paused"], seq: int) -> Away:
    """The same after a word that it is over."""
    known = state.away.get(name, Away(kind))
    return replace(known, off_seq=max(seq, known.off_seq))


def why_quiet(state: PatientState) -> Away | None:
    """Why the person is not prompted, or None: a pause before a flare, both end by the person's word."""
    found = sorted((one for one in state.away.values() if one.open), key=lambda one: (one.kind != "paused", one.on_seq))
    return found[0] if found else None


def kept(state: PatientState) -> dict[str, Away]:
    """Every flare and pause that goes on, and the latest of those that are over."""
    order = sorted(state.away, key=lambda name: (state.away[name].open, _last(state.away[name]), name), reverse=True)
    keep = {name for number, name in enumerate(order) if state.away[name].open or number < KEPT}
    return {name: state.away[name] for name in sorted(keep)}


def _last(one: Away) -> int:
    return max(one.on_seq, one.off_seq)
