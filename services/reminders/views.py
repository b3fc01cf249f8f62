"""How a person reads what is to come and what became of each message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.reminders.contact import Contact
from services.reminders.domain.model import PatientState
from services.reminders.requests import MessageView, UpcomingView
from services.reminders.texts import Catalogue
from shared.clock import zone


def upcoming(state: PatientState) -> list[UpcomingView]:
    """The next slot of each cue and every waiting note, offer and question, in the order in which they come."""
    tz = state.person.tz if state.person is not None else "UTC"

    def local(moment: datetime | None) -> str | None:
        return f"{moment.astimezone(zone(tz)):%Y-%m-%dT%H:%M}" if moment is not None else None

    coming = [
        UpcomingView(
            kind="cue", at=cue.next_at, local_time=local(cue.next_at), cue_id=cue.cue_id, track_id=cue.track_id
        )
        for cue in state.cues.values()
        if cue.next_at is not None
    ]
    coming += [
        UpcomingView(
            kind="change_note",
            at=note.release_at,
            local_time=local(note.release_at),
            track_id=note.track_id,
            cause_event_id=note.event_id,
        )
        for note in state.notes.values()
    ]
    coming += [
        UpcomingView(
            kind="proposal",
            at=offer.release_at,
            local_time=local(offer.release_at),
            track_id=offer.track_id,
            proposal_id=offer.proposal_id,
            cause_event_id=offer.event_id,
        )
        for offer in state.offers.values()
    ]
    coming += [
        UpcomingView(
            kind=question.message_kind,
            at=question.release_at,
            local_time=local(question.release_at),
            track_id=question.track_id,
            question_id=question.question_id,
            cause_event_id=question.event_id,
        )
        for question in state.questions.values()
    ]
    return sorted(coming, key=lambda one: (one.at is None, one.at.isoformat() if one.at else "", one.kind))


def reason_text(texts: Catalogue, of: str, reason: str | None) -> str | None:
    """A reason in words; `of` says of what: `reason` (a message), `cue.reason` or `quiet.reason`."""
    return None if reason is None else texts.texts.get(f"{of}.{reason}", texts.texts["reason.other"])


def message_view(
    patient_id: str, document: Mapping[str, Any], texts: Catalogue, words: Mapping[str, str], human: Contact
) -> MessageView:
    """One message in words, with the reason when it was not sent."""
    tz, reason = document["tz"], document["reason"]
    body, closing = texts.message(document["lines"], {**words, **human.facts()}, tz, human.closing)
    return MessageView(
        reminder_id=document["_id"].removeprefix(f"{patient_id}:"),
        kind=document["kind"],
        status=document["status"],
        reason=reason,
        reason_text=reason_text(texts, "reason", reason),
        local_date=document["local_date"],
        local_time=document["local_time"][:16],
        tz=tz,
        text=[*body, closing],
        cue_id=document.get("cue_id"),
        slot_id=document.get("slot_id"),
        track_id=document.get("track_id"),
        decision_id=document.get("decision_id"),
        proposal_id=document.get("proposal_id"),
        question_id=document.get("question_id"),
        cause_event_id=document.get("cause_event_id"),
        because_event_id=document.get("because_event_id"),
        channel=document["channel"],
    )
