"""Lessons come with a plan, one a day at most, and come back after 7, 28 and 90 days; misconceptions once a week."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from services.plans.domain.aims import Goal
from services.plans.domain.commands import EndPlan
from services.plans.domain.features import SwitchFeature
from services.plans.domain.learning import AssignLesson, Learning, ViewLesson, comes_back_on, given, next_told, of_id
from services.plans.domain.learning import told as told_of
from services.plans.domain.learning import viewed as read_on
from services.plans.domain.lessons import LESSONS
from services.plans.domain.model import PatientState, Plan, WorkItem
from services.plans.folding.learning import areas_of, next_moment, take_up, with_plan
from services.plans.folding.prompts import next_end
from shared.contracts.plans import PromptOpenedV1
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Message, Tick
from tests.unit.services.plans.clinic import CAREGIVER, NOW, SELF, STAFF, TERMS, WALK, Clinic

DAY = date(2025, 4, 1)


class Reader(Clinic):
    """A person with a plan and nothing to read yet; no time passes by itself."""

    def __init__(self, pem: str = "no") -> None:
        super().__init__()
        self.enrolled()
        terms = replace(TERMS, pem=pem)  # type: ignore[arg-type]
        self.state = replace(self.state, plan=Plan("plan-1", 1, terms, NOW))

    def tick(self) -> list[str]:
        """What the person is told of now."""
        return [one.ref for one in self._told(self.fold(Tick(self.now), SYSTEM).state)]

    def days(self, count: int) -> "Reader":
        """So many days later."""
        self.now += timedelta(days=count)
        return self

    def waits(self) -> list[str]:
        return [one.ref for one in self._told(self.state)]

    def read(self, lesson_id: str) -> None:
        self.fold(ViewLesson(lesson_id), SELF)

    def journal(self, *tags: Any, entry: str = "e-1") -> list[str]:
        """What a journal entry leads to."""
        before = self.state.learning.ids
        self.fold(JournalRecordedV1(entry_id=entry, tags=tags), SYSTEM)
        return sorted(self.state.learning.ids - before)

    def _told(self, state: PatientState) -> Iterator[Any]:
        return (one for one in state.prompts if one.kind == "lesson")


@pytest.mark.article("P2.1", "P9.2")
def test_a_first_plan_brings_the_signs_of_a_flare_and_a_lesson_about_each_activity() -> None:
    reader = Reader()
    tracks = (WALK, replace(WALK, track_id="pool", activity_family="swimming"))
    state = replace(reader.state, plan=Plan("plan-1", 1, replace(TERMS, tracks=tracks), NOW))
    done = with_plan(state, None, "p-1", NOW)
    assert [one.lesson_id for one in done.state.learning.lessons] == ["sore_or_flare", "walking", "wheels_and_water"]
    assert [(one.data["because"], one.data["track_id"]) for one in done.records] == [
        ("start", None), ("track", "walk"), ("track", "pool"),
    ]  # fmt: skip
    assert [getattr(event.data, "kind", None) for event in done.events] == ["lesson"]


def test_only_a_new_track_brings_a_lesson_and_one_that_is_there_already_is_not_given_again() -> None:
    before = Reader().state.plan
    assert before is not None
    tracks = (WALK, replace(WALK, track_id="home", activity_family="household"), replace(WALK, track_id="shop"))
    state = replace(Reader().state, plan=Plan("plan-1", 2, replace(TERMS, tracks=tracks), NOW))
    done = with_plan(replace(state, learning=given(Learning(), "walking")), before, "p-1", NOW)
    assert [one.lesson_id for one in done.state.learning.lessons] == ["walking", "stairs_and_home"]
    again = with_plan(done.state, done.state.plan, "p-1", NOW)
    assert (again.state, again.records) == (done.state, ())


def test_with_me_cfs_the_limits_come_first_and_nothing_that_leads_to_more() -> None:
    reader = Reader("yes")
    done = with_plan(reader.state, None, "p-1", NOW)
    assert [one.lesson_id for one in done.state.learning.lessons] == ["sore_or_flare", "limits", "walking"]
    assert reader.refused(AssignLesson("small_steps")) == (409, "not_for_this_person")
    assert Reader().refused(AssignLesson("limits")) == (409, "not_for_this_person")


@pytest.mark.article("P4.1")
def test_a_lesson_comes_back_after_7_28_and_90_days_and_then_no_more() -> None:
    reader = Reader()
    reader.fold(AssignLesson("walking"))
    assert reader.waits() == ["walking"]
    reader.read("walking")
    assert reader.waits() == []
    first = reader.now
    for days in (7, 28, 90):
        at = next_moment(reader.state)
        assert at is not None
        assert at.astimezone(UTC).date() - first.date() in (timedelta(days - 1), timedelta(days))
        reader.now = at - timedelta(seconds=1)
        assert reader.tick() == []
        reader.now = at
        assert reader.tick() == ["walking"]
        reader.read("walking")
    assert next_moment(reader.state) is None
    assert [event.data.lesson_id for event in reader.events if hasattr(event.data, "lesson_id")] == ["walking"] * 4


def test_a_day_of_coming_back_is_the_persons_own() -> None:
    """In Tokyo the person's 1 April begins at 18:00 UTC on 31 March; so does their 8 April."""
    reader = Reader()
    reader.read("walking")
    one = of_id(reader.state.learning, "walking")
    assert one is not None
    assert (one.first_on, comes_back_on(one)) == (date(2025, 4, 1), date(2025, 4, 8))
    assert next_moment(reader.state) == datetime(2025, 4, 7, 18, tzinfo=UTC)


def test_who_reads_it_in_time_by_themselves_is_not_told_and_who_reads_early_is() -> None:
    early = told_of(given(Learning(), "walking"), "walking", DAY)
    early = read_on(early, "walking", DAY)
    early = read_on(early, "walking", DAY + timedelta(days=3))
    assert next_told(early, lambda _: True) == (DAY + timedelta(days=7), "walking")
    late = read_on(early, "walking", DAY + timedelta(days=30))
    assert next_told(late, lambda _: True) == (DAY + timedelta(days=90), "walking")
    assert next_told(read_on(late, "walking", DAY + timedelta(days=90)), lambda _: True) is None


def test_one_lesson_waits_at_a_time_and_the_next_comes_on_another_day() -> None:
    reader = Reader()
    for id in ("walking", "sleep", "energy"):
        reader.fold(AssignLesson(id))
    assert reader.waits() == ["walking"]
    assert reader.days(1).tick() == ["walking"]
    reader.read("walking")
    assert reader.tick() == []
    assert reader.days(1).tick() == ["sleep"]


def test_a_lesson_that_nobody_reads_stops_asking_after_two_weeks_and_lets_the_next_one_come() -> None:
    reader = Reader()
    for id in ("walking", "sleep"):
        reader.fold(AssignLesson(id))
    assert reader.days(13).tick() == ["walking"]
    assert reader.days(1).tick() == ["sleep"]
    assert reader.days(15).tick() == []
    assert next_moment(reader.state) is None
    assert "walking" in reader.state.learning.ids


def test_no_lesson_asks_without_a_plan_and_after_it_ended() -> None:
    reader = Reader()
    reader.state = replace(reader.state, plan=None)
    reader.fold(AssignLesson("walking"))
    assert (reader.waits(), next_moment(reader.state)) == ([], None)
    reader = Reader()
    reader.read("walking")
    reader.fold(EndPlan("plan-1", "moved"))
    assert next_moment(reader.state) is None
    assert reader.days(7).tick() == []
    assert with_plan(reader.state, None, "p-1", NOW).records == ()


def test_while_a_red_flag_waits_for_a_human_nothing_is_taught() -> None:
    flag = WorkItem("w-1", "red_flag", "red_flag", "urgent", NOW, NOW, "c-1")
    reader = Reader()
    reader.state = replace(reader.state, work=(flag,))
    reader.fold(AssignLesson("walking"))
    assert (reader.waits(), next_moment(reader.state)) == ([], None)
    assert reader.journal("hard") == []
    reader.state = replace(reader.state, work=())
    assert reader.tick() == ["walking"]


def test_who_switches_lessons_off_is_told_of_none_and_goes_on_where_they_stopped() -> None:
    reader = Reader()
    reader.fold(AssignLesson("walking"))
    reader.fold(SwitchFeature("lessons", on=False, heard="app"), SELF)
    reader.fold(AssignLesson("sleep"))
    assert (reader.waits(), next_moment(reader.state)) == ([], None)
    assert reader.journal("hard") == []
    reader.fold(SwitchFeature("lessons", on=True, heard="app"), SELF)
    assert reader.tick() == []
    assert reader.days(1).tick() == ["sleep"]


@pytest.mark.article("P4.5")
def test_a_tag_of_the_journal_takes_up_one_misconception_in_seven_days() -> None:
    reader = Reader()
    assert reader.journal("hard", entry="e-1") == ["hurt_and_harm"]
    assert reader.records["hurt_and_harm"] | {"assigned_at": None} == {
        "lesson_id": "hurt_and_harm", "because": "journal", "entry_id": "e-1", "tags": ["hard"], "track_id": None,
        "assigned_by": None, "assigned_at": None,
    }  # fmt: skip
    assert reader.days(6).journal("hard", entry="e-2") == []
    assert reader.refused(AssignLesson("good_day")) == (409, "one_misconception_a_week")
    assert reader.days(1).journal("hard", "barrier", entry="e-3") == ["back_to_start"]
    assert reader.days(7).journal("easy", entry="e-4") == ["good_day"]
    assert reader.days(7).journal(entry="e-5") == []


def test_a_clinicians_misconception_counts_for_the_week_and_an_entry_heard_of_late_takes_up_none() -> None:
    reader = Reader()
    reader.fold(AssignLesson("good_day"))
    assert reader.journal("hard") == []
    state = Reader().state
    old = Message(JournalRecordedV1(entry_id="e-2", tags=("hard",)), "p-1", "t", "m", NOW, NOW)
    assert take_up(state, old, NOW + timedelta(days=7)).state != state
    assert take_up(state, old, NOW + timedelta(days=7, seconds=1)).state == state


def test_only_the_person_or_staff_noting_their_words_say_that_it_was_read() -> None:
    reader = Reader()
    assert reader.refused(ViewLesson("walking"), STAFF) == (403, "only_the_persons_own_answer")
    assert reader.refused(ViewLesson("walking"), CAREGIVER) == (403, "only_the_persons_own_answer")
    reader.fold(ViewLesson("walking"), STAFF, "phone")
    assert reader.records["walking"]["because"] == "self"
    assert reader.refused(ViewLesson("nothing"), SELF) == (404, "unknown_lesson")
    assert reader.refused(AssignLesson("nothing")) == (404, "unknown_lesson")


def test_a_lesson_given_anew_begins_anew() -> None:
    reader = Reader()
    reader.read("walking")
    reader.days(100).fold(AssignLesson("walking"))
    assert reader.waits() == ["walking"]
    one = of_id(reader.state.learning, "walking")
    assert one is not None
    assert one.first_on is None


def test_all_lessons_of_a_person_take_less_than_three_kilobytes_of_their_file() -> None:
    reader = Reader()
    empty = len(encode(reader.state))
    for one in LESSONS:
        reader.read(one.lesson_id)
    assert len(encode(reader.state)) - empty < 3072


def acts_next(state: PatientState) -> datetime | None:
    return min((at for at in (next_moment(state), next_end(state)) if at is not None), default=None)


@given_any(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.sampled_from(["walking", "sleep", "energy"]), st.sampled_from(["give", "read"])
        ),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_however_lessons_are_given_and_read_one_waits_at_most_and_is_told_once_a_day(
    acts: list[tuple[int, str, str]],
) -> None:
    reader = Reader()
    for days, lesson_id, act in acts:
        end = reader.now + timedelta(days=days)
        while (at := acts_next(reader.state)) is not None and at <= end:
            reader.now = max(reader.now, at)
            reader.tick()
            assert acts_next(reader.state) != at
        reader.now = end
        reader.fold(AssignLesson(lesson_id)) if act == "give" else reader.read(lesson_id)
        assert len(reader.waits()) <= 1
        told = [
            one.local_date
            for one in reader.events
            if isinstance(one.data, PromptOpenedV1) and one.data.kind == "lesson"
        ]
        assert len(set(told)) == len(told)


def test_nothing_is_told_again_where_the_persons_day_steps_back() -> None:
    """As it does for who travels east over the date line."""
    read = read_on(given(Learning(), "walking"), "walking", DAY)
    told = told_of(read, "walking", DAY + timedelta(days=7))
    back = read_on(told, "walking", DAY + timedelta(days=6))
    assert next_told(back, lambda _: True) == (DAY + timedelta(days=28), "walking")


def test_who_read_one_today_is_told_of_the_next_tomorrow_whatever_is_given() -> None:
    reader = Reader()
    reader.read("walking")
    reader.fold(AssignLesson("sleep"))
    assert reader.waits() == []
    assert reader.days(1).tick() == ["sleep"]


def test_a_lesson_that_is_no_longer_for_somebody_or_no_longer_there_asks_for_nothing() -> None:
    reader = Reader()
    reader.read("walking")
    reader.fold(AssignLesson("small_steps"))
    reader.state = replace(reader.state, learning=given(reader.state.learning, "one_of_an_older_release"))
    plan = reader.state.plan
    assert plan is not None
    reader.state = replace(reader.state, plan=replace(plan, terms=replace(TERMS, pem="yes")))
    assert reader.days(1).tick() == []
    assert reader.days(6).tick() == ["walking"]


def test_a_new_plan_after_an_ended_one_begins_with_lessons_again() -> None:
    reader = Reader()
    plan = reader.state.plan
    assert plan is not None
    ended = replace(plan, ended="moved", ended_at=NOW)
    done = with_plan(replace(reader.state, plan=replace(plan, plan_id="plan-2")), ended, "p-1", NOW)
    assert done.state.learning.ids == {"sore_or_flare", "walking"}


def test_a_lesson_is_given_in_a_week_with_a_misconception() -> None:
    reader = Reader()
    reader.fold(AssignLesson("good_day"))
    reader.fold(AssignLesson("walking"))
    assert reader.state.learning.ids == {"good_day", "walking"}


@pytest.mark.article("H1")
def test_lessons_speak_to_the_life_areas_of_the_goals_and_to_what_moves_the_person() -> None:
    reader = Reader()
    goal = Goal("g-1", "patient", "work")
    state = replace(reader.state, aims=replace(reader.state.aims, goals=(goal,), motives=("sleep",)))
    assert areas_of(state) == {"work", "sleep"}
