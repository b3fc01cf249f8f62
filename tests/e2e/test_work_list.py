"""What a human must do, from the log or the answer that asks for it to the note that ends it, over HTTP only."""

from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import FLARE_PLAN, TRACK, Clinic, Somebody, eventually, fresh, goal, terms

WORK = "/patients/{id}/work-items"


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def listed(person: Somebody, query: str = "") -> list[dict[str, Any]]:
    """The person's items of the clinic's own list, over all its pages."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = person.ask("clinician", "GET", "plans", f"/work-items?limit=200{query}{cursor}")
        items += [item for item in page["items"] if item["patient_id"] == person.id]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def closed(person: Somebody) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.ask("clinician", "GET", "plans", WORK)["closed"]
    return found


def flag(person: Somebody, *signs: str) -> dict[str, Any]:
    body = {"id": fresh(), "context": "check_in", "yes": list(signs)}
    found: dict[str, Any] = person.ask("patient", "POST", "safety", "/patients/{id}/red-flags", body)
    return found


def test_a_plan_that_is_not_safe_to_start_is_refused_with_everything_that_is_missing(clinic: Clinic) -> None:
    person = clinic.enrol()
    track = {name: value for name, value in TRACK.items() if name != "goal_dose"}
    bare = {"id": fresh(), "flare_plan": {**FLARE_PLAN, "phones": []}, "tracks": [track]}
    refused = person.send("clinician", "POST", "plans", "/patients/{id}/plans", bare)
    assert refused.status_code == 422
    told = [(error["pointer"], error["rule"]) for error in refused.json()["errors"]]
    assert told == [
        ("/usual_pain", "usual_pain_needed"),
        ("/pem", "pem_needed"),
        ("/flare_plan/phones", "phone_needed"),
        ("/tracks/0/goal_dose", "goal_or_ceiling_needed"),
        ("/feedback", "feedback_needed"),
        ("/review_on", "review_day_needed"),
        ("/goals", "goal_needed"),
    ]
    person.ask("clinician", "POST", "plans", "/patients/{id}/goals", goal())
    whole = terms(id=bare["id"], pem="unknown", usual_pain=None, usual_pain_declined=True)
    made = person.ask("clinician", "POST", "plans", "/patients/{id}/plans", whole)
    assert made["tracks"][0]["locks"] == ["pem"]
    assert person.ask("patient", "GET", "plans", "/patients/{id}/plan")["flare_plan"] == FLARE_PLAN


def test_nobody_under_age_is_enrolled_where_minors_are_not_served(clinic: Clinic) -> None:
    young = Somebody(clinic, fresh())
    body = {"id": young.id, "tz": "UTC", "adult": False}
    refused = young.send("clinician", "POST", "plans", "/patients", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "minors_not_enabled")
    assert young.send("clinician", "GET", "plans", "/patients/{id}").status_code == 404


def test_a_worrying_log_waits_for_a_human_until_one_closes_it_with_a_note(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    person.log(pain=9)
    (item,) = eventually(lambda: listed(person), "an item of the work list")
    assert (item["kind"], item["status"], item["overdue"]) == ("review", "open", False)

    path = f"{WORK}/{item['item_id']}"
    person.ask("clinician", "POST", "plans", f"{path}/take", {"id": fresh()})
    assert [one["item_id"] for one in listed(person, "&status=taken")] == [item["item_id"]]
    body = {"id": fresh(), "note": "Called: a fall on the stairs, seen at the clinic today."}
    first, again = (person.ask("clinician", "POST", "plans", f"{path}/close", body) for _ in range(2))
    assert first == again
    assert listed(person) == []
    assert [(one["closed_because"], one["note"]) for one in closed(person)] == [("done", body["note"])]


def test_red_flags_wait_on_one_item_which_the_clinician_who_resumes_has_closed(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    flag(person, "trauma")
    eventually(lambda: [one["urgency"] for one in listed(person)] == ["urgent"], "the red flag")
    flag(person, "cauda_equina", "trauma")
    eventually(lambda: [one["urgency"] for one in listed(person)] == ["emergency"], "the graver flag")
    (item,) = [one for one in listed(person) if one["kind"] == "red_flag"]
    assert item["signs"] == ["cauda_equina", "trauma"]

    body = {"id": fresh(), "note": "Seen."}
    refused = person.send("clinician", "POST", "plans", f"{WORK}/{item['item_id']}/close", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "still_suspended")
    resume = {"id": fresh(), "suspension_id": item["suspension_id"], "note": "Seen at the hospital; nothing found."}
    person.ask("clinician", "POST", "safety", "/patients/{id}/suspension/resume", resume)
    eventually(lambda: listed(person) == [], "the red flag to be closed")
    assert [one["closed_because"] for one in closed(person)] == ["resumed"]


def test_the_end_of_a_plan_leaves_the_red_flag_of_a_suspended_person_to_a_human(clinic: Clinic) -> None:
    person = clinic.enrol()
    plan_id = person.plan()
    person.until_known()
    flag(person, "infection")
    eventually(lambda: listed(person), "the red flag")
    ended = {"id": fresh(), "reason": "withdrew"}
    person.ask("clinician", "POST", "plans", f"/patients/{{id}}/plans/{plan_id}/end", ended)
    (item,) = listed(person)
    body = {"id": fresh(), "note": "Spoke with the family doctor, who has taken over."}
    person.ask("clinician", "POST", "plans", f"{WORK}/{item['item_id']}/close", body)
    assert listed(person) == []
