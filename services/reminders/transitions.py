"""What each command, tick and outcome does to one person's reminders, and the table of all messages."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.reminders import asking, facts, messages
from services.reminders.around import around, quiet_hours
from services.reminders.blocking import block_days, unblock_days
from services.reminders.domain import calendar, known, muted, questions, slots, tick
from services.reminders.domain.commands import BlockDays, SetCue, SetQuietHours, UnblockDays
from services.reminders.domain.model import (
    Cue,
    PatientState,
    QuietHours,
    Sending,
)
from services.reminders.domain.silenced import REASON
from services.reminders.facts import settled
from services.reminders.store import COLLECTIONS
from shared.contracts.plans import (
    OverrideEndedV1,
    OverrideSetV1,
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
    PromptClosedV1,
    PromptOpenedV1,
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
    QuestionAskedV1,
    QuestionClosedV1,
)
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.contracts.session_logging import SessionAmendedV1, SessionLoggedV1, SessionVoidedV1
from shared.runtime.messages import (
    Answer,
    EffectOutcome,
    Handler,
    Message,
    Refused,
    Service,
    Tick,
    To,
    Transition,
)

Result = Transition[PatientState]

CUES_MAX: Final = 8
FAILURES: Final = 3
AGAIN_AFTER: Final = timedelta(hours=1)


def set_cue(state: PatientState, message: Message[SetCue], now: datetime) -> Result:
    """Choose a daily prompt; a new time holds from now on, and today is left out where that time has passed."""
    command, place = message.data, around(state, message.key)
    if place is None:
        raise _unknown()
    plan = state.plan  # without one in force, which may be on its way, any track is taken: the cue waits for it
    if command.track_id is not None and plan and not plan.ended and command.track_id not in plan.tracks:
        raise Refused(422, "unknown_track", "The plan has no such track.", "/track_id")
    before = state.cues.get(command.cue_id)
    if before is None and len(state.cues) >= CUES_MAX:
        raise Refused(409, "too_many_cues", f"A person has at most {CUES_MAX} cues.")
    cue = Cue(
        cue_id=command.cue_id,
        time=command.time,
        track_id=command.track_id,
        situation=command.situation,
        action=command.action,
        enabled=command.enabled,
        since=now,
        closed=slots.closed_before(place, command.time, now),
    )
    if before is not None and before.enabled and not before.asleep:
        since = before.since if before.time == command.time else now
        cue = replace(cue, since=since, closed=before.closed)
    elif before is not None:
        cue = replace(cue, closed=max(cue.closed, before.closed))
    cues = {**state.cues, cue.cue_id: slots.scheduled(place, cue)}
    return Transition(replace(state, cues=cues), answer=Answer(200, messages.cue_body(state, cues[cue.cue_id])))


def set_quiet_hours(state: PatientState, message: Message[SetQuietHours], now: datetime) -> Result:
    """Choose quiet hours; making them shorter is the person's own choice (5.2 Quiet hours)."""
    command = message.data
    if state.person is None:
        raise _unknown()
    hours = QuietHours(command.start, command.end, command.enabled)
    if hours.enabled and hours.start == hours.end:
        raise Refused(422, "quiet_hours_empty", "Quiet hours start and end at different times.", "/end")
    if message.actor.kind != "patient" and calendar.narrows(quiet_hours(state), hours):
        raise Refused(403, "narrowing_is_the_persons_choice", "Only the person may shorten their quiet hours.")
    changed = settled(replace(state, quiet=hours), message, now)
    body = {"start": hours.start, "end": hours.end, "enabled": hours.enabled}
    return replace(changed, answer=Answer(200, body))


def on_tick(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """Send, or close with one reason, everything that is due."""
    place = around(state, message.key)
    if place is None or state.person is None:
        return Transition(state)
    after, decided = tick.run(known.forget(state, now), place, now)
    on_the_way = dict(after.sending)
    records, effects, events = [], [], []
    for number, done in enumerate(decided):
        sent = messages.sending(state, message.key, done, now, number)
        records.append(messages.record(done.reminder_id, sent.record))
        if done.reason is None:
            on_the_way[done.reminder_id] = sent
            effects.append(messages.effect(done.reminder_id, sent.record, done.not_after, safety=sent.kind == "safety"))
        else:
            events.append(messages.suppressed(done.reminder_id, sent, done.reason, now, state.person.tz))
    return Transition(
        tick.schedule(replace(after, sending=on_the_way), place), tuple(events), tuple(records), tuple(effects)
    )


def on_effect_outcome(state: PatientState, message: Message[EffectOutcome], now: datetime) -> Result:
    """A message left, may have left, or did not: the record and an event say so.

    A note or an offer that did not leave is given again: no plan changes in silence (safety 9.3 no. 14). So is a safety
    message of which it is not sure that it left.
    """
    outcome = message.data
    sent = state.sending.get(outcome.effect_id)
    if sent is None:
        return Transition(state)
    tz = state.person.tz if state.person is not None else None
    state = replace(state, sending={name: one for name, one in state.sending.items() if name != outcome.effect_id})
    if outcome.outcome in ("sent", "unknown"):
        event = messages.dispatched(outcome.effect_id, sent, outcome.outcome, outcome.at, tz)
        state = _told_again(state, sent, outcome, now) if outcome.outcome == "unknown" else state
    else:
        event = messages.suppressed(outcome.effect_id, sent, outcome.reason or outcome.outcome, outcome.at, tz)
        prompts = {name: one for name, one in state.prompts.items() if name != outcome.effect_id}
        state = replace(state, prompts=prompts)
        state = _told_again(_again(state, sent, outcome, now), sent, outcome, now)
    shown = messages.shown_as(sent.record, outcome.outcome, outcome.reason, outcome.at)
    record = messages.record(outcome.effect_id, shown)
    return replace(settled(state, message, now), records=(record,), events=(event,))


TRANSITIONS: Final[dict[type, Handler | To]] = {
    PatientEnrolledV1: facts.on_patient_enrolled,
    PlanActivatedV1: facts.on_plan_in_force,
    PlanChangedV1: facts.on_plan_in_force,
    PlanEndedV1: facts.on_plan_ended,
    ProposalAnsweredV1: facts.on_proposal_closed,
    SessionLoggedV1: facts.on_session_written,
    SessionAmendedV1: facts.on_session_written,
    SessionVoidedV1: facts.on_session_voided,
    ProgressionDecidedV1: facts.on_progression_decided,
    ProgressionProposedV1: facts.on_progression_proposed,
    ProposalWithdrawnV1: facts.on_proposal_closed,
    DoseChangedV1: facts.on_dose_changed,
    QuestionAskedV1: asking.on_question_asked,
    QuestionClosedV1: asking.on_question_closed,
    PromptOpenedV1: asking.on_prompt_opened,
    PromptClosedV1: asking.on_prompt_closed,
    AutomationSuspendedV1: facts.on_automation_suspended,
    AutomationResumedV1: facts.on_automation_resumed,
    FlareStartedV1: facts.on_flare_or_pause_started,
    PauseStartedV1: facts.on_flare_or_pause_started,
    FlareEndedV1: facts.on_flare_or_pause_ended,
    PauseEndedV1: facts.on_flare_or_pause_ended,
    OverrideSetV1: facts.on_override_set,
    OverrideEndedV1: facts.on_override_ended,
    FeaturesChangedV1: facts.on_features_changed,
    SetCue: set_cue,
    SetQuietHours: set_quiet_hours,
    BlockDays: block_days,
    UnblockDays: unblock_days,
    Tick: on_tick,
    EffectOutcome: on_effect_outcome,
}

SERVICE: Final = Service(
    "reminders", PatientState, TRANSITIONS, due=tick.due, recall=muted.recall, collections=COLLECTIONS
)
"""The whole service as data."""


def _again(state: PatientState, sent: Sending, outcome: EffectOutcome, now: datetime) -> PatientState:
    """A note or an offer that did not leave waits an hour, or for what mutes it; a broken channel is tried thrice.

    What was taken back as withdrawn, or because the plan had ended, is not given any more.
    """
    if outcome.reason in ("plan_ended", "withdrawn"):
        return state
    mute = outcome.reason in ("suspended", REASON)
    note, offer, base = sent.note, sent.offer, now if mute else now + AGAIN_AFTER
    failed = outcome.outcome == "failed"
    if note is not None and note.decision_id not in state.notes and note.failures + failed <= FAILURES:
        again = replace(
            note, base=base, attempt=note.attempt + 1, failures=note.failures + failed, muted=mute, release_at=None
        )
        return replace(state, notes={**state.notes, note.decision_id: again})
    if offer is not None and base < offer.expires_at and offer.failures + failed <= FAILURES:
        later = replace(
            offer, base=base, attempt=offer.attempt + 1, failures=offer.failures + failed, muted=mute, release_at=None
        )
        return replace(state, offers={**state.offers, offer.proposal_id: later})
    if sent.question is not None and sent.question.failures + failed <= FAILURES:
        again_at = now if outcome.reason in questions.HOLDS else now + AGAIN_AFTER
        return questions.again(state, sent.question, outcome.reason, again_at, sent.day, failed=failed)
    return state


def _told_again(state: PatientState, sent: Sending, outcome: EffectOutcome, now: datetime) -> PatientState:
    """A safety message that may not have reached the person is due again while its suspension is open."""
    episode = state.episodes.get(sent.suspension_id or "")
    if episode is None or not episode.open or outcome.reason in ("plan_ended", "resumed"):
        return state
    failures = episode.failures + (outcome.reason != "stale")
    if failures > muted.SAFETY_FAILURES:
        return state
    again = replace(episode, again_at=now + muted.SAFETY_AGAIN, failures=failures)
    return replace(state, episodes={**state.episodes, episode.suspension_id: again})


def _unknown() -> Refused:
    return Refused(404, "unknown_person", "There is no such person.")
