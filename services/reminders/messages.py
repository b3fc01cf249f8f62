"""How what was decided is shown and sent: the record that is read, the effect that leaves, the event that tells."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.reminders.domain import blocked, turned_off
from services.reminders.domain.asked import Question
from services.reminders.domain.model import Cue, Episode, Note, Offer, PatientState, Sending
from services.reminders.domain.muted import NO_SIGN, suspended
from services.reminders.domain.resting import why_quiet
from services.reminders.domain.silenced import REASON, silence
from services.reminders.domain.tick import Done
from shared.clock import from_ms, to_ms, zone
from shared.contracts.reminders import ReminderDispatchedV1, ReminderSuppressedV1
from shared.ids import slot_id
from shared.runtime.messages import Effect, Emit, Record

MESSAGES: Final = "messages"
FILE: Final = "file"
"""The channel of local mode: the in-app inbox as files."""

AMOUNTS: Final = frozenset(
    {"dose", "old", "mean", "increment", "dose_before", "goal", "dose_max", "fixed", "first", "second"}
)
"""Names of numbers in a decision's text that are amounts in the track's unit."""

QUESTIONS: Final = frozenset({"rule.R11", "rule.R11s", "rule.R5a.offer"})
"""Reasons that ask; once the dose has changed the question was answered."""

SIGNS_TOLD: Final = 3
"""Of so many signs, the gravest first, a safety message says what to do."""

Line = dict[str, Any]


def sending(state: PatientState, patient_id: str, done: Done, now: datetime, place: int) -> Sending:
    """A message with all that is shown of it, the `place`-th of its tick; `sending` until the outcome is known."""
    if state.person is None:
        raise ValueError("a message needs a person")
    local = now.astimezone(zone(state.person.tz))
    shown: dict[str, Any] = {
        "order": f"{to_ms(now):015d}:{place:04d}:{done.reminder_id}",
        "at": to_ms(now),
        "status": "suppressed" if done.reason else "sending",
        "reason": done.reason,
        "local_date": done.day.isoformat(),
        "local_time": local.isoformat(timespec="seconds"),
        "tz": state.person.tz,
        "locale": state.person.locale,
        "channel": FILE,
        "because_event_id": done.because,
    }
    if done.cue is not None:
        cue = done.cue
        slot = slot_id(patient_id, cue.track_id, done.day) if cue.track_id else None
        shown |= {"kind": "cue", "cue_id": cue.cue_id, "slot_id": slot, "track_id": cue.track_id}
        shown |= {"situation": cue.situation, "action": cue.action, "cause_event_id": None}
        shown |= {"lines": _cue_lines(state, done)}
        return Sending("cue", done.day, cue.cue_id, slot, None, shown)
    if done.note is not None:
        note = done.note
        shown |= {"kind": "change_note", "track_id": note.track_id, "cause_event_id": note.event_id}
        shown |= {"decision_id": note.decision_id, "lines": _note_lines(state, note)}
        return Sending("change_note", done.day, None, None, note.event_id, shown, note=note)
    if done.episode is not None:
        episode = done.episode
        shown |= {"kind": "safety", "cause_event_id": episode.event_id, "lines": _safety_lines(episode)}
        return Sending("safety", done.day, None, None, episode.event_id, shown, suspension_id=episode.suspension_id)
    if done.question is not None:
        question = done.question
        kind = question.message_kind
        shown |= {"kind": kind, "track_id": question.track_id, "cause_event_id": question.event_id}
        shown |= {"question_id": question.question_id, "lines": _question_lines(question)}
        return Sending(kind, done.day, None, None, question.event_id, shown, question=question)
    if done.offer is None:
        raise ValueError("a message is about a cue, a note, an offer, a question or a suspension")
    offer = done.offer
    shown |= {"kind": "proposal", "track_id": offer.track_id, "cause_event_id": offer.event_id}
    shown |= {"proposal_id": offer.proposal_id, "decision_id": offer.decision_id}
    shown |= {"lines": _offer_lines(state, offer)}
    return Sending("proposal", done.day, None, None, offer.event_id, shown, offer=offer)


def record(reminder_id: str, shown: Mapping[str, Any]) -> Record:
    """What is read of a message."""
    return Record(MESSAGES, reminder_id, shown)


def effect(reminder_id: str, shown: Mapping[str, Any], not_after: datetime, *, safety: bool = False) -> Effect:
    """What leaves for the channel: text keys with their numbers, and the person's own words sealed."""
    names = ("kind", "locale", "tz", "local_time", "lines", "situation", "action", "cause_event_id", "cue_id")
    return Effect(reminder_id, FILE, not_after, {name: shown.get(name) for name in names}, safety)


def dispatched(reminder_id: str, sent: Sending, outcome: str, at: datetime, tz: str | None) -> Emit:
    """The event of a message that left, or may have left (`unknown`)."""
    data = ReminderDispatchedV1(
        reminder_id=reminder_id,
        kind=sent.kind,
        cue_id=sent.cue_id,
        slot_id=sent.slot_id,
        channel=FILE,
        local_date=sent.day,
        outcome="sent" if outcome == "sent" else "unknown",
        cause_event_id=sent.cause_event_id,
    )
    return Emit(data, occurred_at=at, local_date=sent.day, tz=tz)


def suppressed(reminder_id: str, sent: Sending, reason: str, at: datetime, tz: str | None) -> Emit:
    """The event of a message that did not leave."""
    data = ReminderSuppressedV1(
        reminder_id=reminder_id,
        kind=sent.kind,
        cue_id=sent.cue_id,
        slot_id=sent.slot_id,
        local_date=sent.day,
        reason=reason,
    )
    return Emit(data, occurred_at=at, local_date=sent.day, tz=tz)


def shown_as(shown: Mapping[str, Any], status: str, reason: str | None, at: datetime) -> dict[str, Any]:
    """What is shown of a message once its outcome is known; its place in the list stays."""
    return {**shown, "status": status, "reason": reason, "outcome_at": to_ms(at)}


def cue_body(state: PatientState, cue: Cue) -> dict[str, Any]:
    """A cue as its owner reads it, without the words; with the reason when its next moment will not bring a prompt."""
    planless = cue.asleep or state.plan is None or state.plan.ended
    reason = None if cue.enabled else "switched_off"
    if reason is None and planless:
        reason = "no_active_plan"
    elif reason is None and suspended(state):
        reason = "suspended"
    elif reason is None and silence(state) is not None:
        reason = REASON
    elif reason is None and turned_off.off(state) is not None:
        reason = turned_off.REASON
    elif reason is None and (quiet := why_quiet(state)) is not None:
        reason = quiet.kind
    elif reason is None and cue.next_day is not None and blocked.holds(state, cue.next_day):
        reason = "blocked_day"
    return {
        "cue_id": cue.cue_id,
        "time": cue.time,
        "track_id": cue.track_id,
        "enabled": cue.enabled,
        "waits_for_plan": planless,
        "next_local_date": cue.next_day.isoformat() if cue.next_day else None,
        "next_at": cue.next_at.isoformat() if cue.next_at else None,
        "reason": reason,
    }


def _cue_lines(state: PatientState, done: Done) -> list[Line]:
    cue = done.cue
    track = state.plan.tracks.get(cue.track_id) if cue and cue.track_id and state.plan else None
    turn = done.day.toordinal() % 3 + 1  # no identical text three times in a row (5.2 Wording rotation)
    if cue is not None and cue.situation and cue.action:
        lines = [_line("cue.own_words")]
    elif track is not None:
        lines = [_line(f"cue.track.{turn}", activity=track.activity_family)]
    else:
        lines = [_line(f"cue.day.{turn}")]
    now = state.tracks.get(cue.track_id) if cue and cue.track_id else None
    if track is not None and now is not None and now.dose:
        lines.append(_line("cue.dose", dose=_amount(now.dose, track.marker, track.unit)))
    if now is not None and now.short_version:
        lines.append(_line("cue.short_version"))
    return [*lines, _line(f"cue.answer.{turn}")]


def _note_lines(state: PatientState, note: Note) -> list[Line]:
    new, old = (_amount(dose, note.marker, note.unit) for dose in (note.new, note.old))
    decision = state.decisions.get(note.decision_id)
    lines = []
    if decision is not None and decision.text_key in ("rule.R1", "rule.R1.clinician"):
        decision = None  # R1's words are the safety message's; a note leaves only once nothing is suspended any more
    if decision is not None and decision.text_key in QUESTIONS:
        lines.append(_line("change.you_said_yes"))
    elif decision is not None:
        lines.append(_decision_line(decision.text_key, decision.text_params, note.marker, note.unit))
    if note.new and note.old:
        lines.append(_line("change.from_to", new=new, old=old))
    else:
        lines.append(_line("change.to", new=new) if note.new else _line("change.rest"))
    return [*lines, _line("change.less_is_fine")]


def _offer_lines(state: PatientState, offer: Offer) -> list[Line]:
    decision = state.decisions.get(offer.decision_id)
    lines = [
        _decision_line(decision.text_key, decision.text_params, offer.marker, offer.unit)
        if decision is not None
        else _line("proposal.next" if offer.widens else "proposal.offer")
    ]
    if offer.widens:
        lines += [] if offer.freq is None else [_line("proposal.more_often", freq=offer.freq)]
        lines.append(_line("proposal.other_activity"))
    for choice in offer.options:
        if choice.kind == "stay" and offer.halves is not None:
            first, second = (_amount(part, offer.marker, offer.unit) for part in offer.halves)
            lines.append(_line("proposal.halves", first=first, second=second))
        dose = _amount(choice.dose, offer.marker, offer.unit)
        lines.append(_line(f"proposal.{choice.kind}", dose=dose) if choice.dose else _line("proposal.rest"))
    until = from_ms(to_ms(offer.expires_at)).isoformat()
    return [*lines, _line("proposal.until", until={"moment": until}), _line("proposal.silence")]


def _question_lines(question: Question) -> list[Line]:
    """That something is asked, and nothing of what: the words are read where it is answered (5.2 Content)."""
    of = "plan" if question.of_plan else "question"
    lines = [_line(f"{of}.asks"), _line(f"{of}.where")]
    if question.until is not None:
        lines.append(_line("proposal.until", until={"moment": from_ms(to_ms(question.until)).isoformat()}))
    return lines


def _safety_lines(episode: Episode) -> list[Line]:
    """R1 (progression 2.5): stop, what to do for the gravest signs, that all else rests, and the emergency number.

    A gravest sign without words of its own is told by its level.
    """
    if episode.signs == NO_SIGN:  # no sign of the list: a clinician began it (progression 2.8)
        return [_line(key) for key in ("safety.stop", "safety.by_clinic", "safety.rests", "safety.danger")]
    gravest, *others = (_line(f"safety.sign.{sign}") for sign in episode.signs[:SIGNS_TOLD])
    gravest["or"] = f"safety.level.{episode.level}"
    return [_line("safety.stop"), gravest, *others, _line("safety.rests"), _line("safety.danger")]


def _decision_line(key: str, params: Mapping[str, int | str], marker: str, unit: str) -> Line:
    told = {
        name: _amount(value, marker, unit) if name in AMOUNTS and isinstance(value, int) else value
        for name, value in params.items()
    }
    return {"key": key, "params": told}


def _line(key: str, **params: Any) -> Line:
    return {"key": key, "params": params}


def _amount(amount: int, marker: str, unit: str) -> dict[str, Any]:
    return {"amount": amount, "marker": marker, "unit": unit}
