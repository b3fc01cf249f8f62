"""A flare over HTTP on the running stack: half at once, then the way back rung by rung; a pause beside it."""

from functools import partial
from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.e2e.test_suspension import standing
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh
from tests.support.e2e_walks import PAGE, REWRITE, a_ladder


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def say(person: Somebody, what: str, role: str = "patient", **said: Any) -> dict[str, Any]:
    """A word on a flare or a pause, under an id of its own."""
    body = {"id": fresh(), **said}
    answer: dict[str, Any] = person.ask(role, "POST", "progression", f"/patients/{{id}}/{what}", body)
    return answer


@pytest.mark.story(5)
def test_a_flare_halves_the_dose_at_once_and_its_end_begins_the_ladder(clinic: Clinic) -> None:
    """As the page of walk-throughs tells it, word by word."""
    assert a_ladder(clinic).page() in PAGE.read_text(encoding="utf-8"), REWRITE


def test_a_pause_gives_the_dose_back_when_the_person_says_so(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    person.log(pain=2)
    say(person, "pause", reason="travel")
    (track,) = eventually(partial(standing, person, "PAUSED"), "the pause")
    assert track["dose"] is None

    say(person, "pause/resume")
    (track,) = eventually(partial(standing, person, "ACTIVE"), "the end of the pause")
    assert track["dose"] == 600
