"""What each message does to one person's progression; pure, and listed in `TRANSITIONS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from services.progression.domain.answering import answer_offer, give_less
from services.progression.domain.daily import each_day, end_with_plan, run_records
from services.progression.domain.explain import STOPPED
from services.progression.domain.flare_dose import said_by_plan
from services.progression.domain.model import Suspension
from services.progression.domain.offers import close_offer, expire_offer
from services.progression.domain.overriding import settled
from services.progression.domain.reviews import closed
from services.progression.domain.rounds import run_round
from services.progression.domain.state import PatientState
from services.progression.domain.storing import stored
from services.progression.domain.suspending import resumed, suspended
from services.progression.domain.upgrading import SCHEMA, upgraded
from services.progression.folding.adhering import refresh
from services.progression.folding.answering import QUESTIONS
from services.progression.folding.days_off import DAYS_OFF
from services.progression.folding.episodes import EPISODES
from services.progression.folding.planning import PlanInForce, changed_track, is_news, new_track, plan_of
from services.progression.folding.recording import take_morning, take_session, take_void, tell_worry
from services.progression.folding.setting import on_override_ended, on_override_set
from services.progression.folding.turn import Turn
from services.progression.folding.wishing import WISHES
from services.progression.store import COLLECTIONS, WRITTEN_ONCE, flare_plan_record
from shared.clock import day_start, from_ms, to_ms
from shared.contracts.plans import (
    OverrideEndedV1,
    OverrideSetV1,
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
    ProposalAnsweredV1,
    WorkItemClosedV1,
)
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.runtime.messages import Handler, Message, Service, Tick, To, Transition

Result = Transition[PatientState]

_MAY_ANSWER: Final = frozenset({"patient", "clinician", "admin", "system"})


def on_patient_enrolled(state: PatientState, message: Message[PatientEnrolledV1], now: datetime) -> Result:
    """The person's zone, start of the day and way of recording (W1, W6)."""
    data = message.data
    turn = Turn(state, message)
    turn.state = replace(state, tz=data.tz, day_starts_at=data.day_starts_at, record_mode=data.record_mode)
    _drain(turn)
    return turn.result()


def on_plan_in_force(state: PatientState, message: Message[PlanInForce], now: datetime) -> Result:
    """A plan version: new tracks start, running ones take over new bounds at once, tracks no longer in it end."""
    data = message.data
    if not is_news(state, data):
        return Transition(state)
    turn = Turn(state, message)
    fresh = state.plan is None or state.plan.ended or state.plan.plan_id != data.plan_id
    turn.state = replace(state, tz=state.tz or message.tz or "UTC", plan=plan_of(data, state.plan))
    effective = to_ms(data.effective_at)
    tracks = {}
    for track in data.tracks:
        running = state.tracks.get(track.track_id)
        if running is None or fresh:
            tracks[track.track_id] = new_track(track, turn.day(effective), effective, running)
        else:
            at = turn.instant()
            tracks[track.track_id] = changed_track(running, track, state, turn.day(at), at)
    gone = set(state.tracks) - set(tracks)
    turn.state = said_by_plan(state, replace(turn.state, tracks=tracks))
    if state.overrides:
        turn.state = settled(turn.state, turn.day(turn.instant()), turn.instant())
    if turn.state.ticked is None or fresh:
        turn.state = replace(turn.state, ticked=turn.day(turn.instant()))
    round_ = turn.round("plan", gap_rule=turn.state.record_mode == "live")
    if fresh:
        close_offer(round_, "plan_changed")
    run_round(round_, tracks)
    turn.finish(round_)
    turn.show_tracks({*tracks, *gone})
    turn.records.append(flare_plan_record(data.flare_plan_sealed))
    _drain(turn)
    return turn.result()


def on_plan_ended(state: PatientState, message: Message[PlanEndedV1], now: datetime) -> Result:
    """The plan is over: nothing is decided any more, an open offer is gone (W16)."""
    if state.plan is None or state.plan.ended or state.plan.plan_id != message.data.plan_id:
        return Transition(state)
    turn = Turn(state, message)
    round_ = turn.round("plan")
    close_offer(round_, "plan_ended")
    end_with_plan(round_)
    round_.state = replace(round_.state, plan=replace(state.plan, ended=True), waiting=(), unjudged=(), touched=None)
    turn.finish(round_)
    turn.show_tracks(state.tracks)
    turn.records.append(flare_plan_record(None))
    return turn.result()


def on_proposal_answered(state: PatientState, message: Message[ProposalAnsweredV1], now: datetime) -> Result:
    """The answer to an offer (W10); one that comes before its offer waits for it."""
    turn = Turn(state, message)
    _take_answer(turn, message)
    _drain(turn)
    return turn.result()


def on_session(state: PatientState, message: Message[Any], now: datetime) -> Result:
    """`session.logged` and `session.amended`; a worrying answer is told at once, whatever else it waits for (W15)."""
    turn = Turn(state, message)
    tell_worry(turn, message)
    take_session(turn, message)
    _drain(turn)
    return turn.result()


def on_session_voided(state: PatientState, message: Message[SessionVoidedV1], now: datetime) -> Result:
    """`session.voided`."""
    turn = Turn(state, message)
    take_void(turn, message)
    _drain(turn)
    return turn.result()


def on_morning_check(state: PatientState, message: Message[MorningCheckRecordedV1], now: datetime) -> Result:
    """`morning_check.recorded`."""
    turn = Turn(state, message)
    take_morning(turn, message)
    _drain(turn)
    return turn.result()


def on_automation_suspended(state: PatientState, message: Message[AutomationSuspendedV1], now: datetime) -> Result:
    """R1: every dose is none and no offer stands until `automation.resumed` of this very suspension (safety 9.2)."""
    data = message.data
    flag = Suspension(data.suspension_id, to_ms(data.since), data.signs[0], data.level, data.reason or "")
    return _switched(state, suspended(state, flag, message.seq or 0), message, "suspended")


def on_automation_resumed(state: PatientState, message: Message[AutomationResumedV1], now: datetime) -> Result:
    """Back by the gap rule on the days since the last session (2.4): the dose before, or the way back to it.

    The dose that comes back is the day's one upward change, so that nothing else rises with it (2.5).
    """
    data = message.data
    after = resumed(state, data.suspension_id, message.seq or 0, to_ms(data.resumed_at))
    return _switched(state, after, message, "resumed")


def _switched(state: PatientState, after: PatientState, message: Message[Any], trigger: str) -> Result:
    if after == state:
        return Transition(state)
    turn = Turn(state, message)
    turn.state = after
    stopped, was_stopped = after.suspension is not None, state.suspension is not None
    if state.active and (stopped or was_stopped):
        round_ = turn.round(trigger)
        if stopped:
            close_offer(round_, "suspended")
        else:
            today, ended = round_.moment.today, state.suspension.suspension_id if state.suspension else ""
            seen = closed(closed(round_.state, ended, None, "red_flag", today), ended, None, STOPPED, today)
            round_.state = replace(seen, rises=tuple(sorted((*after.rises, today))))
        run_round(round_, after.tracks)
        turn.finish(round_)
    return turn.result()


def on_work_item_closed(state: PatientState, message: Message[WorkItemClosedV1], now: datetime) -> Result:
    """A human has looked: the same reason may be raised again (W12)."""
    data, turn = message.data, Turn(state, message)
    turn.state = closed(state, data.item_id, data.track_id, data.reason, turn.day(to_ms(message.recorded_at)))
    return turn.result()


def on_tick(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """Once per person's day, and when an offer runs out: R7 for those who log live, and what time alone allows (W1)."""
    if not state.active:
        return Transition(state)
    turn = Turn(state, message)
    at = max(state.clock, to_ms(now))
    round_ = turn.round("tick", at=at, gap_rule=state.record_mode == "live")
    expire_offer(round_)
    known = set(state.tracks) if each_day(round_) else set(turn.state.unjudged) & set(state.tracks)
    run_records(round_, known, state.touched, state.corrected)
    today = round_.moment.today
    ticked = today if state.ticked is None else max(today, state.ticked)
    round_.state = replace(round_.state, ticked=ticked, unjudged=(), touched=None, corrected=())
    turn.finish(round_)
    _drain(turn)
    if ticked != state.ticked:
        refresh(turn, message)
    return turn.result()


def due(state: PatientState) -> datetime | None:
    """When time alone must act: the start of the person's next day, or the end of an open offer or an override."""
    if not state.active or state.ticked is None:
        return None
    moment = _day_after(state.ticked, state.tz, state.day_starts_at)
    if state.overrides:
        moment = min(moment, from_ms(min(one.until for one in state.overrides)))
    return moment if state.proposal is None else min(moment, from_ms(state.proposal.expires_at))


@lru_cache(maxsize=1024)
def _day_after(day: date, tz: str, day_starts_at: str) -> datetime:
    return day_start(day + timedelta(days=1), tz, day_starts_at)


def _take_answer(turn: Turn, message: Message[Any]) -> None:
    data: ProposalAnsweredV1 = message.data
    state = turn.state
    if (state.plan is not None and state.plan.ended) or message.actor.kind not in _MAY_ANSWER:
        return
    offer = state.proposal
    is_open = offer is not None and offer.proposal_id == data.proposal_id
    if state.plan is None or not (is_open or data.proposal_id in state.closed):
        turn.wait(message, data.track_id)
        return
    if state.suspension is not None:
        return  # nothing is offered and there is nothing less than nothing
    at = turn.instant(to_ms(message.recorded_at))
    round_ = turn.round("answer", at=at, gap_rule=state.record_mode == "live")
    if is_open and not expire_offer(round_):
        staff = message.actor.kind == "clinician"
        answer_offer(round_, data.answer, data.dose, by_clinician=staff, bouts=data.bouts, dimension=data.dimension)
    elif data.answer == "less" and data.dose is not None and data.track_id in round_.state.tracks:
        give_less(round_, data.track_id, data.dose, data.proposal_id)
    elif is_open:
        run_round(round_, ())
    else:
        return
    turn.finish(round_)


def _drain(turn: Turn) -> None:
    """Take what waited, in the order in which it came, as soon as what it belongs to is known."""
    while (message := turn.next_waiting()) is not None:
        if isinstance(message.data, SessionLoggedV1 | SessionAmendedV1):
            take_session(turn, message)
        elif isinstance(message.data, SessionVoidedV1):
            take_void(turn, message)
        elif isinstance(message.data, MorningCheckRecordedV1):
            take_morning(turn, message)
        else:
            _take_answer(turn, message)


TRANSITIONS: Final[Mapping[type, Handler | To]] = {
    PatientEnrolledV1: on_patient_enrolled,
    PlanActivatedV1: on_plan_in_force,
    PlanChangedV1: on_plan_in_force,
    PlanEndedV1: on_plan_ended,
    ProposalAnsweredV1: on_proposal_answered,
    SessionLoggedV1: on_session,
    SessionAmendedV1: on_session,
    SessionVoidedV1: on_session_voided,
    MorningCheckRecordedV1: on_morning_check,
    AutomationSuspendedV1: on_automation_suspended,
    AutomationResumedV1: on_automation_resumed,
    WorkItemClosedV1: on_work_item_closed,
    OverrideSetV1: on_override_set,
    OverrideEndedV1: on_override_ended,
    **EPISODES,
    **WISHES,
    **DAYS_OFF,
    **QUESTIONS,
    Tick: on_tick,
}
"""Everything that can happen to a person's progression, and what it does."""

SERVICE: Final = Service(
    "progression",
    PatientState,
    TRANSITIONS,
    due=due,
    schema=SCHEMA,
    upgrade=upgraded,
    stored=stored,
    collections=COLLECTIONS,
    once=WRITTEN_ONCE,
)
