"""What each command does to what is adapted for a person and to what gets in their way; and what the journal adds."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.plans.domain import doing as rules
from services.plans.domain.doing import (
    Accommodation,
    AddAccommodation,
    AddBarrier,
    Barrier,
    Doing,
    EndAccommodation,
    EndBarrier,
    Noted,
)
from services.plans.domain.energy import SetEnergy
from services.plans.domain.model import PatientState
from services.plans.folding.around import own_words, person_of, placed
from services.plans.store.doing import accommodation_record, barrier_record
from shared.clock import local_date
from shared.contracts.plans_doing import AccommodationDocumentedV1, BarrierRecordedV1, EnergymapUpdatedV1
from shared.contracts.session_logging import JournalRecordedV1
from shared.ids import named_id
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]


def add_accommodation(state: PatientState, message: Message[AddAccommodation], now: datetime) -> Result:
    """Write down what is adapted (article P1.5); 409 for an id that was used, for the same twice, or beyond 16."""
    person, command, doing = person_of(state), message.data, state.doing
    if rules.known(doing, command.accommodation_id):
        raise Refused(409, "id_known", "This id was used before.", "/id")
    alike = [one for one in doing.accommodations if (one.kind, one.code) == (command.kind, command.code)]
    if alike and command.code != "other":
        raise Refused(409, "adapted_already", "This is written down already; end it first to say more of it.")
    if len(doing.accommodations) >= rules.STANDING_MAX:
        raise Refused(409, "too_many", f"At most {rules.STANDING_MAX} things are adapted at a time.")
    new = Accommodation(command.accommodation_id, command.kind, command.code, now)
    event = AccommodationDocumentedV1(accommodation_id=new.accommodation_id, kind=new.kind, standing=True)
    return Transition(
        _with(state, accommodations=(*doing.accommodations, new)),
        events=(placed(event, person, now),),
        records=(accommodation_record(new, message.actor.id, command.words_sealed),),
        answer=Answer(201, {"accommodation_id": new.accommodation_id, "kind": new.kind, "code": new.code}),
    )


def end_accommodation(state: PatientState, message: Message[EndAccommodation], now: datetime) -> Result:
    """It is needed no longer, and its words go; 409 for one that ended before, 404 for one never written down."""
    person, doing = person_of(state), state.doing
    one = next((it for it in doing.accommodations if it.accommodation_id == message.data.accommodation_id), None)
    if one is None:
        raise _gone(doing, message.data.accommodation_id, "accommodation")
    left = tuple(other for other in doing.accommodations if other != one)
    event = AccommodationDocumentedV1(accommodation_id=one.accommodation_id, kind=one.kind, standing=False)
    return Transition(
        _with(state, accommodations=left, ended=_ended(doing, one.accommodation_id)),
        events=(placed(event, person, now),),
        records=(accommodation_record(one, message.actor.id, None, now),),
        answer=Answer(200, {"accommodation_id": one.accommodation_id, "kind": one.kind, "code": one.code}),
    )


def add_barrier(state: PatientState, message: Message[AddBarrier], now: datetime) -> Result:
    """Note what gets in the way with the person's own plan for it (article P5.6, W3); one of a code stands at a time.

    409 for an id that was used.
    """
    person, command, doing = person_of(state), message.data, state.doing
    own_words(message)
    if rules.known(doing, command.barrier_id):
        raise Refused(409, "id_known", "This id was used before.", "/id")
    before = tuple(one for one in doing.barriers if one.code == command.code)
    new = Barrier(command.barrier_id, command.code, now, command.activity_id)
    plan_b = command.activity_id is not None or command.words_sealed is not None
    event = BarrierRecordedV1(barrier_id=new.barrier_id, code=new.code, plan_b=plan_b)
    replaced = tuple(barrier_record(one, message.actor.id, None, ("replaced", now)) for one in before)
    return Transition(
        _with(
            state,
            barriers=(*(one for one in doing.barriers if one not in before), new),
            ended=_ended(doing, *(one.barrier_id for one in before)),
        ),
        events=(placed(event, person, now),),
        records=(*replaced, barrier_record(new, message.actor.id, command.words_sealed)),
        answer=Answer(201, {"barrier_id": new.barrier_id, "code": new.code}),
    )


def end_barrier(state: PatientState, message: Message[EndBarrier], now: datetime) -> Result:
    """It gets in the way no longer, and its words go; 409 for one that is over, 404 for one never noted."""
    person_of(state)
    own_words(message)
    doing = state.doing
    one = next((it for it in doing.barriers if it.barrier_id == message.data.barrier_id), None)
    if one is None:
        raise _gone(doing, message.data.barrier_id, "barrier")
    left = tuple(other for other in doing.barriers if other != one)
    return Transition(
        _with(state, barriers=left, ended=_ended(doing, one.barrier_id)),
        records=(barrier_record(one, message.actor.id, None, ("ended", now)),),
        answer=Answer(200, {"barrier_id": one.barrier_id, "code": one.code}),
    )


def note_barrier(state: PatientState, message: Message[JournalRecordedV1], _: datetime) -> Result:
    """An entry that told of something in the way is noted once; what the person planned for such a day is offered."""
    entry_id, doing = message.data.entry_id, state.doing
    if "barrier" not in message.data.tags or any(one.entry_id == entry_id for one in doing.noted):
        return Transition(state)
    at, person = message.occurred_at, state.person
    own_day = at.date() if person is None else local_date(at, person.tz, person.day_starts_at)
    noted = Noted(entry_id, message.local_date or own_day)
    event = BarrierRecordedV1(barrier_id=named_id("barrier", message.key, entry_id), plan_b=bool(doing.barriers))
    in_order = sorted((*doing.noted, noted), key=lambda one: (one.on, one.entry_id))
    return Transition(
        _with(state, noted=tuple(in_order[-rules.NOTED_KEPT :])),
        events=(placed(event, person, at),),
    )


def set_energy(state: PatientState, message: Message[SetEnergy], now: datetime) -> Result:
    """Note when the person has energy, and their budget of the week (article P10.1, P10.2; W3); the map is told."""
    person, energy = person_of(state), message.data.energy
    own_words(message)
    before = state.doing.energy
    same = before is not None and (before.starts, before.weekday, before.weekend) == (
        energy.starts,
        energy.weekday,
        energy.weekend,
    )
    event = EnergymapUpdatedV1(starts=energy.starts, weekday=energy.weekday, weekend=energy.weekend)
    return Transition(
        _with(state, energy=energy),
        events=() if same else (placed(event, person, now),),
        answer=Answer(200, {"set_at": now.isoformat()}),
    )


def _with(state: PatientState, **changes: Any) -> PatientState:
    return replace(state, doing=replace(state.doing, **changes))


def _ended(doing: Doing, *ids: str) -> tuple[str, ...]:
    return (*doing.ended, *ids)[-rules.ENDED_KEPT :]


def _gone(doing: Doing, id: str, what: str) -> Refused:
    if id in doing.ended:
        return Refused(409, f"{what}_over", "This is over already.")
    return Refused(404, f"unknown_{what}", "There is no such thing.")
