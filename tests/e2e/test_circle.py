"""What a person allows and takes back reaches every service that rests on it, and nobody else sees anything before."""

from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh
from tests.support.e2e_traces import every_record, told_in

CONSENTS, CAREGIVERS = "/patients/{id}/consents", "/patients/{id}/caregivers"
LABEL = "My sister Kestrel"


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def allow(person: Somebody, purpose: str) -> str:
    """The person's yes to a purpose; the id of the consent."""
    asked = person.ask("patient", "GET", "plans", CONSENTS)["purposes"]
    version = next(one["text_version"] for one in asked if one["purpose"] == purpose)
    body = {"id": fresh(), "purpose": purpose, "text_version": version, "language": "en"}
    said: dict[str, Any] = person.ask("patient", "POST", "plans", CONSENTS, body)
    return str(said["consent_id"])


def take_back(person: Somebody, consent: str) -> None:
    person.ask("patient", "POST", "plans", f"{CONSENTS}/{consent}/withdraw", {"id": fresh()})


@pytest.mark.article("P8.4")
def test_the_consent_to_groups_is_taken_back_and_the_person_is_in_none_any_more(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    consent, group = allow(person, "group"), fresh()
    body = {"id": group, "name": "Walkers", "language": "en", "run_by": "clinic"}
    assert clinic.send(clinic.token("moderator"), "community", "POST", "/groups", body).is_success
    members = f"/groups/{group}/members"
    person.ask("patient", "POST", "community", members, {"id": fresh(), "consent": True})
    feed = f"/groups/{group}/posts"
    assert person.send("patient", "GET", "community", feed).is_success
    take_back(person, consent)
    eventually(lambda: person.send("patient", "GET", "community", feed).status_code == 403, "the end of the membership")
    again = person.send("patient", "POST", "community", members, {"id": fresh(), "consent": True})
    assert again.json()["code"] == "consent_withdrawn"


@pytest.mark.article("P6.3")
def test_a_caregiver_sees_the_plan_while_the_person_shows_it_and_their_name_travels_nowhere(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    consent, link = allow(person, "sharing_with_caregiver"), fresh()
    assert person.send("caregiver", "GET", "plans", "/patients/{id}/plan").status_code == 403
    invited = {"id": link, "label": LABEL, "scopes": ["plan"]}
    person.ask("patient", "POST", "plans", CAREGIVERS, invited)
    person.ask("caregiver", "POST", "plans", f"{CAREGIVERS}/{link}/accept", {"id": fresh()})
    assert person.ask("caregiver", "GET", "plans", "/patients/{id}/plan")["tracks"]
    assert person.send("caregiver", "GET", "plans", "/patients/{id}/flare-plan").status_code == 403
    (known,) = person.ask("patient", "GET", "plans", CAREGIVERS)["caregivers"]
    assert (known["label"], known["status"]) == (LABEL, "linked")
    take_back(person, consent)
    assert person.send("caregiver", "GET", "plans", "/patients/{id}/plan").status_code == 403
    assert told_in(every_record(clinic.running), LABEL.encode()) == []
