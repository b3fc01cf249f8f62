"""Days that were blocked, and days without the platform, do not count; what they change is counted anew (4.1)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.progression.domain.days_off import outage_on, span
from services.progression.domain.eligible import days_of
from services.progression.domain.kept import DaysOff
from services.progression.domain.report import report
from services.progression.texts.adherence import words
from shared.clock import day_start, to_ms
from shared.contracts.progression import AdherenceUpdatedV1
from tests.support.progression_days_off import block, outage
from tests.support.progression_episodes import flare, pause
from tests.support.progression_person import START, Person, text_of, track
from tests.unit.services.progression.test_adherence_words import seen


def counted(person: Person) -> dict[str, Any]:
    """What is stored to be read of 28 days."""
    found = orjson.loads(person.records["adherence", "latest"]["content"])["windows"][1]
    return {name: found[name] for name in ("eligible_days", "sevenths", "completed", "active_days")}


def states(person: Person, first: int, last: int) -> list[str]:
    """What the days of the track were."""
    days = days_of(person.state, START + timedelta(first), START + timedelta(last))
    return [day.state for day in days["walk"]]


def steady(*days: int, until: int, tz: str = "Europe/Vienna", **more: Any) -> Person:
    """A person who does as planned on these days, and whose time goes on to another."""
    person = Person(tz=tz, **more).enrol().plan(track())
    for day in days:
        person.tick_to(day)
        person.log(day, 600)
    person.tick_to(until)
    return person


@pytest.mark.article("P6.5")
def test_blocked_days_do_not_count_and_movement_on_them_is_movement() -> None:
    person = Person().enrol().plan(track())
    block(person, 0, (2, 4), (9, 9))
    for day in (0, 3, 8):
        person.tick_to(day)
        person.log(day, 600)
    person.tick_to(14)

    assert counted(person) == {"eligible_days": 10, "sevenths": 30, "completed": 2, "active_days": 3}
    assert states(person, 1, 5) == ["plan", "blocked", "blocked", "blocked", "plan"]


def test_days_that_are_blocked_afterwards_are_counted_anew_at_once_and_supersede_what_was_told() -> None:
    person = steady(0, 2, 4, until=7)
    told = person.last(AdherenceUpdatedV1)
    block(person, 7, (1, 3))

    assert counted(person)["eligible_days"] == 4
    assert person.last(AdherenceUpdatedV1).supersedes == told.update_id
    block(person, 7, clock="11:00")
    assert counted(person) == {"eligible_days": 7, "sevenths": 21, "completed": 3, "active_days": 3}


def test_days_ahead_tell_nothing_before_they_come() -> None:
    person = steady(0, 2, 4, until=7)
    before = len(person.told(AdherenceUpdatedV1))
    block(person, 7, (7, 9))

    assert len(person.told(AdherenceUpdatedV1)) == before
    person.tick_to(11)
    assert counted(person)["eligible_days"] == 8


def test_a_flare_a_pause_and_a_plan_that_is_none_stand_before_blocked_days() -> None:
    person = Person().enrol()
    block(person, 0, (0, 20))
    person.plan(track(), day=1)
    flare(person, 3, "09:00")
    person.tick_to(6)

    assert states(person, 0, 4) == ["no_plan", "blocked", "blocked", "flare", "flare"]
    other = steady(until=3)
    block(other, 3, (3, 8), clock="08:00")
    pause(other, 5, clock="09:00")
    other.tick_to(8)
    assert states(other, 3, 6) == ["blocked", "blocked", "pause", "pause"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_words_the_later_one_holds_in_whatever_order_they_come(order: tuple[int, int]) -> None:
    """[4]."""
    person = steady(0, until=7)
    for seq in (*order, 1, 2):
        block(person, 7, *([(1, 3)] if seq == 1 else [(2, 2)]), seq=seq)

    assert person.state.kept.off is not None
    assert person.state.kept.off.blocked == ((START + timedelta(2), START + timedelta(2)),)
    assert counted(person)["eligible_days"] == 6


def test_days_that_are_counted_for_good_stay_so_and_their_ranges_are_forgotten() -> None:
    person = Person().enrol().plan(track())
    block(person, 0, (2, 4), (30, 31))
    for day in range(0, 70, 2):
        person.tick_to(day)
        person.log(day, 600)
        if day == 28:
            assert person.state.kept.off is not None
            assert len(person.state.kept.off.blocked) == 2
    person.tick_to(70)

    assert person.state.kept.off == DaysOff(told=1)
    trend = orjson.loads(person.records["adherence", "latest"]["content"])["weeks"]["trend"]
    assert [row[1] for row in trend] == [7, 7, 5, 7, 7, 7, 7, 7]
    state = text_of(person.state)
    block(person, 70, (2, 4), clock="09:00")
    assert person.state.kept.off == DaysOff(told=2)
    assert text_of(person.state) == state.replace(b'"told":1', b'"told":2')


def test_before_the_zone_is_known_blocked_days_are_remembered() -> None:
    person = Person()
    block(person, 0, (1, 1))
    person.enrol().plan(track())
    person.tick_to(5)

    assert states(person, 0, 2) == ["plan", "blocked", "plan"]


def test_a_week_with_three_days_that_count_says_nothing_of_itself() -> None:
    person = steady(0, 2, 4, 7, 9, 11, 14, 16, 18, until=19)
    block(person, 19, (1, 4))
    found = orjson.loads(person.records["adherence", "latest"]["content"])["weeks"]

    assert [row[1] for row in found["trend"]] == [3, 7]
    assert (found["kept"], found["counted"]) == (None, None)


def test_hours_of_a_fast_leave_the_day_eligible() -> None:
    """Story 12: sunrise to sunset is blocked for 29 days, walks at 21:30 on three days a week."""
    days = [day for day in range(29) if day % 7 in (0, 2, 4)]
    person = Person().enrol().plan(track())
    for day in days:
        person.tick_to(day)
        person.log(day, 600, clock="21:30")
    person.tick_to(29)

    assert counted(person) == {"eligible_days": 28, "sevenths": 84, "completed": 12, "active_days": 12}
    assert not {rule for rule in person.rules() if rule.startswith("R7")}
    assert not orjson.loads(person.records["adherence", "latest"]["content"])["returning"]


def test_a_traveller_over_the_date_line_has_each_day_once() -> None:
    """Story 11: Apia to Honolulu; the days away are blocked by the person's own dates."""
    person = Person(tz="Pacific/Apia").enrol().plan(track())
    person.log(0, 600)
    block(person, 0, (2, 3))
    person.tick_to(2)
    person.tz = "Pacific/Honolulu"
    person.enrol(2)
    person.tick_to(6)

    found = days_of(person.state, START, START + timedelta(5))["walk"]
    assert [day.day for day in found] == [START + timedelta(n) for n in range(6)]
    assert [day.state for day in found] == ["plan", "plan", "blocked", "blocked", "plan", "plan"]


# Outages


@pytest.mark.parametrize(
    ("since", "until", "off"),
    [
        ("09:00", "15:00", False),
        ("09:00", "15:01", True),
        ("00:00", "09:01", True),  # of the person's day that began at 03:00 the day before, 3 h
        ("21:00", "23:59", False),
    ],
)
def test_a_day_with_more_than_six_hours_without_the_platform_does_not_count(since: str, until: str, off: bool) -> None:
    person = steady(0, 2, 4, until=7)
    outage(person, person.at(3, since), person.at(3, until), at=person.at(7, "09:00"))

    assert states(person, 2, 4) == ["plan", "outage" if off else "plan", "plan"]
    assert counted(person)["eligible_days"] == (6 if off else 7)


@pytest.mark.parametrize(
    ("tz", "days"),
    [
        ("Europe/Vienna", ["outage", "plan"]),  # 19:00 to 03:00 local: all of it before the day ends at 03:00
        ("America/New_York", ["outage", "plan"]),  # 13:00 to 21:00
        ("Asia/Kolkata", ["plan", "plan"]),  # 23:30 to 07:30: 3.5 h of one day and 4.5 h of the next
        ("Pacific/Apia", ["plan", "outage"]),  # 08:00 to 16:00 of the day after
    ],
)
def test_one_outage_is_of_another_day_in_another_zone_or_of_none(tz: str, days: list[str]) -> None:
    person = steady(0, 2, 4, until=9, tz=tz)
    since = datetime(2025, 3, 6, 18, tzinfo=UTC)
    outage(person, since, since + timedelta(hours=8), at=person.at(9, "09:00"))

    assert states(person, 3, 4) == days


def test_what_two_outages_share_counts_once_and_what_they_add_up_to_counts() -> None:
    person = steady(0, 2, 4, until=7)
    for since, until in (("08:00", "12:00"), ("10:00", "13:00")):
        assert outage(person, person.at(3, since), person.at(3, until), at=person.at(7, "09:00"))
    assert states(person, 3, 3) == ["plan"]
    outage(person, person.at(3, "20:00"), person.at(3, "21:01"), at=person.at(7, "09:10"))
    assert states(person, 3, 3) == ["outage"]


def test_an_outage_supersedes_what_was_told_is_declared_once_and_can_be_withdrawn() -> None:
    person = steady(0, 2, 4, until=7)
    told, known = person.last(AdherenceUpdatedV1), counted(person)
    since, until = person.at(3, "08:00"), person.at(3, "20:00")
    assert outage(person, since, until, at=person.at(7, "09:00"))
    assert person.last(AdherenceUpdatedV1).supersedes == told.update_id
    state, before = text_of(person.state), len(person.outbox)
    assert not outage(person, since, until, at=person.at(7, "09:05"))
    assert (text_of(person.state), len(person.outbox)) == (state, before)

    assert outage(person, since, until, at=person.at(7, "09:10"), withdrawn=True)
    assert counted(person) == known
    assert not outage(person, since, until, at=person.at(7, "09:15"), withdrawn=True)


def test_an_outage_of_days_that_are_counted_for_good_changes_nothing() -> None:
    person = steady(*range(0, 60, 2), until=60)
    state = text_of(person.state)

    assert not outage(person, person.at(3), person.at(4), at=person.at(60, "09:00"))
    assert text_of(person.state) == state
    assert outage(person, person.at(50), person.at(51), at=person.at(60, "09:10"))
    for day in range(60, 90):
        person.tick_to(day)
        person.log(day, 600)
    assert person.state.kept.off == DaysOff()


@pytest.mark.parametrize("tz", ["Europe/Vienna", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
@pytest.mark.parametrize("starts", ["03:00", "15:00", "00:00"])
def test_a_day_begins_and_ends_where_the_clock_of_all_services_says(tz: str, starts: str) -> None:
    for day in (date(2025, 3, 9), date(2025, 3, 30), date(2025, 11, 2), date(2025, 6, 1)):
        begins, ends = (to_ms(day_start(on, tz, starts)) for on in (day, day + timedelta(days=1)))
        assert span(day, tz, starts) == (begins, ends)


@pytest.mark.parametrize(("hours", "off"), [(11, False), (12, True)])
def test_a_day_that_begins_an_hour_early_by_the_clock_has_its_own_six_hours(hours: int, off: bool) -> None:
    """In Vienna 2025-03-30 begins at 03:00, which is 01:00 UTC; from 20:00 UTC on 12 hours reach 7 hours into it."""
    since = to_ms(datetime(2025, 3, 29, 20, tzinfo=UTC))
    away = DaysOff(outages=((since, since + hours * 3_600_000),))

    assert outage_on(away, date(2025, 3, 30), "Europe/Vienna", "03:00") is off
    assert not outage_on(away, date(2025, 3, 29), "Europe/Vienna", "03:00")


# What the person reads, and what it costs


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_blocked_days_and_outages_are_stretches_of_their_own(language: str) -> None:
    person = steady(0, 2, 4, until=14)
    block(person, 14, (6, 8))
    outage(person, person.at(10, "08:00"), person.at(10, "20:00"), at=person.at(14, "11:00"))
    view = seen(person, language)

    assert [(one.kind, one.first[-2:], one.last[-2:]) for one in view.stretches][-4:] == [
        ("blocked", "09", "11"),
        ("plan", "12", "12"),
        ("outage", "13", "13"),
        ("plan", "14", "16"),
    ]
    say = words(language)
    assert {one.text for one in view.stretches} >= {say.say("stretch.blocked"), say.say("stretch.outage")}


def test_who_never_had_such_days_carries_nothing_of_them_and_sixty_ranges_are_small() -> None:
    person = steady(0, 2, until=7)
    assert person.state.kept.off is None
    without = len(text_of(person.state))
    block(person, 7, *((8 + 3 * n, 8 + 3 * n) for n in range(60)))

    assert len(text_of(person.state)) - without < 1800
    assert report(person.state, person.day_of(person.now)) == report(
        replace(person.state, kept=replace(person.state.kept, off=None)), person.day_of(person.now)
    )
