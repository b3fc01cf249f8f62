"""What waits for the person is told once, read over HTTP, and gone when it is done, too late, or needless."""

from datetime import timedelta
from typing import Any

import pytest

from services.plans.domain.commands import EndPlan
from services.plans.domain.model import PatientState, Person
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.timing import due, on_tick
from shared.runtime.messages import Message, Tick, Transition
from tests.unit.services.plans.clinic import NOW, Clinic
from tests.unit.services.plans.front import Front

PERSON = PatientState(person=Person("Europe/Berlin", "en"))


def told(done: Transition[Any]) -> list[Any]:
    return [event.data for event in done.events]


def test_the_same_thing_waits_once_and_again_only_after_it_was_done() -> None:
    first = open_prompt(PERSON, "p", "goals", "g-1", NOW)
    assert [one.kind for one in told(first)] == ["goals"]
    again = open_prompt(first.state, "p", "goals", "g-1", NOW + timedelta(days=1))
    assert (again.state, again.events) == (first.state, ())
    done = close_prompts(first.state, "goals", "g-1", NOW)
    assert [one.because for one in told(done)] == ["done"]
    assert done.state == PERSON
    later = open_prompt(done.state, "p", "goals", "g-1", NOW + timedelta(days=28))
    assert told(later)[0].prompt_id != told(first)[0].prompt_id


def test_what_is_too_late_closes_by_itself_and_the_rest_waits_on() -> None:
    short = open_prompt(PERSON, "p", "review", "r-1", NOW, NOW + timedelta(days=3))
    both = open_prompt(short.state, "p", "lesson", "l-1", NOW)
    assert due(both.state) == NOW + timedelta(days=3)
    now = NOW + timedelta(days=3)
    done = on_tick(both.state, Message(Tick(now), "p", "t", "m", now, now), now)
    assert [(one.kind, one.because) for one in told(done)] == [("review", "over")]
    assert [one.kind for one in done.state.prompts] == ["lesson"]
    assert due(done.state) is None


def test_with_the_plan_ends_what_waited_for_the_person() -> None:
    clinic = Clinic().planned()
    clinic.state = open_prompt(clinic.state, "p-1", "goals", "g-1", NOW).state
    done = clinic.fold(EndPlan("plan-1", "moved"))
    closed = [one for one in told(done) if hasattr(one, "because")]
    assert [(one.kind, one.because) for one in closed] == [("lesson", "needless"), ("goals", "needless")]
    assert clinic.state.prompts == ()


@pytest.mark.parametrize(("role", "status"), [("patient", 200), ("clinician", 200), ("caregiver", 403), ("admin", 403)])
async def test_the_person_and_their_clinicians_read_what_waits(front: Front, role: str, status: int) -> None:
    answer = await front.call("GET", "/patients/p1/prompts", role)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["prompts"] == []
        assert answer.json()["human"]["phone"] == "+1 555 0100"
