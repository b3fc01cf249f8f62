"""A review on the running stack: what is brought to it, what is asked in it, and the plan that goes on from it."""

from typing import Any

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh


def asked(person: Somebody, path: str) -> Any:
    return person.ask("patient", "GET", "plans", f"/patients/{{id}}/{path}")


def test_a_review_begins_with_what_the_person_brings_and_ends_with_the_next_one_planned(stack: Running) -> None:
    person = Clinic(stack).enrol_with_plan()
    for text, brought in (("The stairs were hard.", True), ("Nobody need read this.", False)):
        entry = {"id": fresh(), "tags": ["hard"], "text": text, "bring_to_visit": brought}
        person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", entry)
    (entry,) = eventually(lambda: asked(person, "visit-summary")["brought"], "the entry that was brought")
    assert entry["tags"] == ["hard"]

    review = person.ask("clinician", "POST", "plans", "/patients/{id}/reviews", {"id": fresh()})["review_id"]
    (waits,) = [one for one in asked(person, "prompts")["prompts"] if one["kind"] == "review"]
    assert waits["ref"] == review
    answers: list[dict[str, Any]] = [
        {"instrument": "open", "words": "I want to go up to my sister's again."},
        {"instrument": "peg", "values": {"pain": 4, "enjoyment": 5, "activity": 6}},
        {"instrument": "open", "domain": "mood", "words": "Better than in winter."},
        {"instrument": "sleep", "reasons": {"sleep": "declined"}},
        {"instrument": "pgic", "values": {"change": 2}},
        {"instrument": "checkin", "values": {"satisfaction": 8, "heard": 9}},
    ]
    for answer in answers:
        body = {"id": fresh(), "review_id": review, **answer}
        person.ask("patient", "POST", "plans", "/patients/{id}/measures", body)
    assert asked(person, "measures/due")["parts"] == []

    summary = {"gains": "Longer walks.", "still_hard": "The stairs.", "targets": "Two floors by summer."}
    path = f"/patients/{{id}}/reviews/{review}/complete"
    done = person.ask("clinician", "POST", "plans", path, {"id": fresh(), **summary})
    (one,) = asked(person, "reviews")["reviews"]
    assert {name: one[name] for name in summary} == summary
    assert asked(person, "plan")["review_on"] == done["next_on"]
    assert asked(person, "visit-summary")["brought"] == []
