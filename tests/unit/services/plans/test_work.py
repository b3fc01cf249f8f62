"""The work list of one person, folded directly: what opens an item, what joins it, who takes it and what closes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.plans.domain.commands import CloseWorkItem, EndPlan, ReleaseWorkItem, TakeWorkItem
from services.plans.domain.work import CAUSES_KEPT, flag_due, review_due, working_days_later
from shared.contracts.plans import WorkItemClosedV1, WorkItemOpenedV1
from shared.contracts.progression import ReviewRequestedV1
from shared.contracts.safety import AutomationResumedV1, RedflagRaisedV1
from shared.red_flags import SIGNS
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Actor
from tests.unit.services.plans.clinic import NOW, SELF, Clinic, first

OTHER = Actor("clinician", "u-2")


def review(reason: str = "ceiling", track: str | None = "walk") -> ReviewRequestedV1:
    return ReviewRequestedV1(review_id="r-1", track_id=track, reason=reason)


def flag(*signs: str, level: Any = "urgent", suspension: str = "s-1", at: datetime = NOW) -> RedflagRaisedV1:
    return RedflagRaisedV1(
        flag_id="f-1", suspension_id=suspension, signs=signs or ("infection",), level=level,
        context="check_in", answered_at=at,
    )  # fmt: skip


def resume(suspension: str = "s-1", at: datetime = NOW) -> AutomationResumedV1:
    return AutomationResumedV1(suspension_id=suspension, resumed_at=at)


def opened(clinic: Clinic) -> list[WorkItemOpenedV1]:
    return [event.data for event in clinic.events if isinstance(event.data, WorkItemOpenedV1)]


def closed(clinic: Clinic) -> list[tuple[str, str]]:
    """What was closed, and by whom."""
    return [
        (event.data.reason, (event.actor or Actor("", "of the message")).id)
        for event in clinic.events
        if isinstance(event.data, WorkItemClosedV1)
    ]


def statuses(clinic: Clinic) -> list[str]:
    return [record["status"] for record in clinic.records.values() if "waits" in record]


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2025-03-31 10:00", 3, "2025-04-03 10:00"),
        ("2025-04-04 10:00", 1, "2025-04-07 10:00"),
        ("2025-04-05 10:00", 1, "2025-04-07 10:00"),
        ("2025-04-02 10:00", 3, "2025-04-07 10:00"),
    ],
)
def test_working_days_leave_out_the_weekend(start: str, days: int, expected: str) -> None:
    moment, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, expected))
    assert working_days_later(moment, days, "UTC") == wanted


def test_working_days_are_those_of_the_persons_zone_and_keep_its_wall_time() -> None:
    """In Berlin it is Friday 23:30 before clocks go forward; Monday 23:30 comes 71 hours later."""
    friday = datetime(2025, 3, 28, 22, 30, tzinfo=UTC)
    assert working_days_later(friday, 1, "Europe/Berlin") == friday + timedelta(hours=71)


@pytest.mark.parametrize(
    ("signs", "level", "minutes"),
    [
        (("chest",), "emergency", 5),
        (("self_harm", "infection"), "emergency", 5),
        (("cauda_equina",), "emergency", 15),
        (("clot", "cancer"), "emergency", 15),
        (("trauma",), "urgent", 60),
        (("unsafe", "crash"), "urgent", 60),
        (("something_new",), "emergency", 5),
        (("something_new",), "urgent", 60),
    ],
)
def test_a_flag_is_due_as_soon_as_its_gravest_sign(signs: tuple[str, ...], level: str, minutes: int) -> None:
    assert flag_due(signs, level, NOW, "UTC") == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(("sign", "level", "days"), [("cancer", "review", 2), ("crash", "lock", 3), ("new", "lock", 3)])
def test_a_flag_that_can_wait_is_due_in_working_days(sign: str, level: str, days: int) -> None:
    assert flag_due((sign,), level, NOW, "UTC") == NOW + timedelta(days=days)


def test_every_sign_of_the_list_has_a_time() -> None:
    for sign in SIGNS:
        assert flag_due((sign,), "lock", NOW, "UTC") <= NOW + timedelta(days=3)


def test_what_is_looked_at_the_same_day_leaves_at_least_an_hour() -> None:
    for hours, due in ((9, 9), (0.5, 1)):
        ends = NOW + timedelta(hours=hours)
        assert review_due("pain_9", NOW, ends, "UTC") == NOW + timedelta(hours=due)


@pytest.mark.article("P3.7")
def test_a_review_opens_one_item_until_it_is_closed() -> None:
    clinic = Clinic().planned()
    clinic.fold(review(), SYSTEM, id="e-1")
    clinic.fold(review(), SYSTEM, id="e-2")
    (item,) = clinic.state.work
    (told,) = opened(clinic)
    assert (told.item_id, told.kind, told.urgency, told.cause_event_id) == (item.item_id, "review", "routine", "e-1")
    assert told.due_at == NOW + timedelta(days=3)
    clinic.fold(CloseWorkItem(item.item_id, "s1.note"))
    clinic.fold(review(), SYSTEM, id="e-3")
    assert [one.cause_event_id for one in opened(clinic)] == ["e-1", "e-3"]


def test_the_system_opens_an_item_and_not_the_person() -> None:
    clinic = Clinic().planned()
    clinic.fold(flag(), SELF)
    assert clinic.events[-1].actor == SYSTEM


def test_other_tracks_and_reasons_have_items_of_their_own() -> None:
    clinic = Clinic().planned()
    for one in (review(), review(track=None), review("overshoot"), review("flare_without_end", None)):
        clinic.fold(one, SYSTEM)
    assert [item.kind for item in clinic.state.work] == ["review", "review", "review", "call"]


@pytest.mark.parametrize("reason", ["pain_9", "pain_rise_4", "something_wrong"])
def test_a_worrying_log_is_looked_at_on_the_persons_same_day(reason: str) -> None:
    """In Tokyo it is 05:00 on 1 April; the day ends at 03:00."""
    clinic = Clinic().planned()
    clinic.fold(review(reason), SYSTEM)
    (told,) = opened(clinic)
    assert (told.urgency, told.due_at) == ("soon", datetime(2025, 4, 1, 18, tzinfo=UTC))


def test_an_event_that_comes_again_makes_nothing_even_after_its_item_was_closed() -> None:
    clinic = Clinic().planned()
    for event in (review(), flag()):
        clinic.fold(event, SYSTEM, id=f"e-{event.__class__.__name__}")
    for item in clinic.state.work[:1]:
        clinic.fold(CloseWorkItem(item.item_id, "s1.note"))
    clinic.fold(resume(), OTHER)
    before = clinic.state
    for event in (review(), flag()):
        assert clinic.fold(event, SYSTEM, id=f"e-{event.__class__.__name__}").events == ()
    assert (clinic.state, statuses(clinic)) == (before, ["closed", "closed"])


def test_a_review_of_the_red_flag_itself_is_left_to_the_flag() -> None:
    clinic = Clinic().planned()
    clinic.fold(review("red_flag"), SYSTEM)
    assert not clinic.state.work


def test_without_a_plan_only_what_is_looked_at_in_any_case_opens_an_item() -> None:
    clinic = Clinic().planned()
    clinic.fold(EndPlan("plan-1", "moved"))
    clinic.fold(review(), SYSTEM)
    assert not clinic.state.work
    clinic.fold(review("something_wrong"), SYSTEM)
    clinic.fold(flag(), SELF)
    assert [item.reason for item in clinic.state.work] == ["something_wrong", "red_flag"]


def test_a_flag_is_heard_of_a_person_who_is_not_known_here_yet() -> None:
    clinic = Clinic()
    clinic.fold(flag("chest", level="emergency"), SELF)
    (told,) = opened(clinic)
    assert (told.urgency, told.due_at) == ("emergency", NOW + timedelta(minutes=5))


def test_flags_of_one_suspension_share_an_item_that_only_gets_graver() -> None:
    clinic = Clinic().planned()
    clinic.fold(flag("crash", level="lock"), SELF)
    (item,) = clinic.state.work
    clinic.fold(TakeWorkItem(item.item_id))
    clinic.fold(flag("crash", level="lock"), SELF)
    assert clinic.state.work[0].taken_by == "u-1"
    clinic.now += timedelta(hours=1)
    clinic.fold(flag("chest", level="emergency", at=clinic.now), SELF)
    clinic.fold(flag("infection", at=clinic.now), SELF)
    (joined,) = clinic.state.work
    assert (joined.item_id, joined.urgency, joined.signs) == (
        item.item_id, "emergency", ("chest", "crash", "infection")
    )  # fmt: skip
    assert joined.due_at == clinic.now + timedelta(minutes=5)
    assert joined.taken_by is None, "somebody must look anew"
    assert (len(opened(clinic)), statuses(clinic)) == (1, ["open"])


def test_the_clinician_who_resumes_has_closed_the_red_flag() -> None:
    clinic = Clinic().planned()
    clinic.fold(flag(), SELF)
    clinic.fold(resume("another"), OTHER)
    assert len(clinic.state.work) == 1
    done = clinic.fold(resume(), OTHER)
    (record,) = [one.data for one in done.records]
    assert (record["status"], record["closed_by"], record["closed_because"]) == ("closed", "u-2", "resumed")
    assert closed(clinic) == [("red_flag", "of the message")]
    assert clinic.fold(resume(), OTHER).events == ()


def test_a_flag_heard_of_after_its_suspension_ended_was_dealt_with_then() -> None:
    in_order, late = Clinic().planned(), Clinic().planned()
    later = NOW + timedelta(hours=1)
    for clinic, events in ((in_order, (flag(), resume(at=later))), (late, (resume(at=later), flag()))):
        for event in events:
            clinic.fold(event, OTHER, id=type(event).__name__)
    assert not in_order.state.work
    records = [{id: data for id, data in clinic.records.items() if "waits" in data} for clinic in (in_order, late)]
    assert records[0] == records[1]
    assert len(opened(late)) == 1
    assert closed(late) == [("red_flag", "u-2")]
    assert in_order.state == late.state


def test_the_look_at_a_stop_heard_of_after_that_ended_does_not_wait_for_anybody() -> None:
    clinic = Clinic().planned()
    asked = review("stopped_by_clinician", None)
    clinic.fold(resume(), OTHER)
    clinic.fold(asked.model_copy(update={"suspension_id": "s-1"}), SYSTEM, id="e-1")
    assert (clinic.state.work, opened(clinic)) == ((), [])
    clinic.fold(asked.model_copy(update={"suspension_id": "s-2"}), SYSTEM, id="e-2")
    clinic.fold(resume("s-2"), OTHER)
    assert (len(opened(clinic)), clinic.state.work) == (1, ())


def test_a_further_flag_heard_of_after_the_end_adds_nothing() -> None:
    clinic = Clinic().planned()
    clinic.fold(flag(), SELF)
    clinic.fold(resume(), OTHER)
    assert clinic.fold(flag("trauma"), SELF).records == ()
    clinic.fold(flag(suspension="s-2"), SELF)
    assert [item.suspension_id for item in clinic.state.work] == ["s-2"]


def test_an_item_is_taken_by_one_and_taken_over_only_by_force() -> None:
    clinic = Clinic().planned()
    clinic.fold(review(), SYSTEM)
    (item,) = clinic.state.work
    first = clinic.fold(TakeWorkItem(item.item_id))
    clinic.now += timedelta(hours=1)
    again = clinic.fold(TakeWorkItem(item.item_id))
    assert (first.answer, first.events) == (again.answer, ())
    assert clinic.refused(TakeWorkItem(item.item_id), OTHER) == (409, "taken_by_another")
    assert clinic.refused(CloseWorkItem(item.item_id, "s1.note"), OTHER) == (409, "taken_by_another")
    clinic.fold(TakeWorkItem(item.item_id, force=True), OTHER)
    assert (clinic.state.work[0].taken_by, clinic.state.work[0].taken_at) == ("u-2", clinic.now)
    assert statuses(clinic) == ["taken"]


def test_a_closed_item_is_told_with_its_note_sealed_and_changes_no_more() -> None:
    clinic = Clinic().planned()
    clinic.fold(review(), SYSTEM)
    (item,) = clinic.state.work
    clinic.fold(CloseWorkItem(item.item_id, "s1.note"))
    record = clinic.records[item.item_id]
    assert (record["note_sealed"], record["closed_because"], record["waits"]) == ("s1.note", "done", 0)
    assert clinic.events[-1].data == WorkItemClosedV1(
        item_id=item.item_id, kind="review", reason="ceiling", track_id="walk"
    )
    for command in (TakeWorkItem(item.item_id), CloseWorkItem(item.item_id, "s1.other")):
        assert clinic.refused(command) == (409, "work_item_closed")
    assert clinic.refused(TakeWorkItem("w-9")) == (404, "unknown_work_item")


def test_a_red_flag_is_not_closed_by_hand_while_somebody_must_still_decide() -> None:
    clinic = Clinic().planned()
    clinic.fold(flag(), SELF)
    (item,) = clinic.state.work
    assert clinic.refused(CloseWorkItem(item.item_id, "s1.note")) == (409, "still_suspended")
    clinic.fold(EndPlan("plan-1", "died"))
    assert [one.item_id for one in clinic.state.work] == [item.item_id], "the end of a plan closes no red flag"
    clinic.fold(CloseWorkItem(item.item_id, "s1.note"))
    assert not clinic.state.work


def test_the_end_of_the_plan_closes_reviews_and_calls_but_not_what_is_looked_at_in_any_case() -> None:
    clinic = Clinic().planned()
    for event in (review(), review("flare_without_end"), review("pain_9"), flag()):
        clinic.fold(event, SYSTEM)
    clinic.fold(EndPlan("plan-1", "withdrew"))
    assert [item.reason for item in clinic.state.work] == ["pain_9", "red_flag"]
    assert [reason for reason, _ in closed(clinic)] == ["ceiling", "flare_without_end"]
    ended = [one["closed_because"] for one in clinic.records.values() if one.get("status") == "closed"]
    assert ended == ["plan_ended", "plan_ended"]
    clinic.fold(first(plan_id="plan-2"))
    clinic.fold(review(), SYSTEM)
    assert len(clinic.state.work) == 3


def test_the_state_stays_small_however_long_it_lasts() -> None:
    clinic = Clinic().planned()
    for number in range(3 * CAUSES_KEPT):
        clinic.fold(review(), SYSTEM)
        clinic.fold(CloseWorkItem(clinic.state.work[0].item_id, "s1.note"))
        clinic.fold(flag(suspension=f"s-{number}"), SELF)
        clinic.fold(resume(f"s-{number}"), OTHER)
    assert len(clinic.state.causes) == CAUSES_KEPT
    assert len(encode(clinic.state)) < 8192


def test_only_who_took_an_item_gives_it_back() -> None:
    clinic = Clinic().planned()
    clinic.fold(review(), SYSTEM)
    (item,) = clinic.state.work
    assert clinic.refused(ReleaseWorkItem("nothing")) == (404, "unknown_work_item")
    assert clinic.refused(ReleaseWorkItem(item.item_id)) == (409, "not_taken")
    clinic.fold(TakeWorkItem(item.item_id), OTHER)
    assert clinic.refused(ReleaseWorkItem(item.item_id)) == (409, "taken_by_another")
    clinic.fold(ReleaseWorkItem(item.item_id), OTHER)
    assert clinic.state.work == (item,)
