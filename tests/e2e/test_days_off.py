"""Days that a person blocks, and a declared outage, on the running stack: no prompt, and no day that counts."""

from functools import partial
from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh
from tests.support.e2e_operator import operator_of
from tests.support.kind_payload import unkind

PATH = "/patients/{id}/adherence"


def read(person: Somebody, role: str = "clinician", language: str = "en") -> dict[str, Any]:
    """What they read."""
    answer: dict[str, Any] = person.ask(role, "GET", "progression", f"{PATH}?language={language}")
    return answer


def eligible(person: Somebody, days: int) -> dict[str, Any] | None:
    """What the clinician reads once so many days of the last seven count."""
    theirs = read(person)
    return theirs if theirs["windows"] and theirs["windows"][0]["eligible_days"] == days else None


def counted(person: Somebody, days: int) -> dict[str, Any]:
    """The same, waited for."""
    return eventually(partial(eligible, person, days), f"{days} days to count") or {}


@pytest.mark.article("P9.1")
def test_blocked_days_and_days_without_the_platform_are_told_apart_and_count_for_nothing(stack: Running) -> None:
    clinic = Clinic(stack)
    days, person = Days(clinic), clinic.enrol_with_plan()
    cue = {"id": fresh(), "time": "18:00", "track_id": "walking"}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)
    ahead = {"id": fresh(), "first": days.date(2).isoformat(), "last": days.date(3).isoformat(), "kind": "religious"}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/blocked-days/feast", ahead)
    for day in (0, 4, 6):
        days.go(day, 17)
        person.log(pain=2)
    days.go(7, 9)
    eventually(lambda: counted(person, 5)["windows"][0]["completed"] == 3, "all three sessions to count")

    def suppressed() -> list[str]:
        items = person.reminders()["items"]
        return sorted(one["local_date"] for one in items if one["reason"] == "blocked_day")

    blocked = [days.date(2).isoformat(), days.date(3).isoformat()]
    eventually(lambda: suppressed() == blocked, "the cues of both blocked days")
    behind = {"id": fresh(), "first": days.date(1).isoformat(), "last": days.date(1).isoformat()}
    person.ask("clinician", "PUT", "reminders", "/patients/{id}/blocked-days/doctor", behind)
    counted(person, 4)
    person.ask("patient", "DELETE", "reminders", "/patients/{id}/blocked-days/doctor")
    counted(person, 5)

    operator = operator_of(stack)
    span = ["--from", f"{days.at(5, 8):%Y-%m-%dT%H:%M}", "--until", f"{days.at(5, 20):%Y-%m-%dT%H:%M}"]
    code, found = operator.ask("outage", "declare", *span, "--clinic", clinic.tenant)
    assert (code, found["declared"] >= 1) == (0, True)
    counted(person, 4)
    for language in ("en", "es", "ar"):
        mine = read(person, "patient", language)
        assert {"blocked", "outage"} <= {one["kind"] for one in mine["stretches"]}
        assert list(unkind(mine, language)) == []
    assert operator.ask("outage", "withdraw", *span, "--clinic", clinic.tenant)[0] == 0
    counted(person, 5)
