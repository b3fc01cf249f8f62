"""A review comes on the person's own day, is whole before it closes, and plans the next (article P11.1-P11.4)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.plans.domain import reviews
from services.plans.domain.commands import EndPlan, SetOverride
from services.plans.domain.reviews import CompleteReview, OpenReview, ScheduleReview
from services.plans.store.reviews import BROUGHT
from shared.clock import day_start
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.messages import SYSTEM
from tests.unit.services.plans.clinic import SELF, TERMS, Clinic, change
from tests.unit.services.plans.reviewed import prompts, reasons, say, submit, tell, told, until

BEGAN = date(2025, 4, 1)
"""The person's day on which the plan begins (Tokyo)."""

SUMMARY = tuple((name, "s1.words") for name in reviews.SECTIONS)


def in_review(days: float = 62) -> tuple[Clinic, str]:
    """A file whose review is going on, and its id."""
    clinic = Clinic().planned()
    until(clinic, days)
    review = clinic.state.reviews.open
    assert review is not None
    return clinic, review.review_id


def answered(clinic: Clinic, id: str) -> None:
    """Every part of the review is answered or declined."""
    say(clinic, review_id=id)
    tell(clinic, "peg", 4, 4, 4, review_id=id)
    say(clinic, None, review_id=id, domain="mood")
    tell(clinic, "sleep", 6, review_id=id)
    tell(clinic, "pgic", 2, review_id=id)
    command = submit(clinic, "checkin", review_id=id)
    clinic.fold(replace(command, values={"satisfaction": 8}, reasons={"heard": "declined"}), SELF, "app")


@pytest.mark.article("P1.5", "P11.1")
def test_a_review_comes_due_on_the_persons_own_day_for_them_and_for_the_clinic() -> None:
    clinic = Clinic().planned()
    until(clinic, 60)
    assert ("review" in prompts(clinic), reasons(clinic)) == (False, ["checkins_skipped"])
    until(clinic, 61)
    (event,) = told(clinic, "ReviewDueV1")
    assert event.due_on == date(2025, 6, 1)
    opened = next(one for one in told(clinic, "PromptOpenedV1") if one.kind == "review")
    assert opened.opened_at == day_start(date(2025, 6, 1), "Asia/Tokyo")
    assert "review" in prompts(clinic)
    assert "review_due" in reasons(clinic)
    until(clinic, 90)
    assert len(told(clinic, "ReviewDueV1")) == 1


@pytest.mark.article("P11.1")
def test_that_no_review_is_planned_is_told_once() -> None:
    clinic = Clinic().planned()
    assert clinic.state.plan is not None
    plan = replace(clinic.state.plan, terms=replace(TERMS, review_on=None))
    clinic.state = replace(clinic.state, plan=plan)
    until(clinic, 5)
    assert reasons(clinic) == ["review_missing"]
    assert clinic.state.reviews.missing_told


@pytest.mark.article("P11.2")
def test_a_review_cannot_close_while_a_part_is_neither_answered_nor_declined() -> None:
    clinic, id = in_review()
    assert clinic.refused(CompleteReview(id, SUMMARY)) == (422, "part_open")
    answered(clinic, id)
    done = clinic.fold(CompleteReview(id, SUMMARY))
    assert done.answer is not None
    assert done.answer.body["completed_on"] == "2025-06-02"


@pytest.mark.article("P11.2", "P12.4")
@pytest.mark.parametrize("part", reviews.PARTS)
def test_the_part_that_is_open_is_named(part: str) -> None:
    clinic, id = in_review()
    answered(clinic, id)
    review = clinic.state.reviews.open
    assert review is not None
    left = tuple(one for one in review.heard if one[0] != part)
    clinic.state = replace(clinic.state, reviews=replace(clinic.state.reviews, open=replace(review, heard=left)))
    with pytest.raises(Exception, match="part_open") as found:
        clinic.fold(CompleteReview(id, SUMMARY))
    assert [field for field, _, _ in found.value.errors] == [f"/parts/{part}"]  # type: ignore[attr-defined]


@pytest.mark.article("P11.4")
@pytest.mark.parametrize("section", reviews.SECTIONS)
def test_a_summary_has_its_three_sections(section: str) -> None:
    clinic, id = in_review()
    answered(clinic, id)
    summary = tuple(one for one in SUMMARY if one[0] != section)
    assert clinic.refused(CompleteReview(id, summary)) == (422, "section_missing")


@pytest.mark.article("P11.3")
def test_the_open_question_comes_before_every_number_of_a_review() -> None:
    clinic, id = in_review()
    assert clinic.refused(submit(clinic, "peg", 4, 4, 4, review_id=id), SELF, "app") == (409, "open_question_first")
    say(clinic, review_id=id)
    tell(clinic, "peg", 4, 4, 4, review_id=id)


def test_what_was_only_passed_over_is_still_to_be_asked_and_what_was_declined_is_not() -> None:
    clinic, id = in_review()
    say(clinic, None, review_id=id)
    tell(clinic, "sleep", None, review_id=id)
    tell(clinic, "pgic", None, review_id=id, because="declined")
    review = clinic.state.reviews.open
    assert review is not None
    assert dict(review.heard) == {"open": "declined", "qol": "declined"}


@pytest.mark.article("P11.2")
def test_the_next_review_is_in_week_6_or_12_then_every_12_weeks() -> None:
    weeks = {done: (reviews.next_on(BEGAN, BEGAN + timedelta(weeks=done)) - BEGAN).days / 7 for done in range(0, 40, 3)}
    assert weeks == {0: 6, 3: 6, 6: 12, 9: 12, 12: 24, 15: 24, 18: 24, 21: 24, 24: 36, 27: 36, 30: 36, 33: 36, 36: 48,
                     39: 48}  # fmt: skip


@pytest.mark.article("P11.4", "P11.7")
def test_a_review_that_is_done_closes_what_waited_for_it_and_moves_the_plan_on() -> None:
    clinic = Clinic().planned()
    until(clinic, 20)
    clinic.fold(change(1, replace(TERMS, usual_pain=3)))
    until(clinic, 63)
    id = told(clinic, "ReviewDueV1")[0].review_id
    answered(clinic, id)
    clinic.fold(CompleteReview(id, SUMMARY))
    (event,) = told(clinic, "ReviewCompletedV1")
    assert (event.due_on, event.completed_on, event.next_on) == (date(2025, 6, 1), date(2025, 6, 3), date(2025, 6, 24))
    assert (event.on_time, event.plan_versions) == (True, 1)
    assert "review" not in prompts(clinic)
    assert "review_due" not in reasons(clinic)
    assert clinic.state.plan is not None
    assert (clinic.state.plan.version, clinic.state.plan.terms.review_on) == (3, date(2025, 6, 24))
    assert (clinic.state.reviews.open, clinic.state.reviews.done_version) == (None, 3)
    until(clinic, 84)
    assert [one.due_on for one in told(clinic, "ReviewDueV1")] == [date(2025, 6, 1), date(2025, 6, 24)]


def test_a_review_takes_the_place_of_the_peg_and_the_check_in_around_it() -> None:
    clinic, id = in_review(61)
    answered(clinic, id)
    clinic.fold(CompleteReview(id, SUMMARY, next_on=date(2025, 12, 1)))
    until(clinic, 110)
    asked = [(one.kind, one.opened_at) for one in told(clinic, "PromptOpenedV1") if one.kind in ("checkin", "measure")]
    days = [(kind, (at.date() - BEGAN).days + 1) for kind, at in asked]
    assert [one for one in days if 54 <= one[1] < 75] == []
    assert [one for one in days if one[1] >= 75][:2] == [("checkin", 75), ("checkin", 89)]


def test_the_review_has_18_items_on_two_days_of_its_own() -> None:
    clinic, id = in_review()
    say(clinic, review_id=id)
    for _ in range(6):
        tell(clinic, "peg", 4, 4, 4, review_id=id)
    assert clinic.refused(submit(clinic, "sleep", 4, review_id=id), SELF, "app") == (409, "item_budget")


def test_a_review_on_a_third_day_is_refused() -> None:
    clinic, id = in_review()
    say(clinic, review_id=id)
    for day in (63, 66):
        until(clinic, day)
        tell(clinic, "sleep", 4, review_id=id)
    until(clinic, 69)
    assert clinic.refused(submit(clinic, "sleep", 4, review_id=id), SELF, "app") == (409, "item_budget")


def test_a_review_may_begin_before_its_day_and_comes_once() -> None:
    clinic = Clinic().planned()
    until(clinic, 14)
    assert "checkin" in prompts(clinic)
    clinic.fold(OpenReview())
    assert ("checkin" in prompts(clinic), "review" in prompts(clinic)) == (False, True)
    assert clinic.refused(OpenReview()) == (409, "review_open")
    until(clinic, 70)
    assert len(told(clinic, "ReviewDueV1")) == 1


def test_whose_task_it_is_and_its_day_are_set_and_the_day_is_a_version_of_the_plan() -> None:
    clinic = Clinic().planned()
    done = clinic.fold(ScheduleReview("u-7", "s1.agenda", date(2025, 5, 1)))
    assert done.answer is not None
    assert done.answer.body == {"owner": "u-7", "next_on": "2025-05-01"}
    assert clinic.state.plan is not None
    assert clinic.state.plan.version == 2
    until(clinic, 30)
    assert [one.due_on for one in told(clinic, "ReviewDueV1")] == [date(2025, 5, 1)]
    for day in (date(2025, 4, 30), date(2026, 6, 1)):
        assert clinic.refused(ScheduleReview(None, None, day)) == (422, "review_day_range")


def test_a_day_that_was_set_beside_the_plan_counts_while_it_stands() -> None:
    clinic = Clinic().planned()
    clinic.fold(SetOverride("ov-1", "review_on", "2025-05-10", "wish"))
    until(clinic, 45)
    assert [one.due_on for one in told(clinic, "ReviewDueV1")] == [date(2025, 5, 10)]
    id = told(clinic, "ReviewDueV1")[0].review_id
    answered(clinic, id)
    clinic.fold(CompleteReview(id, SUMMARY))
    assert clinic.state.overrides == ()
    until(clinic, 90)
    assert [one.due_on for one in told(clinic, "ReviewDueV1")] == [date(2025, 5, 10), date(2025, 6, 24)]


def test_a_day_beyond_the_time_that_it_stands_for_gives_way_to_the_plans_own() -> None:
    clinic = Clinic().planned()
    clinic.fold(SetOverride("ov-1", "review_on", "2025-09-01", "wish", days=30))
    until(clinic, 70)
    assert [one.due_on for one in told(clinic, "ReviewDueV1")] == [date(2025, 6, 1)]


def test_a_review_of_a_plan_that_has_ended_is_none_any_more() -> None:
    clinic, id = in_review()
    clinic.fold(EndPlan("plan-1", "completed"))
    assert clinic.refused(CompleteReview(id, SUMMARY)) == (409, "no_plan_in_force")
    assert "review_due" not in reasons(clinic)
    until(clinic, 400)
    assert len(told(clinic, "ReviewDueV1")) == 1


@pytest.mark.article("P7.6")
def test_only_entries_that_the_person_brings_are_noted_and_nothing_of_their_words() -> None:
    clinic = Clinic().planned()
    noted = []
    for id, brought in (("j-1", True), ("j-2", False), ("j-3", True)):
        done = clinic.fold(JournalRecordedV1(entry_id=id, tags=("hard",), bring_to_visit=brought), SYSTEM)
        noted += [one.data for one in done.records if one.collection == BROUGHT]
    assert [(one["entry_id"], one["tags"], one["on"]) for one in noted] == [
        ("j-1", ["hard"], "2025-03-31"),
        ("j-3", ["hard"], "2025-03-31"),
    ]
    assert set(noted[0]) == {"order", "entry_id", "tags", "on"}
