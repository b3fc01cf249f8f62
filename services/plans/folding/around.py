"""What every transition of plans needs around the rules: who it is about, and events placed in the person's day."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from services.plans.domain.model import PatientState, Person
from shared.clock import local_date
from shared.runtime.messages import Actor, Emit, Message, Refused

STAFF_SOURCES: Final = frozenset({"phone", "paper", "in_person"})
"""How a clinician hears a person's own words (W3)."""


def person_of(state: PatientState) -> Person:
    """The enrolled person; `Refused` 404 for one never heard of."""
    if state.person is None:
        raise Refused(404, "unknown_person", "There is no such person.")
    return state.person


def placed(data: BaseModel, person: Person | None, at: datetime, by: Actor | None = None) -> Emit:
    """An event in the person's own day and zone, as far as they are known; `by` where the message's actor is not."""
    source = "system" if by is not None and by.kind == "system" else None
    if person is None:
        return Emit(data, occurred_at=at, actor=by, source=source)
    day = local_date(at, person.tz, person.day_starts_at)
    return Emit(data, occurred_at=at, local_date=day, tz=person.tz, actor=by, source=source)


def own_words(message: Message[Any], heard: str | None = None) -> None:
    """W3: an answer comes from the person, or from staff noting their words, never a caregiver.

    Staff say how they `heard` it, by phone, on paper or face to face; without that the message's source tells.
    """
    if message.actor.kind == "patient":
        return
    if message.actor.kind == "clinician" and (heard or message.source) in STAFF_SOURCES:
        return
    raise Refused(403, "only_the_persons_own_answer", "Only the person answers, or staff noting their words (W3).")
