"""What ends with a plan and what goes on after it, by the reason of its end; afterwards time asks for nothing."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.domain.circle import CONTACT_WITHIN, AcceptInvitation, SetMember
from services.plans.domain.commands import EndPlan, SetOverride
from services.plans.domain.consents import CAREGIVERS, stands
from services.plans.domain.seen import link
from services.plans.folding import contact
from services.plans.folding.timing import TIMERS, due, on_tick
from shared.runtime.messages import SYSTEM, Message, Tick
from tests.unit.services.plans.clinic import CAREGIVER, NOW, SELF, Clinic, change, first
from tests.unit.services.plans.test_circle import INVITE, yes
from tests.unit.services.plans.test_work import flag, review

REASONS = ("discharged", "completed", "withdrew", "moved", "died")


def lived() -> Clinic:
    """A plan with all around it: an offer, an override, a draft, items, a caregiver, and what time has asked for."""
    clinic = Clinic().ready()
    clinic.fold(yes(), SELF, "app")
    clinic.fold(INVITE, SELF, "app")
    clinic.fold(AcceptInvitation("ca-1"), CAREGIVER, "app")
    clinic.fold(first())
    for days in range(30):
        tick(clinic, NOW + timedelta(days=days))
    clinic.offered(hours=48)
    clinic.fold(SetOverride("o-1", "freq", 2, "symptoms", "walk"))
    clinic.fold(change(clinic.state.plan.version, heard=None))  # type: ignore[union-attr]
    clinic.fold(review(), SYSTEM)
    clinic.fold(review("pain_9", None), SYSTEM)
    clinic.fold(flag(), SELF)
    return clinic


def tick(clinic: Clinic, now: Any) -> None:
    """Time passes, and every area whose moment has come acts."""
    clinic.now = now
    while (at := due(clinic.state)) is not None and at <= now:
        done = on_tick(clinic.state, Message(Tick(at), "p-1", "t", f"tick-{at}", now, now), now)
        clinic.state = done.state
        clinic.events += done.events


@pytest.mark.parametrize("reason", REASONS)
def test_after_the_end_of_a_plan_time_asks_for_nothing_and_nothing_waits_for_the_person(reason: Any) -> None:
    clinic = lived()
    assert due(clinic.state) is not None
    clinic.fold(EndPlan("plan-1", reason))
    state = clinic.state
    assert [when(state) for when, _ in TIMERS] == [None] * len(TIMERS)
    assert (state.prompts, state.overrides, state.agreement.draft) == ((), (), None)
    assert (state.measures.asked, state.reviews.open) == (None, None)
    assert not [one for one in state.proposals if one.status == "open"]
    for days in (1, 30, 400):
        before = len(clinic.events)
        tick(clinic, clinic.now + timedelta(days=days))
        assert len(clinic.events) == before


def test_only_a_leaving_of_the_care_team_goes_on_in_time_after_the_end() -> None:
    clinic = Clinic().planned()
    clinic.fold(SetMember("m-1", "u-5", "nurse", last_day=date(2025, 5, 1), contact_sealed="s1.x"))
    clinic.fold(EndPlan("plan-1", "completed"))
    assert due(clinic.state) is not None
    tick(clinic, NOW + timedelta(days=60))
    assert (clinic.state.circle.team, due(clinic.state)) == ((), None)


@pytest.mark.parametrize("reason", REASONS)
def test_what_a_human_looks_at_in_any_case_stays_when_a_plan_ends_and_the_rest_is_closed(reason: Any) -> None:
    clinic = lived()
    clinic.fold(EndPlan("plan-1", reason))
    assert {one.reason for one in clinic.state.work} == {"pain_9", "red_flag"}


@pytest.mark.parametrize("reason", REASONS)
def test_consents_stay_and_caregivers_see_nothing_of_who_withdrew_moved_or_died(reason: Any) -> None:
    clinic = lived()
    clinic.fold(EndPlan("plan-1", reason))
    seen = link(clinic.state, CAREGIVER.id) is not None
    told = [event.data.because for event in clinic.events if type(event.data).__name__ == "CaregiverUnlinkedV1"]
    gone = reason in ("withdrew", "moved", "died")
    assert (seen, told) == (not gone, ["plan_ended"] if gone else [])
    assert stands(clinic.state.circle.consents, CAREGIVERS)
    assert clinic.state.aims.goals


def test_after_the_end_a_new_plan_begins_with_nothing_of_the_old_one_waiting() -> None:
    clinic = lived()
    clinic.fold(EndPlan("plan-1", "completed"))
    clinic.fold(first(plan_id="plan-2"))
    assert clinic.state.reviews.open is None
    assert clinic.state.agreement.draft is None


def test_a_new_plan_asks_for_a_named_human_as_soon_as_a_first_one_does() -> None:
    clinic = Clinic().planned()
    tick(clinic, NOW + CONTACT_WITHIN)
    assert [one.reason for one in clinic.state.work] == [contact.REASON]
    clinic.fold(EndPlan("plan-1", "completed"))
    assert clinic.state.work == ()
    clinic.fold(first(plan_id="plan-2"))
    assert contact.next_question(clinic.state) == clinic.now + CONTACT_WITHIN
