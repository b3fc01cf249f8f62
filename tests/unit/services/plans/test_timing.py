"""Time alone acts where an area waits for a moment, and every area whose moment has come acts."""

from dataclasses import replace
from datetime import timedelta

from services.plans.domain.model import PatientState, Person
from services.plans.folding.timing import Timer, due, on_tick
from shared.contracts.plans import PlanEndedV1
from shared.runtime.messages import Emit, Message, Tick, Transition
from tests.unit.services.plans.clinic import NOW

TOLD = Emit(PlanEndedV1(plan_id="plan-1", reason="moved"))


def _once(ended: str, hours: int) -> Timer:
    """An area that acts so many hours from now, once, and leaves `ended` behind."""
    at = NOW + timedelta(hours=hours)
    return (
        lambda state: None if ended in state.ended_plans else at,
        lambda state, _, __: Transition(replace(state, ended_plans=(*state.ended_plans, ended)), events=(TOLD,)),
    )


def test_every_area_whose_moment_has_come_acts_and_the_next_moment_is_that_of_the_others() -> None:
    timers = (_once("late", 5), _once("first", 1), _once("second", 2))
    state = PatientState(person=Person("UTC", "en"))
    assert due(state, timers) == NOW + timedelta(hours=1)
    now = NOW + timedelta(hours=2)
    done = on_tick(state, Message(Tick(now), "p", "t", "m", now, now), now, timers)
    assert done.state.ended_plans == ("first", "second")
    assert done.events == (TOLD, TOLD)
    assert due(done.state, timers) == NOW + timedelta(hours=5)


def test_nothing_is_due_while_no_area_waits_for_a_moment() -> None:
    assert due(PatientState(), ()) is None
