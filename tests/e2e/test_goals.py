"""Goals on the running stack: asked about when life shifts, and looked at by a human when they changed."""

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, fresh


def waiting(person: Somebody) -> list[str]:
    """What waits for the person about their goals."""
    prompts = person.ask("patient", "GET", "plans", "/patients/{id}/prompts")["prompts"]
    return [one["prompt_id"] for one in prompts if one["kind"] == "goals"]


@pytest.mark.article("P3.6")
def test_when_life_shifts_the_person_is_asked_and_their_answer_reaches_a_human(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    event = {"id": fresh(), "kind": "caring", "words": "My mother lives with us now."}
    person.ask("patient", "POST", "plans", "/patients/{id}/life-events", event)
    assert len(waiting(person)) == 1
    said = {"id": fresh(), "answer": "changed", "words": "I want to lift her safely."}
    person.ask("patient", "POST", "plans", "/patients/{id}/goal-checks", said)
    assert waiting(person) == []
    items = person.ask("clinician", "GET", "plans", "/patients/{id}/work-items")["waiting"]
    assert [one["reason"] for one in items if one["reason"] == "goals_changed"] == ["goals_changed"]
    checks = person.ask("clinician", "GET", "plans", "/patients/{id}/goal-checks")["checks"]
    assert {one["words"] for one in checks} == {said["words"], event["words"]}
