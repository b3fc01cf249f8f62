"""On a day that a person blocked nobody prompts them, and others are told which days these are, never why (4.1)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.reminders.domain.commands import BlockDays, SetCue, UnblockDays
from shared.contracts.reminders import DaysBlockedV1
from shared.runtime.messages import Refused
from tests.unit.services.reminders.person import STAFF, WALK, Person, changed, decided, session

TODAY = date(2025, 3, 31)


def ready(now: str = "2025-03-31 06:00", **enrolled: Any) -> Person:
    """Somebody with a plan and a daily cue at 10:00."""
    person = Person(now).enrolled(**enrolled).planned()
    person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))
    return person


def block(person: Person, first: int, last: int | None = None, id: str = "b-1", **more: Any) -> dict[str, Any]:
    """Days from today on are blocked, so many days ahead."""
    until = first if last is None else last
    command = BlockDays(id, TODAY + timedelta(days=first), TODAY + timedelta(days=until), more.pop("kind", None))
    return person.ask(command, **more)


def told(person: Person) -> list[list[tuple[int, int]]]:
    """Every word of blocked days, as days from today on."""
    return [
        [((days.first - TODAY).days, (days.last - TODAY).days) for days in event.blocked]
        for event in person.events
        if isinstance(event, DaysBlockedV1)
    ]


@pytest.mark.article("P6.5")
def test_no_cue_leaves_on_a_blocked_day_and_the_next_one_after_it_does() -> None:
    person = ready()
    block(person, 0, 1)
    person.until("2025-04-02 12:00")

    assert person.messages() == [
        ("2025-03-31", "suppressed", "blocked_day"),
        ("2025-04-01", "suppressed", "blocked_day"),
        ("2025-04-02", "sent", None),
    ]
    assert [event.reason for event in person.events if hasattr(event, "reason")] == ["blocked_day"] * 2


def test_a_day_that_is_taken_back_is_a_day_as_any_other() -> None:
    person = ready()
    block(person, 0)
    assert person.ask(UnblockDays("b-1")) == {"blocked": []}
    person.until("2025-03-31 12:00")

    assert person.messages() == [("2025-03-31", "sent", None)]
    assert told(person) == [[(0, 0)], []]
    person.ask(UnblockDays("b-1"))
    assert told(person) == [[(0, 0)], []]


def test_of_a_night_worker_the_day_is_theirs() -> None:
    """Their day of the 31st lasts from 15:00 to 15:00, so the cue at 10:00 on the first of April belongs to it."""
    person = ready("2025-03-31 16:00", day_starts_at="15:00").quiet(enabled=False)
    block(person, 0)
    person.until("2025-04-02 12:00")

    assert person.messages() == [("2025-03-31", "suppressed", "blocked_day"), ("2025-04-01", "sent", None)]


def test_a_prompt_that_was_decided_and_has_not_left_is_taken_back() -> None:
    person = ready()
    person.outcome = None
    person.until("2025-03-31 10:00")
    ((_, effect),) = person.effects
    block(person, 0)
    person.carry_out(effect)

    assert person.messages() == [("2025-03-31", "suppressed", "blocked_day")]


def test_what_was_logged_says_so_and_notes_go_on() -> None:
    person = ready("2025-03-31 09:00")
    block(person, 0)
    person.hear(session(TODAY, person.now))
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 12:00")

    assert person.messages("cue") == [("2025-03-31", "suppressed", "already_logged")]
    assert person.messages("change_note") == [("2025-03-31", "sent", None)]


def test_others_are_told_all_days_without_overlap_and_only_when_other_days_are_blocked() -> None:
    person = ready()
    block(person, 5, 7, "b-1")
    block(person, 6, 9, "b-2", kind="s1.sealed")
    block(person, 10, 10, "b-3")
    block(person, 7, 8, "b-4")
    block(person, 20, 20, "b-5")
    block(person, 20, 20, "b-5", kind="s1.other")

    assert told(person) == [[(5, 7)], [(5, 9)], [(5, 10)], [(5, 10), (20, 20)]]
    assert "sealed" not in repr([event for event in person.events if isinstance(event, DaysBlockedV1)])


def test_a_range_said_again_is_what_was_said_last() -> None:
    person = ready()
    block(person, 5, 7)
    body = block(person, 6, 6)

    assert body == {"blocked": [{"block_id": "b-1", "first": "2025-04-06", "last": "2025-04-06", "kind": None}]}
    assert told(person)[-1] == [(6, 6)]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(1, 0, "ends_before_it_begins"), (-29, 0, "too_long_ago"), (0, 367, "too_far_ahead")],
)
def test_what_cannot_be_blocked_is_said(first: int, last: int, code: str) -> None:
    person = ready()
    with pytest.raises(Refused) as refused:
        block(person, first, last)

    assert (refused.value.status, refused.value.code) == (422, code)
    assert person.state.blocked == {}


def test_four_weeks_back_and_a_year_ahead_can_be_blocked_by_staff_too() -> None:
    person = ready()
    block(person, -28, 366, actor=STAFF)

    assert told(person) == [[(-28, 366)]]


def test_a_range_that_began_long_ago_can_still_be_made_shorter_but_not_longer_at_its_beginning() -> None:
    person = ready()
    block(person, -28, 60)
    person.until("2025-04-20 12:00")
    block(person, -28, 20)
    assert told(person)[-1] == [(-28, 20)]
    with pytest.raises(Refused):
        block(person, -29, 20)


def test_a_person_has_at_most_sixty_ranges_and_those_of_long_ago_are_none() -> None:
    person = ready()
    for number in range(60):
        block(person, 2 * number, id=f"b-{number}")
    with pytest.raises(Refused) as refused:
        block(person, 200, id="more")
    assert (refused.value.status, refused.value.code) == (409, "too_many_ranges")
    block(person, 300, id="b-7")

    person.now += timedelta(days=90)
    block(person, 200, id="more")
    assert len(person.state.blocked) < 60


def test_who_is_not_known_blocks_nothing() -> None:
    for command in (BlockDays("b-1", TODAY, TODAY, None), UnblockDays("b-1")):
        with pytest.raises(Refused) as refused:
            Person().ask(command)
        assert refused.value.status == 404


def test_a_cue_says_that_its_next_day_is_blocked() -> None:
    person = ready()
    block(person, 0)
    shown = person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))

    assert shown["reason"] == "blocked_day"
