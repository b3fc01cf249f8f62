"""What is told before and beside any plan: the intake, what moves the person, and what they find they can do."""

from dataclasses import replace
from datetime import datetime

from services.plans.domain.intake import AddAbility, PickMotives, RemoveAbility, TellIntake, in_reach
from services.plans.domain.model import PatientState
from services.plans.folding.around import own_words, person_of
from services.plans.store.aims import ability_record, intake_record
from shared.clock import local_date
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]


def tell_intake(state: PatientState, message: Message[TellIntake], now: datetime) -> Result:
    """The next revision of the intake, in the person's own words (P1.2); 409 unless made from the latest."""
    person_of(state)
    command = message.data
    own_words(message, command.heard)
    if command.revision != state.aims.intake:
        raise Refused(409, "intake_changed_since", "The intake was changed since this revision was read.")
    revision = command.revision + 1
    return Transition(
        replace(state, aims=replace(state.aims, intake=revision)),
        records=(intake_record(command, revision, now, message.actor.kind),),
        answer=Answer(201, {"revision": revision}),
    )


def pick_motives(state: PatientState, message: Message[PickMotives], _: datetime) -> Result:
    """What moves the person, by their own word, in place of what they picked before (P5.2)."""
    person_of(state)
    command = message.data
    own_words(message, command.heard)
    after = replace(state, aims=replace(state.aims, motives=command.motives))
    return Transition(after, answer=Answer(200, {"motives": list(command.motives)}))


def add_ability(state: PatientState, message: Message[AddAbility], now: datetime) -> Result:
    """Something that the person can do now, by their own word (H1); 422 for a day ahead or long gone."""
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    today = local_date(now, person.tz, person.day_starts_at)
    on = command.on or today
    if not in_reach(on, today):
        raise Refused(422, "day_out_of_reach", "The day is today, or lies in the year before it.", "/on")
    record = ability_record(command.ability_id, on, command.words_sealed, now, message.actor.kind, command.heard)
    return Transition(
        state, records=(record,), answer=Answer(201, {"ability_id": command.ability_id, "on": on.isoformat()})
    )


def remove_ability(state: PatientState, message: Message[RemoveAbility], now: datetime) -> Result:
    """The person takes it back; its words are not kept."""
    person_of(state)
    command = message.data
    own_words(message, command.heard)
    record = ability_record(command.ability_id, None, None, now, message.actor.kind, command.heard)
    return Transition(state, records=(record,), answer=Answer(200, {"ability_id": command.ability_id, "removed": True}))
