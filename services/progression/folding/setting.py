"""What a clinician's override does to a person's progression when it begins, ends, or runs out (2.8)."""

from __future__ import annotations

from datetime import datetime

from services.progression.domain import overriding
from services.progression.domain.flare_dose import SETS_IT, said_anew
from services.progression.domain.model import Override
from services.progression.domain.offers import close_offer
from services.progression.domain.rounds import run_round
from services.progression.domain.state import PatientState
from services.progression.folding.turn import Turn
from shared.clock import to_ms
from shared.contracts.plans import OverrideEndedV1, OverrideSetV1
from shared.runtime.messages import Message, Transition

Result = Transition[PatientState]


def on_override_set(state: PatientState, message: Message[OverrideSetV1], now: datetime) -> Result:
    """An override holds from now on, and every track under it is judged by it; raises `ParameterOutOfRange`."""
    data = message.data
    overriding.check(data.parameter, data.value)
    turn, until = Turn(state, message), to_ms(data.until)
    new = Override(
        override_id=data.override_id,
        track_id=data.track_id,
        name=data.parameter,
        value=data.value,
        reason=data.reason,
        role=data.role,
        since=to_ms(data.set_at),
        until=until,
        ends=turn.day(until),
        seq=message.seq or 0,
    )
    after = overriding.begun(state, new)
    return Transition(state) if after is state else _judged(turn, after, [new], "override")


def on_override_ended(state: PatientState, message: Message[OverrideEndedV1], now: datetime) -> Result:
    """An override stands no longer: the rule is back at once."""
    override_id = message.data.override_id
    gone = [one for one in state.overrides if one.override_id == override_id]
    after = overriding.ended(state, override_id)
    return _judged(Turn(state, message), after, gone, "override_ended") if gone else Transition(after)


def _judged(turn: Turn, after: PatientState, about: list[Override], trigger: str) -> Result:
    at = turn.instant()
    turn.state = overriding.settled(after, turn.day(at), at)
    tracks = overriding.concerned(turn.state, about)
    if any(one.name in SETS_IT for one in about):
        turn.state = said_anew(turn.state, tracks)
    if not turn.state.active:
        return turn.result()
    turn.back |= tracks if trigger == "override_ended" else frozenset()
    round_ = turn.round(trigger, gap_rule=turn.state.record_mode == "live")
    offer = round_.state.proposal
    if offer is not None and offer.track_id in tracks:
        close_offer(round_, "override")
    run_round(round_, tracks)
    turn.finish(round_)
    turn.show_tracks(tracks)
    return turn.result()
