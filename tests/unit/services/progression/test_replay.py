"""A stored decision holds all it rests on: decided again from it, it is the same, its id too (2.7, 2.10 no. 6)."""

from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person
from tests.support.progression_replay import same_again


def test_a_decision_under_an_override_is_decided_again_from_what_is_stored() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    set_override(person, "fixed_dose", 420, 1, days=10)
    follows, decided = (one.decision_id for one in person.decisions()[-2:])

    assert person.rule() == "R4"
    assert same_again("p1", person.records["decisions", decided], follows, "")
