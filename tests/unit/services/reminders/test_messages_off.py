"""A clinician sets messages off: none leaves but those of safety, each says why, and time alone ends it (2.8)."""

from datetime import timedelta

from services.reminders.domain import tick
from services.reminders.domain.commands import SetCue
from shared.contracts.plans import OverrideEndedV1, OverrideSetV1
from tests.unit.services.reminders.person import WALK, Person, changed, decided, proposed, utc


def off(person: Person, days: int = 3, id: str = "o-1", name: str = "messages", seq: int | None = None) -> None:
    data = OverrideSetV1(
        override_id=id,
        parameter=name,
        value="off",
        reason="wish",
        set_at=person.now,
        until=person.now + timedelta(days=days),
    )
    person.hear(data, seq=seq)


def on_again(person: Person, id: str = "o-1", seq: int | None = None) -> None:
    person.hear(OverrideEndedV1(override_id=id, parameter="messages", because="ended"), seq=seq)


def ready(now: str = "2025-03-31 06:00") -> Person:
    """Somebody with a plan and a daily cue at 10:00."""
    person = Person(now).enrolled().planned()
    person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))
    return person


def test_while_messages_are_off_no_reminder_leaves_and_each_says_why_until_it_ran_out_by_itself() -> None:
    person = ready()
    off(person, days=2)
    person.until("2025-04-02 12:00")
    assert person.messages() == [
        ("2025-03-31", "suppressed", "messages_off"),
        ("2025-04-01", "suppressed", "messages_off"),
        ("2025-04-02", "sent", None),
    ]
    assert person.state.silences == {}


def test_a_change_is_told_once_messages_are_on_again_so_that_no_plan_changes_in_silence() -> None:
    person = ready("2025-03-31 11:00")
    off(person, days=2)
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-04-02 13:00")
    assert person.messages("change_note") == [
        ("2025-03-31", "suppressed", "messages_off"),
        ("2025-04-02", "sent", None),
    ]


def test_an_offer_waits_as_well_and_leaves_when_the_clinician_ends_it() -> None:
    person = ready("2025-03-31 11:00")
    off(person)
    person.hear(decided("d-1", 600, 660, "R11"))
    person.hear(proposed("p-1", utc("2025-04-02 11:00")))
    person.until("2025-03-31 12:00")
    on_again(person)
    person.until("2025-03-31 13:00")
    assert person.messages("proposal") == [("2025-03-31", "suppressed", "messages_off"), ("2025-03-31", "sent", None)]


def test_what_safety_has_to_say_leaves_whatever_is_off() -> None:
    person = ready()
    off(person)
    person.suspended()
    person.until("2025-03-31 07:00")
    assert person.messages("safety") == [("2025-03-31", "sent", None)]


def test_a_message_that_was_decided_and_has_not_left_is_taken_back() -> None:
    person = ready()
    person.outcome = None
    person.until("2025-03-31 10:00")
    ((_, effect),) = person.effects
    off(person)
    person.carry_out(effect)
    assert person.messages() == [("2025-03-31", "suppressed", "messages_off")]


def test_a_cue_says_why_it_rests_and_other_overrides_are_not_obeyed_here() -> None:
    person = ready()
    off(person, id="o-2", name="rpe_cap")
    assert person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))["reason"] is None
    off(person)
    assert person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))["reason"] == "messages_off"


def test_words_that_come_late_or_twice_change_nothing() -> None:
    """[4]: set with seq 5, ended with seq 6, in either order and again."""
    for order in ((5, 6), (6, 5)):
        person = ready()
        for seq in (*order, 5, 6):
            (off if seq == 5 else on_again)(person, seq=seq)
        person.until("2025-03-31 12:00")
        assert person.messages() == [("2025-03-31", "sent", None)]


def test_the_end_is_a_moment_at_which_time_alone_acts() -> None:
    person = Person().enrolled().planned()
    off(person, days=1)
    assert tick.due(person.state) == utc("2025-04-01 06:00")
