"""What each event tells about one person. Events only change what is known; what is sent is decided by a tick."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.reminders.around import around
from services.reminders.domain import known, muted, resting, silenced, slots, tick, turned_off
from services.reminders.domain.model import (
    Choice,
    Decision,
    Episode,
    Note,
    Offer,
    PatientState,
    Person,
    Plan,
    Session,
    Track,
    TrackNow,
)
from shared.contracts.plans import (
    OverrideEndedV1,
    OverrideSetV1,
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
    ProposalAnsweredV1,
)
from shared.contracts.plans_circle import FeaturesChangedV1
from shared.contracts.progression import (
    DoseChangedV1,
    FlareEndedV1,
    FlareStartedV1,
    PauseEndedV1,
    PauseStartedV1,
    ProgressionDecidedV1,
    ProgressionProposedV1,
    ProposalWithdrawnV1,
)
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.contracts.session_logging import SessionAmendedV1, SessionLoggedV1, SessionVoidedV1
from shared.runtime.messages import Message, Transition

Result = Transition[PatientState]

BASELINE: Final = frozenset({"BASELINE", "SET_BASELINE"})
"""While the start is being found the dose shown is none (2.11 W4)."""


def on_patient_enrolled(state: PatientState, message: Message[PatientEnrolledV1], now: datetime) -> Result:
    """The person's zone and day are known; every wall time is placed anew (5.3 tz change)."""
    seq = message.seq or 0
    if state.person is not None and state.person.seq > seq:
        return Transition(state)
    data = message.data
    person = Person(
        tz=data.tz, locale=data.locale, day_starts_at=data.day_starts_at, record_mode=data.record_mode, seq=seq
    )
    return settled(replace(state, person=person), message, now)


def on_plan_in_force(state: PatientState, message: Message[PlanActivatedV1 | PlanChangedV1], now: datetime) -> Result:
    """A plan version is in force: its tracks are known, and sleeping cues wake."""
    seq, data = message.seq or 0, message.data
    if state.plan is not None and state.plan.seq > seq:
        return Transition(state)
    tracks = {
        track.track_id: Track(activity_family=track.activity_family, marker=track.marker, unit=track.unit)
        for track in data.tracks
    }
    changed = replace(state, plan=Plan(plan_id=data.plan_id, tracks=tracks, ended=False, seq=seq))
    if (place := around(changed, message.key)) is not None:
        changed = replace(changed, cues=slots.awake(changed.cues, place, now))
    return settled(changed, message, now)


def on_plan_ended(state: PatientState, message: Message[PlanEndedV1], now: datetime) -> Result:
    """The plan is over: nothing leaves any more (W16).

    What waits for its moment ends as `no_active_plan` at the next tick, what was decided and not sent as `plan_ended`.
    """
    seq = message.seq or 0
    if state.plan is not None and state.plan.seq > seq:
        return Transition(state)
    tracks = state.plan.tracks if state.plan is not None else {}
    ended = Plan(plan_id=message.data.plan_id, tracks=tracks, ended=True, seq=seq)
    return settled(replace(state, plan=ended), message, now)


def on_session_written(
    state: PatientState, message: Message[SessionLoggedV1 | SessionAmendedV1], now: datetime
) -> Result:
    """A bout was logged or corrected: its slot needs no prompt any more."""
    data = message.data
    session = Session(
        revision=data.revision,
        track_id=data.track_id,
        slot_id=data.slot_id,
        started_at=data.started_at,
        rest=data.variant == "rest",
        voided=False,
        event_id=message.id,
    )
    latest = max(state.last_record_at or message.recorded_at, message.recorded_at)
    changed = replace(known.keep_session(state, data.session_id, session), last_record_at=latest)
    return settled(changed, message, now)


def on_session_voided(state: PatientState, message: Message[SessionVoidedV1], now: datetime) -> Result:
    """A bout never happened: its slot is open again while it lasts."""
    data = message.data
    session = Session(
        revision=data.revision,
        track_id=data.track_id,
        slot_id=data.slot_id,
        started_at=data.started_at,
        rest=False,
        voided=True,
        event_id=message.id,
    )
    return settled(known.keep_session(state, data.session_id, session), message, now)


def on_progression_decided(state: PatientState, message: Message[ProgressionDecidedV1], now: datetime) -> Result:
    """A decision: the words for a note or an offer that follows from it, and whether to offer a shorter version."""
    data, seq = message.data, message.seq or 0
    track = state.tracks.get(data.track_id, TrackNow())
    if track.dose is None and data.action not in BASELINE:
        track = replace(track, dose=data.dose_before)  # until a change is heard of
    if seq >= track.short_seq:
        track = replace(track, short_version=data.short_version, short_seq=seq)
    state = known.keep_track(state, data.track_id, track)
    if data.dose != data.dose_before or data.action == "ADVANCE":
        decision = Decision(
            rule=data.rule, text_key=data.text_key, text_params=data.text_params, event_id=message.id, seq=seq
        )
        state = known.keep_decision(state, data.decision_id, decision)
    return settled(state, message, now)


def on_dose_changed(state: PatientState, message: Message[DoseChangedV1], now: datetime) -> Result:
    """The dose in force changed: the person is to be told, with the reason (article P11.6)."""
    data, seq = message.data, message.seq or 0
    track = state.tracks.get(data.track_id, TrackNow())
    if seq >= track.dose_seq:
        state = known.keep_track(state, data.track_id, replace(track, dose=data.new_dose, dose_seq=seq))
    note = Note(
        decision_id=data.decision_id,
        track_id=data.track_id,
        old=data.old_dose,
        new=data.new_dose,
        marker=data.marker,
        unit=data.unit,
        rule=data.rule,
        event_id=message.id,
        seq=seq,
        changed_at=message.recorded_at,
        base=message.recorded_at,
    )
    earlier = state.notes.get(data.decision_id)
    if earlier is not None and earlier.seq > seq:
        return settled(state, message, now)
    return settled(replace(state, notes={**state.notes, data.decision_id: note}), message, now)


def on_progression_proposed(state: PatientState, message: Message[ProgressionProposedV1], now: datetime) -> Result:
    """A step is offered, or something new after a reached goal: the person is to be told, with the options."""
    data = message.data
    offer = Offer(
        proposal_id=data.proposal_id,
        decision_id=data.decision_id,
        track_id=data.track_id,
        dose_now=data.dose_now,
        options=tuple(Choice(kind=option.kind, dose=option.dose) for option in data.options),
        marker=data.marker,
        unit=data.unit,
        expires_at=data.expires_at,
        event_id=message.id,
        base=message.recorded_at,
        halves=None if data.in_two_bouts is None else (data.in_two_bouts.first, data.in_two_bouts.second),
        widens=data.next_dimension is not None,
        freq=None if data.next_dimension is None else data.next_dimension.freq,
    )
    return settled(replace(state, offers={**state.offers, data.proposal_id: offer}), message, now)


def on_proposal_closed(
    state: PatientState, message: Message[ProposalWithdrawnV1 | ProposalAnsweredV1], now: datetime
) -> Result:
    """An offer was withdrawn or answered: if it was not sent yet, it is not sent any more (W10)."""
    earlier = state.gone.get(message.data.proposal_id, message.recorded_at)
    gone = {**state.gone, message.data.proposal_id: min(earlier, message.recorded_at)}
    return settled(replace(state, gone=gone), message, now)


def on_automation_suspended(state: PatientState, message: Message[AutomationSuspendedV1], now: datetime) -> Result:
    """Automation stops for the person (R1): every message is muted, and one safety message is due at once."""
    seq, data = message.seq or 0, message.data
    episode = state.episodes.get(data.suspension_id, Episode(data.suspension_id))
    if episode.on_seq > seq:
        return Transition(state)
    joined = episode.signs == muted.NO_SIGN != data.signs  # a red flag joins what a clinician began: that is news
    heard = replace(
        episode,
        on_seq=seq,
        level=data.level,
        signs=data.signs,
        event_id=message.id,
        since=data.since,
        told=None if joined else episode.told,
    )
    return settled(replace(state, episodes={**state.episodes, data.suspension_id: heard}), message, now)


def on_automation_resumed(state: PatientState, message: Message[AutomationResumedV1], now: datetime) -> Result:
    """A clinician ended a suspension: what was muted and is still true may be given, unless another one is open."""
    seq, suspension_id = message.seq or 0, message.data.suspension_id
    episode = state.episodes.get(suspension_id, Episode(suspension_id))
    heard = replace(episode, off_seq=max(seq, episode.off_seq))
    return settled(replace(state, episodes={**state.episodes, suspension_id: heard}), message, now)


def on_flare_or_pause_started(
    state: PatientState, message: Message[FlareStartedV1 | PauseStartedV1], now: datetime
) -> Result:
    """Nobody is prompted in a flare or a pause (5.2; article P9.1)."""
    data, seq = message.data, message.seq or 0
    if isinstance(data, FlareStartedV1):
        away = {data.flare_id: resting.switched_on(state, data.flare_id, "flare", seq, message.id)}
    else:
        away = {data.pause_id: resting.switched_on(state, data.pause_id, "paused", seq, message.id)}
    return settled(replace(state, away={**state.away, **away}), message, now)


def on_flare_or_pause_ended(
    state: PatientState, message: Message[FlareEndedV1 | PauseEndedV1], now: datetime
) -> Result:
    """It is over: cues go on with the next slot."""
    data, seq = message.data, message.seq or 0
    if isinstance(data, FlareEndedV1):
        away = {data.flare_id: resting.switched_off(state, data.flare_id, "flare", seq)}
    else:
        away = {data.pause_id: resting.switched_off(state, data.pause_id, "paused", seq)}
    return settled(replace(state, away={**state.away, **away}), message, now)


def on_override_set(state: PatientState, message: Message[OverrideSetV1], now: datetime) -> Result:
    """Messages are off until this runs out (2.8); no other override is obeyed here."""
    data = message.data
    if data.parameter != silenced.PARAMETER:
        return Transition(state)
    after = silenced.begun(state, data.override_id, data.until, message.seq or 0, message.id)
    return settled(after, message, now)


def on_override_ended(state: PatientState, message: Message[OverrideEndedV1], now: datetime) -> Result:
    """Messages may leave again; what was muted and is still true is given."""
    data = message.data
    if data.parameter != silenced.PARAMETER:
        return Transition(state)
    return settled(silenced.ended(state, data.override_id, message.seq or 0), message, now)


def on_features_changed(state: PatientState, message: Message[FeaturesChangedV1], now: datetime) -> Result:
    """The person turned reminders on or off; what no cue prompts for is theirs to decide (article P5.7)."""
    on = turned_off.FEATURE in message.data.on
    return settled(turned_off.heard(state, on=on, seq=message.seq or 0, event_id=message.id), message, now)


def settled(state: PatientState, message: Message[Any], now: datetime) -> Result:
    """Forget what no rule asks for any more, and place everything that comes next."""
    state = known.forget(state, now)
    place = around(state, message.key)
    return Transition(state if place is None else tick.schedule(state, place))
