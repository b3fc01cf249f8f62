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
