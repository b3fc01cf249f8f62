"""In a flare and in a pause nobody is prompted; notes of what changed go on (reminders 5.2; article P9.1)."""

from datetime import timedelta

import pytest

from services.reminders.domain.commands import SetCue
from shared.contracts.progression import FlareEndedV1, FlareStartedV1, PauseEndedV1, PauseStartedV1
from shared.runtime.aggregate import encode
from tests.unit.services.reminders.person import WALK, Person, changed, decided, session


def ready(now: str = "2025-03-31 06:00") -> Person:
    """Somebody with a plan and a daily cue at 10:00."""
    person = Person(now).enrolled().planned()
    person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))
    return person


def flare(person: Person, id: str = "f-1", seq: int | None = None) -> None:
    person.hear(FlareStartedV1(flare_id=id, since=person.now, said_by="patient"), seq=seq)


def flare_over(person: Person, id: str = "f-1", seq: int | None = None) -> None:
    since = person.now - timedelta(days=1)
    person.hear(FlareEndedV1(flare_id=id, since=since, ended_at=person.now, days=1, reason="told"), seq=seq)


def pause(person: Person, id: str = "p-1", seq: int | None = None) -> None:
    person.hear(PauseStartedV1(pause_id=id, since=person.now), seq=seq)


def pause_over(person: Person, id: str = "p-1", seq: int | None = None) -> None:
    since = person.now - timedelta(days=1)
    person.hear(PauseEndedV1(pause_id=id, since=since, ended_at=person.now, reason="told"), seq=seq)


@pytest.mark.article("P9.1")
def test_no_reminder_leaves_while_paused_and_the_next_one_after_it_does() -> None:
    person = ready()
    pause(person)
    person.until("2025-04-01 12:00")
    pause_over(person)
    person.until("2025-04-02 12:00")

    assert person.messages() == [
        ("2025-03-31", "suppressed", "paused"),
        ("2025-04-01", "suppressed", "paused"),
        ("2025-04-02", "sent", None),
    ]
    assert len(person.effects) == 1


def test_in_a_flare_nobody_is_prompted() -> None:
    person = ready()
    flare(person)
    person.until("2025-03-31 12:00")
    flare_over(person)
    person.until("2025-04-01 12:00")

    assert person.messages() == [("2025-03-31", "suppressed", "flare"), ("2025-04-01", "sent", None)]


def test_a_pause_goes_on_when_a_flare_beside_it_is_over() -> None:
    person = ready()
    pause(person)
    flare(person)
    flare_over(person)
    person.until("2025-03-31 12:00")

    assert person.messages() == [("2025-03-31", "suppressed", "paused")]


def test_what_was_logged_already_says_so_in_a_flare_too() -> None:
    person = ready("2025-03-31 09:00")
    flare(person)
    person.hear(session(person.now.date(), person.now))
    person.until("2025-03-31 12:00")

    assert person.messages() == [("2025-03-31", "suppressed", "already_logged")]


def test_a_prompt_that_was_decided_and_has_not_left_is_taken_back() -> None:
    person = ready()
    person.outcome = None
    person.until("2025-03-31 10:00")
    ((_, effect),) = person.effects
    pause(person)
    person.carry_out(effect)

    assert person.messages() == [("2025-03-31", "suppressed", "paused")]


def test_the_note_of_a_flare_is_given_and_that_of_a_pause_is_not() -> None:
    person = ready("2025-03-31 11:00")
    flare(person)
    person.hear(decided("d-1", 600, 300, "R3"))
    person.hear(changed("d-1", 600, 300, person.now, "R3"))
    person.until("2025-03-31 13:00")
    flare_over(person)
    pause(person)
    person.hear(decided("d-2", 300, 0, "R2"))
    person.hear(changed("d-2", 300, 0, person.now, "R2"))
    person.until("2025-03-31 15:00")

    assert person.messages("change_note") == [("2025-03-31", "sent", None), ("2025-03-31", "suppressed", "paused")]


def test_a_change_that_waits_when_a_pause_begins_is_told_with_its_own_reason() -> None:
    """No plan changes in silence (9.3 no. 14), and a pause is no reason for a lower dose."""
    person = ready("2025-03-31 23:00")
    person.hear(decided("d-1", 600, 480, "R8b"))
    person.hear(changed("d-1", 600, 480, person.now, "R8b"))
    pause(person)
    person.hear(decided("d-2", 480, 0, "R2"))
    person.hear(changed("d-2", 480, 0, person.now, "R2"))
    person.until("2025-04-01 09:00")

    told = [effect.data["lines"] for _, effect in person.effects if effect.data["kind"] == "change_note"]
    assert [[line["key"] for line in lines][:2] for lines in told] == [["rule.R8b", "change.from_to"]]


def test_after_a_pause_the_person_is_welcomed_with_what_is_in_force() -> None:
    person = ready("2025-03-31 11:00")
    pause(person)
    person.hear(decided("d-1", 600, 0, "R2"))
    person.hear(changed("d-1", 600, 0, person.now, "R2"))
    person.until("2025-04-02 09:00")
    pause_over(person)
    person.hear(decided("d-2", 0, 600, "R10e"))
    person.hear(changed("d-2", 0, 600, person.now, "R10e"))
    person.until("2025-04-02 09:30")

    assert person.messages("change_note")[-1] == ("2025-04-02", "sent", None)


@pytest.mark.parametrize("order", [(5, 6), (6, 5)])
def test_words_that_come_late_or_twice_change_nothing(order: tuple[int, int]) -> None:
    """[4]: started with seq 5, over with seq 6, in either order and again."""
    person = ready()
    for seq in (*order, 5, 6):
        (pause if seq == 5 else pause_over)(person, seq=seq)
    person.until("2025-03-31 12:00")

    assert person.messages() == [("2025-03-31", "sent", None)]
    assert len(encode(person.state)) < 3000


def test_only_the_latest_that_are_over_stay_known() -> None:
    person = ready()
    for number in range(20):
        flare(person, f"f-{number}")
        flare_over(person, f"f-{number}")

    assert len(person.state.away) == 6
    assert not any(one.open for one in person.state.away.values())


def test_a_cue_says_why_it_rests() -> None:
    person = ready()
    pause(person)
    shown = person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))

    assert shown["reason"] == "paused"
