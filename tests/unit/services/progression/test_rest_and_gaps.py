"""What changes nothing is decided once, not every day and not at every record of another track (2.7)."""

from services.progression.domain.wishes import AskLess
from tests.support.progression_episodes import say
from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person, track


def test_a_gap_of_who_rests_is_told_once_for_each_of_its_rules() -> None:
    person = Person().enrol().plan(track(), track("stairs", priority=2))
    for day in (0, 2):
        person.good_day(day)
    say(person, AskLess("walk", 0), 3)

    for day in range(4, 24):
        person.log(day, 600, track_id="stairs", clock="12:00")
        person.tick_to(day + 1)

    assert person.dose() == 0
    assert sum(rule.startswith("R7") for rule in person.rules()) <= 3
    assert len(person.state.tracks["walk"].lowerings) <= 3


def test_a_clinicians_rest_is_not_decided_again_every_day() -> None:
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    set_override(person, "fixed_dose", 0, 3)
    before = len(person.decisions())
    person.tick_to(60)

    assert person.dose() == 0
    assert len(person.decisions()) - before <= 5
    assert len(person.state.tracks["walk"].lowerings) <= 5
    assert person.rule() == "R4"
    assert person.reviews().count("rebaseline") <= 1
