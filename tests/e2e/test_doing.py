"""What gets in the way on the running stack: a journal entry tells of it, and the person's own plan B is offered."""

from typing import Any

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh


def plan_b(person: Somebody) -> Any:
    """What the routine of today offers because something got in the way."""
    return person.ask("patient", "GET", "plans", "/patients/{id}/routine")["plan_b"]


def test_a_journal_entry_about_something_in_the_way_brings_the_plan_b_of_the_same_day(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    rain = {"id": fresh(), "code": "weather", "words": "I walk in the hall.", "activity_id": "walk_indoors"}
    person.ask("patient", "POST", "plans", "/patients/{id}/barriers", rain)
    chair = {"id": fresh(), "kind": "equipment", "code": "chair"}
    person.ask("patient", "POST", "plans", "/patients/{id}/accommodations", chair)
    assert plan_b(person) == []

    entry = {"id": fresh(), "tags": ["barrier"], "text": "It poured all day."}
    person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", entry)
    (offered,) = eventually(lambda: plan_b(person), "the plan B")
    assert (offered["words"], offered["instead"]["activity_id"]) == ("I walk in the hall.", "walk_indoors")

    routine = person.ask("patient", "GET", "plans", "/patients/{id}/routine?energy=one")
    (step,) = routine["steps"]
    assert (step["track_id"], [one["text"] for one in step["adapted"]]) == ("walking", ["With a chair."])


def test_the_page_for_a_flare_is_kept_by_the_persons_device_and_asked_for_anew(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    first = person.send("patient", "GET", "plans", "/patients/{id}/flare-plan?format=text")
    assert first.headers["content-type"].startswith("text/plain")
    assert first.headers["cache-control"].startswith("private")
    etag = first.headers["etag"]
    again = person.send("patient", "GET", "plans", "/patients/{id}/flare-plan?format=text", If_None_Match=etag)
    assert (again.status_code, again.text) == (304, "")
