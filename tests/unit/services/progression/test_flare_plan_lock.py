"""Nothing rises before there is a flare plan, and a step is offered as soon as there is one (article P9.4)."""

import pytest

from tests.support.progression_person import Person, track


@pytest.mark.article("P9.4")
def test_no_step_is_offered_before_the_flare_plan_is_published_and_one_is_offered_then() -> None:
    person = Person().enrol().plan(flare_plan=False)
    for day in (0, 2, 4, 7):
        person.good_day(day)
    assert person.offers() == []
    assert person.decisions()[-1].text_key == "rule.R10a.no_flare_plan"

    person.plan(track(), day=8, flare_plan=True)
    person.good_day(9)
    assert person.offers() == [660]
