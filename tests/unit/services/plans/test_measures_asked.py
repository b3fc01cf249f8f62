"""Check-ins and the PEG come on their day, within the budget; what comes of the answers (measures 3.2, P7.1-P7.3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.plans.domain.aims import GoalContent, SetGoal
from services.plans.domain.commands import EndPlan
from services.plans.domain.features import SwitchFeature
from services.plans.domain.instruments import ALL, items_of
from services.plans.domain.measures import NOTHING_MEASURED, Asked, Contact, Last, Measures, Permits, SubmitMeasure
from services.plans.domain.measures_scored import answers, scores
from services.plans.domain.model import WorkItem
from services.plans.domain.reviews import NO_REVIEWS
from services.plans.folding import measures_due
from shared.ids import random_id
from shared.runtime.aggregate import encode
from shared.runtime.messages import Actor
from tests.unit.services.plans.clinic import CAREGIVER, GOAL, NOW, SELF, STAFF, TERMS, Clinic, first
from tests.unit.services.plans.reviewed import ALL_ON, prompts, reasons, say, submit, tell, told, until, work

FLAG = WorkItem("w-1", "red_flag", "red_flag", "emergency", NOW, NOW, "c-1")


def planned() -> Clinic:
    return Clinic().planned()


def again(clinic: Clinic, days: int) -> None:
    """A new plan begins so many days after the first one, with its review ten weeks later."""
    clinic.now = NOW + timedelta(days=days)
    clinic.fold(first(replace(TERMS, review_on=(clinic.now + timedelta(days=70)).date()), "plan-2"))


def asked_on(clinic: Clinic, kind: str) -> list[int]:
    """On which days after the first plan began this kind of question was asked."""
    asked = [one.opened_at for one in told(clinic, "PromptOpenedV1") if one.kind == kind]
    return [round((at - NOW).total_seconds() / 86400) for at in asked]


@pytest.mark.article("P7.2")
def test_a_check_in_waits_every_14_days_for_three_days_and_is_closed_by_an_answer() -> None:
    clinic = planned()
    until(clinic, 13)
    assert "checkin" not in prompts(clinic)
    until(clinic, 14)
    assert "checkin" in prompts(clinic)
    say(clinic)
    tell(clinic, "checkin", 7, 6)
    assert "checkin" not in prompts(clinic)
    until(clinic, 27)
    assert "checkin" not in prompts(clinic)
    until(clinic, 28)
    assert "checkin" in prompts(clinic)


@pytest.mark.article("P7.2")
def test_two_check_ins_left_out_make_them_half_as_frequent_and_the_clinician_hears_it_once() -> None:
    clinic = planned()
    until(clinic, 14)
    tell(clinic, "checkin", None, None)
    assert clinic.state.measures.checkin_days == 14
    until(clinic, 33)
    assert clinic.state.measures.checkin_days == 28
    assert reasons(clinic).count("checkins_skipped") == 1
    asked = [one.opened_at for one in told(clinic, "PromptOpenedV1") if one.kind == "checkin"]
    assert [round((at - NOW).total_seconds() / 86400) for at in asked] == [14, 28]
    (skipped,) = [
        one for one in clinic.records.values() if one.get("outcome") == "not_now" and one["source"] == "system"
    ]
    assert {one["reason"] for one in skipped["items"]} == {"not_now"}
    assert {one["value"] for one in skipped["items"]} == {None}


@pytest.mark.article("P7.3")
def test_the_open_answer_is_stored_before_any_number_of_a_check_in() -> None:
    clinic = planned()
    until(clinic, 14)
    assert clinic.refused(submit(clinic, "checkin", 7), SELF, "app") == (409, "open_question_first")
    done = say(clinic)
    assert done.records[0].data["words_sealed"] == "s1.words"
    assert tell(clinic, "checkin", 7).answer.status == 201


@pytest.mark.article("P7.1")
def test_a_fall_of_motivation_by_three_asks_the_clinician_once() -> None:
    clinic = planned()
    for day, motivation, asked in ((14, 8, 0), (28, 6, 0), (42, 3, 1), (76, 0, 1)):
        until(clinic, day)
        say(clinic)
        tell(clinic, "checkin", motivation)
        assert reasons(clinic).count("motivation_drop") == asked


@pytest.mark.article("P7.3")
def test_the_wish_to_change_the_plan_goes_to_a_human() -> None:
    clinic = planned()
    until(clinic, 14)
    say(clinic)
    tell(clinic, "checkin", 7, adjust_plan=True)
    assert reasons(clinic) == ["adjust_plan"]


def test_a_peg_comes_every_28_days_and_not_next_to_a_check_in() -> None:
    clinic = planned()
    until(clinic, 33)
    asked = [(one.kind, one.opened_at) for one in told(clinic, "PromptOpenedV1") if one.kind in ("checkin", "measure")]
    assert [(kind, round((at - NOW).total_seconds() / 86400)) for kind, at in asked] == [
        ("checkin", 14),
        ("checkin", 28),
        ("measure", 31),
    ]


@pytest.mark.article("P11.3")
def test_what_nobody_asked_for_is_taken_only_while_the_budget_has_room() -> None:
    clinic = planned()
    until(clinic, 16)
    tell(clinic, "exercise", 3, 20, 1)
    assert clinic.refused(submit(clinic, "nrs", 3), SELF, "app") == (409, "one_instrument_a_contact")
    until(clinic, 17)
    assert clinic.refused(submit(clinic, "nrs", 3), SELF, "app") == (409, "two_days_running")
    until(clinic, 18)
    tell(clinic, "exercise", 3, 20, 1)
    until(clinic, 20)
    tell(clinic, "nrs", 3)
    until(clinic, 22)
    assert clinic.refused(submit(clinic, "exercise", 3, 20, 1), SELF, "app") == (409, "item_budget")
    assert tell(clinic, "nrs", 3).answer.status == 201


def test_the_intake_has_18_items_on_two_days_of_its_own() -> None:
    clinic = planned()
    for instrument, count in (("peg", 3), ("phq4", 4), ("pseq2", 2), ("exercise", 3), ("sleep", 1), ("pgic", 1)):
        tell(clinic, instrument, *([1] * count), permits=ALL_ON)
    tell(clinic, "promis_fatigue", 1, 1, 1, 1, permits=ALL_ON)
    assert clinic.refused(submit(clinic, "nrs", 3), SELF, "app") == (409, "item_budget")


def test_only_the_persons_own_answer_counts_or_staff_who_heard_it() -> None:
    clinic = planned()
    for actor, source in ((CAREGIVER, "app"), (STAFF, "clinician"), (Actor("device", "d"), "device")):
        assert clinic.refused(submit(clinic, "peg", 1, 2, 3), actor, source)[0] == 403
    clinic.fold(submit(clinic, "peg", 1, 2, 3), STAFF, "phone")


@pytest.mark.parametrize("instrument", ["promis_fatigue", "pseq2", "ears"])
def test_without_a_word_on_the_licence_a_licensed_instrument_is_refused(instrument: str) -> None:
    clinic = planned()
    command = SubmitMeasure("ms-1", instrument, {"i1": 1}, {})
    assert clinic.refused(command, SELF, "app") == (409, "licence_needed")


def test_phq4_is_refused_until_the_clinic_says_who_acts_on_it() -> None:
    clinic = planned()
    assert clinic.refused(submit(clinic, "phq4", 0, 0, 0, 0), SELF, "app") == (409, "nobody_acts_on_it")
    assert tell(clinic, "phq4", 0, 0, 0, 0, permits=ALL_ON).answer.body["supported"] is False
    assert reasons(clinic) == []


@pytest.mark.parametrize(
    ("values", "hours", "reason", "due"),
    [
        ((3, 0, 0, 0), 72, "phq4_positive", datetime(2025, 4, 3, 20, tzinfo=UTC)),
        ((3, 3, 3, 0), 72, "phq4_severe", datetime(2025, 4, 1, 20, tzinfo=UTC)),
        ((3, 0, 0, 0), 6, "phq4_positive", NOW + timedelta(hours=6)),
    ],
)
def test_a_phq4_above_its_limits_asks_a_human_in_time_and_alarms_nobody(
    values: tuple[int, ...], hours: int, reason: str, due: Any
) -> None:
    """With a plan or without one, as at the intake (9.1 no. 14)."""
    for clinic in (planned(), Clinic().enrolled()):
        done = tell(clinic, "phq4", *values, permits=Permits("nurse", hours))
        assert done.answer.body["supported"] is True
        (item,) = work(clinic)
        assert (item.kind, item.reason, item.urgency, item.due_at) == ("review", reason, "soon", due)
        assert clinic.records[item.item_id]["role"] == "nurse"


def test_psfs_rates_the_persons_own_goals_and_compares_each() -> None:
    clinic = planned()
    for id in ("g-2", "g-3"):
        clinic.fold(SetGoal(id, "patient", GoalContent("family", "s1.goal", "s1.why"), "in_person"))
    assert clinic.refused(SubmitMeasure("a", "psfs", {"g-1": 3, "g-2": 3, "x": 3}, {}), SELF, "app") == (
        422,
        "unknown_goal",
    )
    clinic.fold(SubmitMeasure("b", "psfs", {"g-1": 3, "g-2": 3, "g-3": 3}, {}), SELF, "app")
    done = clinic.fold(SubmitMeasure("c", "psfs", {"g-1": 5, "g-2": 5, "g-3": 5}, {}), SELF, "app")
    assert done.answer is not None
    mean, *each = done.answer.body["changes"]
    assert (mean["score"], mean["detectable"]) == ("mean", True)
    assert not any(one["detectable"] for one in each)


def test_fatigue_is_compared_with_what_is_usual() -> None:
    clinic = planned()
    done = tell(clinic, "fatigue", 6)
    assert done.answer.body["changes"] == []
    assert tell(clinic, "fatigue", 8).answer.body["changes"][0]["detectable"]


@pytest.mark.parametrize(
    "command",
    [
        SubmitMeasure("x", "peg", {"pain": 3}, {}, words_sealed="s1.w"),
        SubmitMeasure("x", "open", {"pain": 3}, {}, words_sealed="s1.w"),
        SubmitMeasure("x", "open", {}, {}),
        SubmitMeasure("x", "open", {}, {"words": "declined"}, words_sealed="s1.w"),
        SubmitMeasure("x", "open", {}, {}, words_sealed="s1.w", domain="mood"),
        SubmitMeasure("x", "wellbeing", {"a": 1}, {}),
    ],
)
def test_an_answer_of_another_shape_is_refused(command: SubmitMeasure) -> None:
    assert planned().refused(command, SELF, "app")[0] == 422


def test_with_the_plan_ends_what_is_asked_and_a_new_plan_begins_anew() -> None:
    clinic = planned()
    until(clinic, 14)
    clinic.fold(EndPlan("plan-1", "completed"))
    assert prompts(clinic) == []
    until(clinic, 60)
    assert prompts(clinic) == []


def test_while_a_red_flag_waits_nothing_is_asked_and_once_it_is_closed_the_questions_go_on() -> None:
    clinic = planned()
    until(clinic, 13)
    clinic.state = replace(clinic.state, work=(FLAG,))
    assert measures_due.next_due(clinic.state) is None
    until(clinic, 40)
    assert (asked_on(clinic, "checkin"), asked_on(clinic, "measure"), reasons(clinic)) == ([], [], [])
    clinic.state = replace(clinic.state, work=())
    until(clinic, 41)
    assert asked_on(clinic, "checkin") == [40]
    assert "checkin" in prompts(clinic)


def test_what_waited_when_a_red_flag_came_runs_out_and_does_not_count_as_left_out() -> None:
    clinic = planned()
    until(clinic, 14)
    clinic.state = replace(clinic.state, work=(FLAG,))
    until(clinic, 20)
    measures = clinic.state.measures
    assert (measures.asked, measures.skips, told(clinic, "MeasureRecordedV1")) == (None, 0, [])
    assert [one.because for one in told(clinic, "PromptClosedV1") if one.kind == "checkin"] == ["over"]


def test_a_check_in_that_waits_when_check_ins_are_turned_off_does_not_count_as_left_out() -> None:
    clinic = planned()
    until(clinic, 14)
    clinic.fold(SwitchFeature("checkins", False, "app"), SELF, "app")
    until(clinic, 20)
    assert (clinic.state.measures.skips, told(clinic, "MeasureRecordedV1")) == (0, [])


def test_a_peg_that_waits_goes_on_waiting_when_check_ins_are_turned_off() -> None:
    clinic = planned()
    until(clinic, 31)
    clinic.fold(SwitchFeature("checkins", False, "app"), SELF, "app")
    asked = clinic.state.measures.asked
    assert "measure" in prompts(clinic)
    assert asked is not None
    assert asked.instrument == "peg"


def test_a_new_plan_counts_its_questions_from_its_own_first_day_and_forgets_what_was_left_out() -> None:
    clinic = planned()
    until(clinic, 40)
    assert clinic.state.measures.checkin_days == 28
    assert reasons(clinic) == ["checkins_skipped"]
    clinic.fold(EndPlan("plan-1", "completed"))
    again(clinic, 100)
    until(clinic, 135)
    assert [day for day in asked_on(clinic, "checkin") if day > 40] == [114, 128]
    assert [day for day in asked_on(clinic, "measure") if day > 40] == [131]
    assert reasons(clinic) == ["checkins_skipped"]


def test_a_peg_of_long_before_the_plan_does_not_bring_the_next_one_on_its_first_day() -> None:
    clinic = Clinic().enrolled()
    tell(clinic, "peg", 5, 5, 5)
    clinic.fold(GOAL)
    again(clinic, 60)
    until(clinic, 73)
    assert asked_on(clinic, "measure") == []


def test_the_budget_of_an_intake_is_there_again_four_weeks_later() -> None:
    clinic = Clinic().enrolled()
    tell(clinic, "exercise", 3, 30, 2)
    clinic.now += timedelta(days=1)
    tell(clinic, "peg", 5, 5, 5)
    clinic.now = NOW + timedelta(days=27)
    assert clinic.refused(submit(clinic, "peg", 5, 5, 5), SELF, "app") == (409, "item_budget")
    clinic.now = NOW + timedelta(days=28)
    assert tell(clinic, "peg", 5, 5, 5).answer.status == 201


def test_numbers_and_words_stay_here() -> None:
    clinic = planned()
    tell(clinic, "peg", 7, 6, 5)
    (event,) = told(clinic, "MeasureRecordedV1")
    assert event.model_dump() == {
        "measure_id": event.measure_id,
        "instrument": "peg",
        "outcome": "answered",
        "review_id": None,
    }


def test_a_file_from_before_there_were_check_ins_has_them_from_its_plan_on() -> None:
    clinic = planned()
    clinic.state = replace(clinic.state, measures=NOTHING_MEASURED, reviews=NO_REVIEWS)
    until(clinic, 14)
    assert "checkin" in prompts(clinic)


def test_all_that_is_kept_of_answers_is_small() -> None:
    """The last scores of every instrument, with goals of long ids, and contacts as close as the budget lets them be."""
    goals = tuple(random_id() for _ in range(5))
    day, review = NOW.date(), random_id()
    last = []
    for instrument in ALL:
        items = items_of(instrument, goals)
        given = answers(instrument, {item.code: max(1, item.low) for item in items}, {}) if items else ()
        last.append(Last(instrument.code, scores(instrument, given) if given else ()))
    contacts = tuple(Contact(day, "physical_function", 1, review if one > 12 else None) for one in range(18))
    asked = Asked(random_id(), "checkin", random_id(), day, NOW)
    measures = Measures(contacts, tuple(last), asked, day, day, 56, 1, True, day, day)
    assert len(encode(measures)) < 3200
