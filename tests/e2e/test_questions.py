"""A question over HTTP on the running stack: asked because of a record, told as a message, answered, and it counts."""

from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def questions(person: Somebody, role: str = "patient", language: str = "en") -> dict[str, Any]:
    """What is asked, and what was."""
    path = f"/patients/{{id}}/questions?language={language}"
    answer: dict[str, Any] = person.ask(role, "GET", "progression", path)
    return answer


def told(person: Somebody) -> list[dict[str, Any]]:
    """The messages that tell of a question and have left."""
    items = person.reminders()["items"]
    return [one for one in items if one["kind"] == "question" and one["status"] == "sent"]


def answer(person: Somebody, question: dict[str, Any], role: str = "patient", **answers: str) -> Any:
    path = question["answer_with"].removeprefix("/v1")
    return person.send(role, "POST", "progression", path, {"id": fresh(), "answers": answers})


def test_strong_pain_without_a_usual_is_asked_about_told_once_and_answered(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan(usual_pain=None, usual_pain_declined=True)
    days.go(0, 10)
    person.log(pain=6)
    (question,) = eventually(lambda: questions(person)["open"], "the question")
    (message,) = eventually(lambda: told(person), "the message")
    assert question["parts"][0]["text"] == "You noted pain 6 of 10. Is that about your usual?"
    assert message["question_id"] == question["question_id"]
    assert message["text"][0] == "There is a short question for you."
    assert "pain" not in " ".join(message["text"][:-1]).lower()

    assert answer(person, question, "caregiver", usual="yes").status_code == 403
    assert answer(person, question, usual="yes").status_code == 200
    (past,) = questions(person, "clinician")["past"]
    assert (past["answers"], past["answered_by"]) == ({"usual": "yes"}, "patient")
    (track,) = person.ask("patient", "GET", "progression", "/patients/{id}/tracks")["tracks"]
    assert (track["decision"]["trigger"], track["decision"]["standing"]["usual_pain"]) == ("usual_pain", 6)
    assert len(told(person)) == 1


def test_who_kept_moving_in_a_gap_says_so_and_the_way_back_is_undone(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan()
    days.go(0, 10)
    person.log(pain=2)
    days.go(9, 10)
    eventually(lambda: person.track()["status"] == "RETURNING", "the way back of a gap")
    assert questions(person)["open"] == []
    person.log(pain=2)
    (question,) = eventually(lambda: questions(person)["open"], "the question of the return")
    eventually(lambda: told(person), "the message")
    assert [choice["answer"] for choice in question["parts"][0]["choices"]] == ["same", "less", "no"]

    assert answer(person, question, "clinician", moving="same").status_code == 200
    track = person.track()
    assert (track["status"], track["dose"], track["decision"]["trigger"]) == ("ACTIVE", 600, "kept_moving")
    assert track["decision"]["explanation"]["text"] == "You kept moving, so it is 10 min again, or less if you like."
