"""An override on the running stack: set with a reason, read by the person, and the right to do less beside it."""

from typing import Any

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh


def ruled(person: Somebody, rule: str) -> dict[str, Any] | None:
    """The track as it stands, once its latest decision is by this rule."""
    (track,) = person.ask("patient", "GET", "progression", "/patients/{id}/tracks")["tracks"]
    return track if (track["decision"] or {}).get("rule") == rule else None


def test_a_fixed_dose_is_told_with_its_reason_and_never_keeps_anybody_from_doing_less(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    person.log(pain=2)
    body = {"id": fresh(), "track_id": "walking", "name": "fixed_dose", "value": 420, "reason": "medical", "days": 14}
    said = person.ask("clinician", "POST", "plans", "/patients/{id}/overrides", body)
    track = eventually(lambda: ruled(person, "R4"), "the override")
    assert track is not None
    assert track["dose"] == 420
    assert track["decision"]["explanation"]["text"].startswith("Your clinic set 7 min for now, until ")
    (behind,) = track["decision"]["overrides"]
    assert (behind["override_id"], behind["role"], behind["reason"]) == (said["override_id"], "clinician", "medical")
    (read,) = person.ask("patient", "GET", "plans", "/patients/{id}/overrides")["standing"]
    assert read["text"].startswith("The amount for now: 7 min. Set by your clinic until ")

    wish = {"id": fresh(), "dose": 300}
    told = person.ask("patient", "POST", "progression", "/patients/{id}/tracks/walking/less", wish)
    assert (told["granted"], told["dose"]) == (True, 300)
    end = f"/patients/{{id}}/overrides/{said['override_id']}/end"
    person.ask("clinician", "POST", "plans", end, {"id": fresh()})
    track = eventually(lambda: ruled(person, "R10d"), "the rule that is back")
    assert track is not None
    assert (track["dose"], track["decision"]["overrides"]) == (300, [])
