"""What waits on the work list is counted over all clinics, by kind and urgency, and what is overdue apart."""

from datetime import timedelta

import pytest

from deploy.local.issuer import open_issuer
from services.plans.domain.work import URGENCIES
from services.plans.waiting import closings, count, count_closed
from tests.unit.services.plans.front import Front
from tests.unit.services.plans.test_work_http import act, flag, resumed, review, waiting


@pytest.fixture
async def alone(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """A house of its own, since everything in it is counted."""
    front = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    for patient, tenant in (("p1", "clinic"), ("p2", "other")):
        body = {"id": patient, "tz": "Europe/Berlin", "adult": True}
        assert (await front.call("POST", "/patients", body=body, tenant=tenant)).is_success
    return front


def told(front: Front, what: str, kind: str, urgency: str) -> float | None:
    labels = {"service": "plans", "kind": kind, "urgency": urgency}
    return front.rig.runtime.metrics.registry.get_sample_value(f"pacewell_plans_work_items_{what}", labels)


async def test_nothing_that_waits_is_told_as_nothing(alone: Front) -> None:
    await count(alone.rig.runtime)
    assert told(alone, "waiting", "red_flag", "emergency") == 0
    assert told(alone, "overdue", "call", "soon") == 0


async def test_the_items_of_every_clinic_are_counted_together(alone: Front) -> None:
    data = {"review_id": "r-1", "track_id": None, "reason": "something_wrong"}
    for patient, tenant in (("p1", "clinic"), ("p2", "other")):
        await alone.hear("review.requested", "progression", 1, data, patient=patient, tenant=tenant)
    await alone.rig.rest()
    await count(alone.rig.runtime)
    assert sum(told(alone, "waiting", "review", urgency) or 0 for urgency in URGENCIES) == 2


async def test_items_are_overdue_once_their_time_has_passed_until_they_are_closed(alone: Front) -> None:
    await flag(alone, 1, "chest", level="emergency")
    await review(alone, 1, "something_wrong", track=None)
    await alone.rig.rest()
    await count(alone.rig.runtime)
    assert (told(alone, "waiting", "red_flag", "emergency"), told(alone, "overdue", "red_flag", "emergency")) == (1, 0)

    alone.rig.clock.advance(timedelta(minutes=6))
    await count(alone.rig.runtime)
    assert told(alone, "overdue", "red_flag", "emergency") == 1
    assert sum(told(alone, "overdue", "review", urgency) or 0 for urgency in ("urgent", "soon", "routine")) == 0

    await resumed(alone, 2)
    await alone.rig.rest()
    await count(alone.rig.runtime)
    assert (told(alone, "waiting", "red_flag", "emergency"), told(alone, "overdue", "red_flag", "emergency")) == (0, 0)


def observed(front: Front, what: str, kind: str, urgency: str) -> tuple[float, float]:
    """How many items were observed, and their seconds together."""
    labels = {"service": "plans", "kind": kind, "urgency": urgency}
    registry = front.rig.runtime.metrics.registry
    name = f"pacewell_plans_work_item_{what}_seconds"
    values = [registry.get_sample_value(f"{name}_{part}", labels) or 0.0 for part in ("count", "sum")]
    return values[0], values[1]


@pytest.mark.article("P12.4")
async def test_how_long_an_item_waited_to_be_taken_and_to_be_done_is_counted_once(alone: Front) -> None:
    clock = alone.rig.clock
    known = closings(clock.now())
    await flag(alone, 1, "chest", level="emergency")
    await review(alone, 1, "something_wrong", track=None)
    clock.advance(timedelta(minutes=10))
    item = next(one for one in await waiting(alone) if one["kind"] == "review")
    await act(alone, item, "take", {"id": "t-1"})
    clock.advance(timedelta(minutes=20))
    await act(alone, item, "close", {"id": "c-1", "note": "Called."})
    await resumed(alone, 2)
    await alone.rig.rest()
    for _ in range(3):
        await count_closed(alone.rig.runtime, known)
        clock.advance(timedelta(hours=2))
    assert observed(alone, "taken", "review", "soon") == (1, 600)
    assert observed(alone, "closed", "review", "soon") == (1, 1800)
    assert observed(alone, "taken", "red_flag", "emergency") == (1, 1800)
    assert observed(alone, "closed", "red_flag", "emergency") == (1, 1800)


async def test_what_was_closed_before_the_process_began_or_ended_with_its_plan_is_not_counted(alone: Front) -> None:
    await review(alone, 1, "something_wrong", track=None)
    (item,) = await waiting(alone)
    await act(alone, item, "close", {"id": "c-1", "note": "Called."})
    alone.rig.clock.advance(timedelta(seconds=1))
    known = closings(alone.rig.clock.now())
    await alone.plan()
    await review(alone, 2, "ceiling")
    await alone.call("POST", "/patients/p1/plans/plan-1/end", body={"id": "e-1", "reason": "completed"})
    await alone.rig.rest()
    await count_closed(alone.rig.runtime, known)
    assert observed(alone, "closed", "review", "soon") == (0, 0)
    assert observed(alone, "closed", "review", "routine") == (0, 0)
