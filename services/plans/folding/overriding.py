"""What each command does to what a clinician sets aside for a person; and what ends with a plan or a track."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from services.plans.domain import overrides
from services.plans.domain.commands import EndOverride, SetOverride
from services.plans.domain.model import Because, Override, PatientState, Person
from services.plans.domain.rules import RuleBroken
from services.plans.folding.around import person_of, placed
from services.plans.store import override_record
from shared.contracts.plans import OverrideEndedV1, OverrideSetV1
from shared.runtime.messages import Actor, Answer, Message, Refused, Transition

Result = Transition[PatientState]


def set_override(state: PatientState, message: Message[SetOverride], now: datetime) -> Result:
    """Let a parameter stand until it runs out, in place of what was set for the same before (2.8).

    422 for what may not be set, or not so far; 409 without a plan in force, for an id that was used, or beyond 30.
    """
    person, command = person_of(state), message.data
    if state.plan is None or state.plan.ended:
        raise Refused(409, "no_plan_in_force", "Parameters are set on a plan in force.")
    if _known(state, command.override_id):
        raise Refused(409, "override_known", "This id was used for another override.", "/id")
    state = overrides.without(state, tuple(one for one in state.overrides if one.until <= now))
    try:
        overrides.check(state, command.name, command.value, command.track_id, command.days, now)
    except RuleBroken as broken:
        raise Refused(422, broken.code, broken.detail, broken.field) from None
    replaced = tuple(one for one in state.overrides if (one.track_id, one.name) == (command.track_id, command.name))
    if len(state.overrides) - len(replaced) >= overrides.STANDING_MAX:
        raise Refused(409, "too_many_overrides", f"At most {overrides.STANDING_MAX} overrides stand at a time.")
    new = Override(
        override_id=command.override_id,
        track_id=command.track_id,
        name=command.name,
        value=command.value,
        reason=command.reason,
        by=message.actor.id,
        set_at=now,
        until=overrides.until(now, command.days),
        words_sealed=command.words_sealed,
    )
    before = end_all(state, replaced, "replaced", now, message.actor)
    told = {name: value for name, value in asdict(new).items() if name not in ("name", "by", "words_sealed")}
    event = placed(OverrideSetV1.model_validate({**told, "parameter": new.name}), person, now)
    return Transition(
        replace(before.state, overrides=(*before.state.overrides, new)),
        events=(*before.events, event),
        records=(*before.records, override_record(new)),
        answer=Answer(201, _body(new)),
    )


def end_override(state: PatientState, message: Message[EndOverride], now: datetime) -> Result:
    """End an override before it runs out; 409 for one that is over, 404 for one never set."""
    person_of(state)
    override = next((one for one in state.overrides if one.override_id == message.data.override_id), None)
    if override is None or override.until <= now:
        if _known(state, message.data.override_id):
            raise Refused(409, "override_over", "This override is over already.")
        raise Refused(404, "unknown_override", "There is no such override.")
    done = end_all(state, (override,), "ended", now, message.actor)
    return replace(done, answer=Answer(200, {**_body(override), "until": now.isoformat()}))


def end_with_plan(state: PatientState, because: Because, now: datetime, by: Actor) -> Result:
    """End what stands on no track of the plan in force any more; all of it when the plan is over."""
    plan = state.plan
    kept = set() if plan is None or plan.ended else {None, *(track.track_id for track in plan.terms.tracks)}
    gone = tuple(one for one in state.overrides if one.track_id not in kept)
    return end_all(state, gone, because, now, by)


def end_all(state: PatientState, gone: Iterable[Override], because: Because, now: datetime, by: Actor) -> Result:
    """End these in one way; what ran out before is over and not told."""
    gone = tuple(one for one in gone if one.until > now)
    person: Person | None = state.person
    return Transition(
        overrides.without(state, gone),
        events=tuple(placed(_ended(one, because), person, now) for one in gone),
        records=tuple(override_record(one, because, now, by.id) for one in gone),
    )


def _ended(one: Override, because: Because) -> OverrideEndedV1:
    return OverrideEndedV1(override_id=one.override_id, track_id=one.track_id, parameter=one.name, because=because)


def _known(state: PatientState, override_id: str) -> bool:
    return override_id in state.ended_overrides or any(one.override_id == override_id for one in state.overrides)


def _body(one: Override) -> dict[str, object]:
    return {
        "override_id": one.override_id,
        "track_id": one.track_id,
        "name": one.name,
        "value": one.value,
        "reason": one.reason,
        "set_at": one.set_at.isoformat(),
        "until": one.until.isoformat(),
    }
