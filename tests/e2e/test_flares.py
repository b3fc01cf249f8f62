"""A flare over HTTP on the running stack: half at once, then the way back rung by rung; a pause beside it."""

from functools import partial
from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.e2e.test_suspension import standing
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def say(person: Somebody, what: str, role: str = "patient", **said: Any) -> dict[str, Any]:
    """A word on a flare or a pause, under an id of its own."""
    body = {"id": fresh(), **said}
    answer: dict[str, Any] = person.ask(role, "POST", "progression", f"/patients/{{id}}/{what}", body)
    return answer


def good_day(person: Somebody, days: Days, day: int) -> None:
    """A session in the evening as planned, and a morning that says it settled."""
    days.go(day, 18)
    (track,) = person.ask("patient", "GET", "progression", "/patients/{id}/tracks")["tracks"]
    person.log(pain=2, amount=track["dose"] // 60)
    days.go(day + 1, 8)
    body = {"id": fresh(), "pain": 2}
    person.ask("patient", "POST", "session_logging", "/patients/{id}/morning-checks", body)


def test_a_flare_halves_the_dose_at_once_and_its_end_begins_the_ladder(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan()
    days.go(0, 10)
    person.log(pain=2)
    told = say(person, "flare", "caregiver")
    (track,) = eventually(partial(standing, person, "FLARE"), "the flare")
    assert (track["dose"], track["decision"]["rule"], told["ask_red_flags"]) == (300, "R3", True)
    assert track["decision"]["explanation"]["text"].startswith("Sorry you are having a flare.")

    good_day(person, days, 3)
    days.go(6, 9)
    say(person, "flare/end", flare_id=told["flare_id"])
    (track,) = eventually(partial(standing, person, "RETURNING"), "the way back")
    assert (track["dose"], track["ladder"], track["rung"]) == (300, [50, 75, 100], 0)
    for day in (7, 9):
        good_day(person, days, day)

    def on_the_next_rung() -> dict[str, Any] | None:
        (now,) = standing(person, "RETURNING") or [{"rung": 0}]
        return now if now["rung"] == 1 else None

    assert eventually(on_the_next_rung, "the second rung")["dose"] == 420  # type: ignore[index]


def test_a_pause_gives_the_dose_back_when_the_person_says_so(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    person.log(pain=2)
    say(person, "pause", reason="travel")
    (track,) = eventually(partial(standing, person, "PAUSED"), "the pause")
    assert track["dose"] is None

    say(person, "pause/resume")
    (track,) = eventually(partial(standing, person, "ACTIVE"), "the end of the pause")
    assert track["dose"] == 600
