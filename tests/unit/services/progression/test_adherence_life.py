"""Adherence of a person as their days go by: which days count, what late records change, what is told and asked."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter

from services.progression.domain.eligible import days_of, noon
from services.progression.domain.state import PatientState
from shared.contracts.progression import AdherenceUpdatedV1, AdherenceWindowV1
from tests.support.progression_person import START, Person, text_of, track
from tests.support.progression_stops import resume, suspend


def window(person: Person, days: int, track_id: str | None = None) -> AdherenceWindowV1:
    """A window as last told."""
    windows = person.last(AdherenceUpdatedV1).told.windows
    return next(one for one in windows if (one.days, one.track_id) == (days, track_id))


def content(person: Person) -> dict[str, Any]:
    """What is stored to be read."""
    found: dict[str, Any] = orjson.loads(person.records["adherence", "latest"]["content"])
    return found


def steady(*days: int, until: int, **more: Any) -> Person:
    """A person who does as planned on these days, and whose time goes on to another."""
    person = Person().enrol().plan(track(**more))
    for day in days:
        person.tick_to(day)
        person.log(day, 600)
    person.tick_to(until)
    return person


def test_a_session_is_counted_from_the_next_day_on() -> None:
    person = steady(0, 2, 4, until=4)
    before = len(person.told(AdherenceUpdatedV1))
    person.log(4, 600, clock="18:00", track_id=None)
    assert len(person.told(AdherenceUpdatedV1)) == before

    person.tick_to(7)
    found = window(person, 7, "walk")
    assert (found.eligible_days, found.planned_sevenths, found.completed) == (7, 21, 3)
    assert (found.session_pct, found.dose_pct, found.band) == (100, 100, "as_agreed")
    assert (person.last(AdherenceUpdatedV1).as_of - START).days == 7


def test_sessions_of_a_late_diary_are_counted_once_for_all_and_supersede_what_was_told() -> None:
    person = steady(0, 2, 4, 7, 9, until=14)
    told = person.last(AdherenceUpdatedV1)
    before = len(person.told(AdherenceUpdatedV1))
    assert window(person, 28).completed == 5

    arrival = person.at(14, "10:00")
    person.log(5, 600, recorded=arrival, more_follow=True)
    person.log(11, 600, recorded=arrival)

    assert len(person.told(AdherenceUpdatedV1)) == before + 1
    assert window(person, 28).completed == 7
    assert person.last(AdherenceUpdatedV1).supersedes == told.update_id
    assert person.last(AdherenceUpdatedV1).as_of == told.as_of
    person.tick_to(15)
    assert person.last(AdherenceUpdatedV1).supersedes is None


def test_nothing_new_is_not_told_again() -> None:
    person = Person().enrol().plan()
    person.tick_to(30)
    told = [update.told for update in person.told(AdherenceUpdatedV1)]

    assert all(told[place] != told[place + 1] for place in range(len(told) - 1))
    person.tick_to(45)
    before = len(person.told(AdherenceUpdatedV1))
    person.tick_to(60)
    assert len(person.told(AdherenceUpdatedV1)) <= before + 6  # whole weeks go on, nothing else


def test_an_amended_and_a_voided_session_of_an_earlier_day_change_what_was_told() -> None:
    person = steady(0, 2, 4, until=7)
    person.amend("s2", 2, 200, at=person.at(7, "10:00"))
    assert window(person, 7).completed == 2
    person.void("s3", 4, at=person.at(7, "11:00"))
    assert window(person, 7).completed == 1
    assert person.last(AdherenceUpdatedV1).supersedes is not None


@pytest.mark.article("P1.4")
@pytest.mark.parametrize(
    ("said", "completed"),
    [
        ({"amount": 300}, 1),
        ({"amount": 299}, 0),
        ({"amount": 100, "variant": "gentler"}, 1),
        ({"amount": 100, "variant": "shorter"}, 1),
        ({"amount": 20, "variant": "swap", "marker": "reps"}, 1),
        ({"amount": 20, "marker": "reps"}, 0),
        ({"amount": 0, "variant": "rest"}, 0),
        ({"amount": 0, "stop": "pain"}, 0),
        ({"amount": 5000}, 1),
    ],
)
def test_half_of_the_plan_or_a_choice_from_the_menu_is_a_completed_session(
    said: dict[str, Any], completed: int
) -> None:
    person = Person().enrol().plan()
    person.log(1, **said)
    person.tick_to(7)

    assert window(person, 7, "walk").completed == completed


def test_bouts_of_a_day_are_one_session() -> None:
    person = Person().enrol().plan()
    for clock in ("09:00", "12:00", "18:00"):
        person.log(1, 200, clock=clock)
    person.tick_to(7)

    assert (window(person, 7).completed, window(person, 7).dose_pct) == (1, None)
    assert window(person, 7, "walk").dose_pct == 33


def test_a_start_that_is_still_looked_for_counts_from_its_first_session_on() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))
    person.tick_to(8)
    assert person.told(AdherenceUpdatedV1) == []
    person.log(8, 600)
    person.tick_to(12)

    assert window(person, 28).eligible_days == 4
    assert content(person)["stretches"][-2:] == [
        ["no_start", "2025-03-03", "2025-03-10"],
        ["plan", "2025-03-11", "2025-03-14"],
    ]


def test_the_silence_of_a_paper_diary_does_not_count_until_it_comes() -> None:
    person = Person(mode="batch").enrol().plan()
    person.tick_to(20)
    assert person.reviews().count("misfit") == 0
    for day in (0, 2, 4, 7, 9, 11):
        person.log(day, 600, recorded=person.at(14, "10:00"), more_follow=day != 11)
    person.tick_to(27)

    assert (window(person, 28).eligible_days, window(person, 28).completed) == (20, 6)
    assert person.reviews() == []


def test_suspended_days_do_not_count_and_an_ended_plan_counts_no_more() -> None:
    person = steady(0, 2, until=3)
    suspend(person, 3)
    person.tick_to(6)
    resume(person, 6)
    person.tick_to(14)

    assert window(person, 28).eligible_days == 14 - 3
    person.end_plan(14)
    before = len(person.told(AdherenceUpdatedV1))
    person.log(12, 600, recorded=person.at(15))
    person.tick_to(30)
    assert len(person.told(AdherenceUpdatedV1)) == before


def test_a_changed_frequency_counts_from_the_first_noon_on() -> None:
    person = steady(0, 2, 4, until=7, freq=3)
    person.plan(track(freq=5), day=7, clock="13:00")
    person.tick_to(14)

    assert window(person, 7, "walk").planned_sevenths == 3 + 6 * 5


def test_noon_lies_inside_the_persons_day() -> None:
    """Also on the shortest day of the year, and for who gets up at three in the afternoon."""
    first, then = date(2025, 3, 29), date(2025, 3, 30)

    assert noon(then, "Europe/Vienna", "03:00") - noon(first, "Europe/Vienna", "03:00") == 23 * 3_600_000
    assert noon(first, "Europe/Vienna", "15:00") == noon(then, "Europe/Vienna", "03:00")


@pytest.mark.article("P3.7")
def test_less_than_half_in_28_days_asks_a_human_once_and_tells_the_person_nothing() -> None:
    person = steady(0, until=9)
    assert person.reviews() == []
    person.tick_to(40)

    assert person.reviews().count("misfit") == 1


def test_a_plan_that_was_declined_three_times_has_its_card_already() -> None:
    person = steady(0, until=3)
    person.state = replace(person.state, reviews=("walk:plan_fit",))
    person.tick_to(27)

    assert window(person, 28).band == "may_not_fit"
    assert person.reviews() == ["silent_14_days"]


@pytest.mark.article("P2.4")
def test_from_the_first_amount_to_now_nothing_that_was_done_is_forgotten() -> None:
    """A hundred days, of which only the last month is kept session by session."""
    person = Person().enrol().plan(track(), track("strength", priority=2))
    done = [day for day in range(100) if day % 7 in (0, 2, 4)]
    for day in done:
        person.tick_to(day)
        person.log(day, 600)
        if day < 50:
            person.log(day, 100, track_id="strength", clock="18:00")
    person.tick_to(100)
    told = content(person)

    assert told["tracks"]["walk"]["total"] == 600 * len(done)
    assert told["tracks"]["strength"]["total"] == 100 * sum(1 for day in done if day < 50)
    assert told["tracks"]["walk"]["first"] == 600
    assert told["weeks_active"] == 15
    assert [row[0] for row in told["weeks"]["trend"]] == [
        (START + timedelta(days=7 * week)).isoformat() for week in range(6, 14)
    ]
    assert told["tracks"]["walk"]["weeks"] | {"trend": None} == {"kept": 8, "counted": 8, "trend": None}
    assert all(row[1:3] == [7, 3] for row in told["tracks"]["walk"]["weeks"]["trend"])


def test_after_days_without_movement_the_person_is_returning_until_the_day_after_they_moved() -> None:
    person = steady(0, 2, 4, until=10)
    assert content(person)["returning"] is False
    person.tick_to(11)
    assert content(person)["returning"] is True
    person.log(12, 600)
    assert content(person)["returning"] is True
    person.tick_to(13)
    assert content(person)["returning"] is False


def test_what_is_kept_for_adherence_stays_small() -> None:
    person = Person().enrol().plan(track(freq=7), track("strength", freq=7, priority=2))
    for day in range(70):
        person.tick_to(day)
        person.log(day, 300, variant="shorter")
        person.log(day, 300, track_id="strength", clock="18:00")
    person.tick_to(70)

    assert len(orjson.dumps(person.state.kept)) <= 3000
    assert len(person.state.kept.marks) <= 29
    assert person.state.kept.closed == person.day_of(person.now) - timedelta(days=29)


def test_the_state_of_a_person_from_before_is_read_and_counts_from_then_on() -> None:
    person = steady(0, 2, 4, until=7)
    stored = orjson.loads(text_of(person.state))
    del stored["kept"]
    person.state = TypeAdapter(PatientState).validate_python(stored)
    person.tick_to(14)

    assert window(person, 28).eligible_days == 6
    assert days_of(person.state, START, START)["walk"][0].state == "no_plan"


@pytest.mark.article("P10.6")
def test_sessions_are_told_by_the_block_of_the_day_in_which_they_began() -> None:
    person = Person().enrol().plan(track(freq=7))
    begun = [("09:00", 600), ("09:30", 600), ("19:00", 600), ("20:00", 100), ("23:59", 600)]
    for day, (clock, amount) in enumerate(begun):
        person.tick_to(day)
        person.log(day, amount, clock=clock)
    person.tick_to(5)

    assert content(person)["blocks"] == [["morning", 2, 2], ["afternoon", 1, 1], ["evening", 2, 1]]


@pytest.mark.article("P12.3")
def test_what_is_only_tried_out_counts_neither_for_nor_against() -> None:
    person = Person().enrol().plan(track(), track("swim", priority=2, tryout_until=START + timedelta(days=14)))
    for day in (0, 2, 4):
        person.tick_to(day)
        person.log(day, 600)
    person.log(5, 600, track_id="swim")
    person.tick_to(7)

    assert (window(person, 7).planned_sevenths, window(person, 7).completed) == (21, 3)
    assert window(person, 7, "swim").eligible_days == 0
    assert content(person)["windows"][0]["active_days"] == 4
