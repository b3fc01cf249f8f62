"""W15 over HTTP: the answer to a worrying log says what to do at once, and a human looks the same day."""

from functools import partial
from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh

FLARE_PLAN = {"steps": ["Rest for a day, then a short walk."], "phones": [{"label": "Clinic", "number": "+1 555 0100"}]}


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def told(person: Somebody, **felt: Any) -> dict[str, Any]:
    """The whole answer to a walk that felt like this."""
    body = {"id": fresh(), "track_id": "walking", "amount": 10, "unit": "min", **felt}
    answer: dict[str, Any] = person.ask("patient", "POST", "session_logging", "/patients/{id}/sessions", body)
    again = person.send("patient", "POST", "session_logging", "/patients/{id}/sessions", body)
    assert (again.status_code, again.json()) == (201, answer)
    return answer


def waiting(person: Somebody) -> list[tuple[str, str]]:
    """What a human must do for the person, as (kind, reason)."""
    items = person.ask("clinician", "GET", "plans", "/patients/{id}/work-items")["waiting"]
    return [(item["kind"], item["reason"]) for item in items]


@pytest.mark.story(20)
def test_a_worrying_log_is_answered_in_the_persons_language_and_somebody_looks_the_same_day(clinic: Clinic) -> None:
    person = clinic.enrol(locale="es")
    person.plan(flare_plan=FLARE_PLAN)
    person.until_known()
    assert "attention" not in told(person, pain=3)

    attention = told(person, pain=9, stop="wrong")["attention"]
    assert (attention["why"], attention["language"]) == ("something_wrong", "es")
    assert attention["flare_plan"] == FLARE_PLAN
    assert attention["human"]["phone"]
    assert attention["emergency_number"] == "911"
    listed = person.ask("patient", "GET", "safety", "/patients/{id}/red-flags")
    assert attention["warning_signs"] == listed["questions"]
    path = attention["answer_at"].removeprefix("/v1")
    body = {"id": fresh(), "context": "something_wrong", "yes": []}
    assert person.ask("patient", "POST", "safety", path, body)["suspended"] is False

    eventually(partial(_listed, person), "the work item")
    latest = eventually(lambda: [d for d in person.decisions() if d["explanation"]["text_key"] == "rule.W15"], "why")
    assert (latest[0]["action"], latest[0]["dose_in_force"]) == ("HOLD", 600)


def _listed(person: Somebody) -> bool:
    return ("review", "something_wrong") in waiting(person)


def test_pain_far_above_the_usual_and_a_batch_of_today_are_answered_too(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan(usual_pain=2)
    attention = told(person, pain=6)["attention"]
    assert attention["why"] == "pain_rise_4"

    started = clinic.now().isoformat()
    item = {"id": fresh(), "track_id": "walking", "amount": 5, "unit": "min", "pain": 9, "started_at": started}
    batch = person.ask(
        "patient", "POST", "session_logging", "/patients/{id}/sessions/batch", {"id": fresh(), "items": [item]}
    )
    assert batch["items"][0]["attention"] == "pain_9"
    assert {**batch["attention"], "why": "pain_rise_4"} == attention
    eventually(lambda: {reason for _, reason in waiting(person)} >= {"pain_rise_4", "pain_9"}, "both work items")
