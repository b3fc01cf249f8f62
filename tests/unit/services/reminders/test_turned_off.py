"""A person who turned reminders off is prompted by none of their cues, and hears all that belongs to the plan."""

import pytest

from services.reminders.domain import turned_off
from services.reminders.domain.commands import SetCue
from services.reminders.domain.model import PatientState
from shared.contracts.plans_circle import Feature, FeaturesChangedV1
from tests.unit.services.reminders.person import WALK, Person, changed, decided


def use(person: Person, *features: Feature, seq: int | None = None) -> None:
    person.hear(FeaturesChangedV1(on=features, changed_at=person.now), seq=seq)


def ready() -> Person:
    """Somebody with a plan and a daily cue at 10:00."""
    person = Person("2025-03-31 06:00").enrolled().planned()
    person.ask(SetCue("c-1", "10:00", WALK, None, None, enabled=True))
    return person


@pytest.mark.article("H3")
def test_no_cue_prompts_while_reminders_are_off_and_each_says_why() -> None:
    person = ready()
    use(person, "lessons")
    assert person.ask(SetCue("c-2", "12:00", WALK, None, None, enabled=True))["reason"] == "reminders_off"
    person.until("2025-03-31 13:00")
    use(person, "lessons", "reminders")
    person.until("2025-04-01 11:00")
    assert person.messages() == [
        ("2025-03-31", "suppressed", "reminders_off"),
        ("2025-03-31", "suppressed", "reminders_off"),
        ("2025-04-01", "sent", None),
    ]


def test_a_change_of_the_plan_is_told_all_the_same() -> None:
    person = ready()
    use(person)
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 11:00")
    assert person.messages("change_note") == [("2025-03-31", "sent", None)]


def test_the_highest_seq_says_whether_they_are_off_in_whatever_order_it_is_heard() -> None:
    words = [(5, False), (7, True), (6, False), (7, False), (4, True)]
    state = PatientState()
    for seq, on in words:
        state = turned_off.heard(state, on=on, seq=seq, event_id=f"e-{seq}")
    assert turned_off.off(state) is None
    assert state.turned_off is not None
    assert state.turned_off.seq == 7
