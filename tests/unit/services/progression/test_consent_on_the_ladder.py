"""Under a lock a rung of the way back is the person's to say yes to, also under a fixed dose (2.11 W9, R4)."""

from typing import Any

import pytest

from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person, track


@pytest.mark.parametrize(("facts", "changes"), [({"pem": "yes"}, {}), ({}, {"increase_locked": True})])
def test_the_way_back_under_a_fixed_dose_and_a_lock_does_not_rise_by_itself(
    facts: dict[str, Any], changes: dict[str, Any]
) -> None:
    person = Person().enrol().plan(track(**changes), **facts)
    person.log(0, 600)
    set_override(person, "fixed_dose", 600, 1)
    person.tick_to(22)
    assert person.dose() == 300
    for day in (22, 25):
        person.good_day(day)
    person.tick_to(30)

    assert person.dose() == 300


def test_a_rung_that_was_said_yes_to_is_told_as_taken_and_not_as_a_question() -> None:
    person = Person().enrol().plan(track(increase_locked=True))
    person.log(0, 600)
    person.tick_to(22)
    for day in (22, 25, 28):
        person.good_day(day)
    assert person.decisions()[-1].text_key == "rule.R5a.offer"
    before = person.dose()
    person.answer("accept", 29)

    assert person.dose() > before
    assert person.decisions()[-1].text_key == "rule.R5a.accepted"
