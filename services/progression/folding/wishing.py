"""What a person's own wish, and a clinician's word on a step, do to a track (domain/progression.md 2.11 W9-W11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.progression.domain import wishes
from services.progression.domain.rounds import Round
from services.progression.domain.state import PatientState, dose_hidden
from services.progression.domain.suspending import in_force, status_of
from services.progression.domain.wishes import ApproveStep, AskLess, AskStep, ChooseBouts
from services.progression.folding.turn import Turn
from shared.ids import named_id
from shared.runtime.messages import Answer, Handler, Message, Refused, Transition

Result = Transition[PatientState]

MAY_WISH: Final = frozenset({"patient", "clinician"})
"""W3: the person, or staff noting their words."""

_STANDS_OVER: Final = {"SUSPENDED": "rule.R1", "PAUSED": "rule.R2"}
"""What is said of a wish while nothing is in force: the words of what stands over the plan, and no amount."""


_AT_THE_START: Final = {
    "rule.W10": "rule.W4",
    "rule.R5d": "rule.W4",
    "rule.W11.asked": "rule.W4.asked",
    "rule.W11.waits": "rule.W4.asked",
}
"""The words without an amount while a start is found (W4)."""


def ask_step(state: PatientState, message: Message[AskStep], now: datetime) -> Result:
    """One step up: granted where nothing speaks against it, else a work item (W11)."""
    track_id = message.data.track_id
    turn, round_ = _begun(state, message, track_id)
    before = in_force(state, state.tracks[track_id])
    why = wishes.ask_step(round_, track_id, named_id("step", message.key, message.id))
    turn.finish(round_)
    turn.show_tracks([track_id])
    key = "rule.W11" if why is None else "rule.W11.waits" if why == "approve_step" else "rule.W11.asked"
    return _told(turn, track_id, key, {"granted": why is None, "reason": why, "dose_before": before})


def ask_less(state: PatientState, message: Message[AskLess], now: datetime) -> Result:
    """Less, down to rest: always, at once (W11, 2.8)."""
    track_id = message.data.track_id
    turn, round_ = _begun(state, message, track_id)
    before = in_force(state, state.tracks[track_id])
    dose = wishes.ask_less(round_, track_id, message.data.dose, named_id("less", message.key, message.id))
    turn.finish(round_)
    turn.show_tracks([track_id])
    key = "rule.W10" if dose else "rule.W10.rest"
    return _told(turn, track_id, key, {"granted": True, "reason": None, "dose_before": before})


def choose_bouts(state: PatientState, message: Message[ChooseBouts], now: datetime) -> Result:
    """At once or in two bouts of the day, as the person likes (W10); 422 `too_little_for_two` for a small amount, 409
    `nothing_in_force` while there is no amount."""
    track_id, bouts = message.data.track_id, message.data.bouts
    turn, round_ = _begun(state, message, track_id)
    track = state.tracks[track_id]
    if bouts > 1 and (not in_force(state, track) or dose_hidden(track)):
        raise Refused(409, "nothing_in_force", "There is no amount just now that could be split.")
    halves = wishes.choose_bouts(round_, track_id, bouts)
    if bouts > 1 and halves is None:
        raise Refused(422, "too_little_for_two", "This amount is too small for two bouts.", "/bouts")
    turn.finish(round_)
    turn.show_tracks([track_id])
    dose = in_force(turn.state, turn.state.tracks[track_id])
    body = {"granted": True, "reason": None, "dose_before": dose}
    if halves is None:
        return _told(turn, track_id, "rule.R5d", body)
    return _told(turn, track_id, "rule.W10.halves", {**body, "first": halves[0], "second": halves[1]})


def approve_step(state: PatientState, message: Message[ApproveStep], now: datetime) -> Result:
    """A clinician's yes or no to a step that waits for it (W9); 409 where it does not wait any more."""
    if message.actor.kind != "clinician":
        raise Refused(403, "only_a_clinician", "Only a clinician approves a step.")
    offer = state.proposal
    if offer is None or offer.proposal_id != message.data.proposal_id:
        if message.data.proposal_id in state.closed:
            raise Refused(409, "proposal_closed", "This step does not wait any more.")
        raise Refused(404, "unknown_proposal", "There is no such step.")
    if offer.stage != "clinician":
        raise Refused(409, "proposal_approved", "This step was approved already.")
    turn = Turn(state, message)
    round_ = turn.round("approval", gap_rule=state.record_mode == "live")
    wishes.approve_step(round_, approve=message.data.approve)
    turn.finish(round_)
    turn.show_tracks([offer.track_id])
    body = {"proposal_id": offer.proposal_id, "track_id": offer.track_id, "approved": message.data.approve}
    return _answered(turn, body)


def _begun(state: PatientState, message: Message[Any], track_id: str) -> tuple[Turn, Round]:
    if message.actor.kind not in MAY_WISH:
        raise Refused(403, "only_the_person", "Only the person asks, or staff noting their words (W3).")
    if not state.active:
        raise Refused(409, "no_active_plan", "There is no plan in force.")
    if track_id not in state.tracks:
        raise Refused(404, "unknown_track", "The plan in force has no such track.")
    turn = Turn(state, message)
    return turn, turn.round("wish", gap_rule=state.record_mode == "live")


def _told(turn: Turn, track_id: str, key: str, body: dict[str, Any]) -> Result:
    track = turn.state.tracks[track_id]
    dose, unit, status = in_force(turn.state, track), track.config.unit, status_of(turn.state, track.footing)
    key = _STANDS_OVER.get(status, key)
    if key == "rule.R1" and turn.state.suspension is not None and turn.state.suspension.reason:
        key = "rule.R1.clinician"
    if status == "FLARE" and not dose:
        key = "rule.R3.rest"
    told: dict[str, Any] = {"dose": dose, **body}
    if status != "SUSPENDED" and dose_hidden(turn.before.tracks[track_id]):
        told["dose_before"] = None
    if status != "SUSPENDED" and dose_hidden(track):
        told["dose"], key = None, _AT_THE_START.get(key, key)
    told |= {"track_id": track_id, "marker": track.config.marker, "unit": unit, "text_key": key}
    if turn.state.suspension is not None:
        told["level"] = turn.state.suspension.level
    return _answered(turn, told)


def _answered(turn: Turn, body: dict[str, Any]) -> Result:
    done = turn.result()
    return Transition(done.state, done.events, done.records, answer=Answer(200, body))


WISHES: Final[Mapping[type, Handler]] = {
    AskStep: ask_step,
    AskLess: ask_less,
    ChooseBouts: choose_bouts,
    ApproveStep: approve_step,
}
"""What a person, or a clinician, may ask for, and what it does."""
