"""A week on the running stack: what the person reads of it, what the clinician does, and a diary that comes late."""

from functools import partial
from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually
from tests.support.e2e_traces import about, marks, records_since
from tests.support.kind_payload import unkind

PATH = "/patients/{id}/adherence"


def read(person: Somebody, role: str = "patient", query: str = "") -> dict[str, Any]:
    """What they read."""
    answer: dict[str, Any] = person.ask(role, "GET", "progression", f"{PATH}{query}")
    return answer


def as_of(person: Somebody, day: str) -> dict[str, Any] | None:
    """What the person reads once that day is counted."""
    mine = read(person)
    return mine if mine["as_of"] == day else None


@pytest.mark.article("P4.6", "P8.5")
def test_a_week_is_counted_in_words_and_a_late_diary_replaces_what_was_told(stack: Running) -> None:
    clinic = Clinic(stack)
    before = marks(stack)
    days, person = Days(clinic), clinic.enrol_with_plan()
    assert read(person)["week"]["text"] == "Not enough days yet."
    for day in (0, 2, 6):
        days.go(day, 18)
        person.log(pain=2)
    days.go(8, 9)
    mine = eventually(partial(as_of, person, days.date(8).isoformat()), "the day to be counted")
    assert mine is not None
    assert mine["week"] == {"done": 2, "planned": 3, "text": "2 of 3 planned in the last 7 days."}
    for language in ("en", "es", "ar"):
        assert list(unkind(read(person, query=f"?language={language}"), language)) == []

    started, ended = days.at(4, 17), days.at(4, 17, 10)
    person.log(pain=2, started_at=started.isoformat(), ended_at=ended.isoformat())

    def counted() -> dict[str, Any] | None:
        theirs = read(person, "clinician")
        return theirs if theirs["windows"][0]["completed"] == 3 else None

    theirs = eventually(counted, "the late session to count")
    assert theirs is not None
    assert theirs["person"] == read(person)
    assert theirs["person"]["week"]["text"] == "3 of 3 planned in the last 7 days."
    assert (theirs["windows"][0]["session_pct"], theirs["windows"][0]["band"]) == (100, "as_agreed")

    def superseding() -> list[Any]:
        updates = [one for one in about(records_since(stack, before), person.id) if b'"adherence.updated"' in one.value]
        return [one for one in updates if b'"supersedes":"' in one.value]

    assert len(eventually(superseding, "the update that supersedes")) == 1
