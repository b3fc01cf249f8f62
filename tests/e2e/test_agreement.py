"""The agreement of two on the running stack: a draft is told and obeyed by nobody, a version by every service."""

from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import TRACK, Clinic, Days, Somebody, eventually, fresh, goal, terms

PLANS = "/patients/{id}/plans"


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def draft(**changes: Any) -> dict[str, Any]:
    """Terms to which the person has not said yes."""
    return {name: value for name, value in terms(**changes).items() if name != "accepted"}


def waiting(person: Somebody, kind: str) -> list[str]:
    """What of a kind waits for the person."""
    prompts = person.ask("patient", "GET", "plans", "/patients/{id}/prompts")["prompts"]
    return [one["prompt_id"] for one in prompts if one["kind"] == kind]


def told(person: Somebody) -> set[str]:
    """What the messages that have left were about."""
    return {one["question_id"] for one in person.reminders()["items"] if one.get("question_id")}


@pytest.mark.article("P1.2")
def test_a_draft_is_told_without_a_word_of_it_and_comes_into_force_by_the_persons_yes(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol()
    person.ask("clinician", "POST", "plans", "/patients/{id}/goals", goal())
    days.go(0, 10)
    made = person.send("clinician", "POST", "plans", PLANS, draft())
    assert made.status_code == 202
    eventually(lambda: person.send("patient", "GET", "reminders", "/patients/{id}/quiet-hours").is_success, "reminders")
    (prompt,) = waiting(person, "agreement")
    eventually(lambda: prompt in told(person), "the message on the draft")
    assert person.send("patient", "GET", "progression", "/patients/{id}/tracks").json().get("tracks", []) == []

    read = person.send("patient", "GET", "plans", "/patients/{id}/draft")
    path = f"/patients/{{id}}/drafts/{read.json()['draft_id']}/accept"
    yes = person.send("patient", "POST", "plans", path, {"id": fresh()}, If_Match=read.headers["etag"])
    assert (yes.status_code, waiting(person, "agreement")) == (200, [])
    person.until_known()
    assert person.track()["dose"] == TRACK["start_dose"]


@pytest.mark.article("P11.6")
def test_a_change_is_told_until_the_person_has_seen_it_and_the_version_before_stays_readable(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan()
    before = clinic.now().isoformat().replace("+00:00", "Z")
    days.go(0, 10)
    plan = person.send("clinician", "GET", "plans", "/patients/{id}/plan")
    path = f"{PLANS}/{plan.json()['plan_id']}"
    why = {"reason": "progress", "words": "You walk further than we thought."}
    body = terms(tracks=[{**TRACK, "goal_dose": 2400}], why=why)
    person.ask("clinician", "PUT", "plans", path, body, If_Match=plan.headers["etag"])
    (prompt,) = waiting(person, "change_note")
    days.go(1, 10)  # on the day before, a first lesson may have been told of: one thing a day
    eventually(lambda: prompt in told(person), "the message on the change")

    latest = person.ask("patient", "GET", "plans", "/patients/{id}/changes")["changes"][0]
    assert (latest["what"], latest["words"], latest["seen_at"]) == (["track_goal_dose"], why["words"], None)
    seen = f"/patients/{{id}}/changes/{latest['change_id']}/seen"
    person.ask("patient", "POST", "plans", seen, {"id": fresh()})
    assert waiting(person, "change_note") == []
    then = person.ask("patient", "GET", "plans", f"/patients/{{id}}/plan?at={before}")
    assert (then["plan_version"], then["tracks"][0]["goal_dose"]) == (1, TRACK["goal_dose"])
    (one,) = person.ask("patient", "GET", "plans", f"{path}/versions/2/difference")["differences"]
    assert (one["path"], one["before"], one["after"]) == ("/tracks/walking/goal_dose", TRACK["goal_dose"], 2400)
