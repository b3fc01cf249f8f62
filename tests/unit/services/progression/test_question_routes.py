"""Questions behind the real gate, on the real runtime over memory: read in words, answered, kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.local.issuer import open_issuer
from tests.support.progression_person import Person, body_of
from tests.support.rig import lay
from tests.unit.services.progression.test_episode_routes import Desk


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    made = Desk(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


async def in_pain(desk: Desk) -> str:
    """Somebody who rather did not say what is usual, and notes pain 6."""
    desk.people += 1
    person = Person(key=f"p{desk.people}").enrol().plan(usual_pain=None)
    person.log(0, 600, pain=6, pain_before=None)
    desk.rig.clock.set(max(desk.rig.clock.now(), person.now + timedelta(hours=1)))
    await desk.rig.consume([lay(desk.rig.broker, body_of(message)) for message, _ in person.history])
    return person.key


async def read(desk: Desk, person: str, role: str = "patient", language: str = "en") -> dict[str, Any]:
    answer = await desk.ask("GET", f"{person}/questions?language={language}", role=role)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_a_question_is_read_answered_and_kept(desk: Desk) -> None:
    p = await in_pain(desk)
    (question,) = (await read(desk, p))["open"]
    (part,) = question["parts"]

    assert (question["kind"], question["until"]) == ("usual_pain", None)
    assert part["text"] == "You noted pain 6 of 10. Is that about your usual?"
    assert [choice["answer"] for choice in part["choices"]] == ["yes", "no"]

    path = question["answer_with"].removeprefix("/v1/patients/")
    body = {"id": "a", "answers": {"usual": "yes"}}
    answered = await desk.ask("POST", path, body)
    again = await desk.ask("POST", path, body)
    after = await read(desk, p, "clinician")

    assert (answered.status_code, answered.json()["kind"]) == (200, "usual_pain")
    assert again.json() == answered.json()
    assert after["open"] == []
    (past,) = after["past"]
    assert (past["reason"], past["answers"], past["answered_by"]) == ("answered", {"usual": "yes"}, "patient")


async def test_it_is_read_in_the_language_asked_for(desk: Desk) -> None:
    p = await in_pain(desk)
    said = {
        language: (await read(desk, p, language=language))["open"][0]["parts"][0]["text"]
        for language in ("en", "es", "ar")
    }
    assert len(set(said.values())) == 3


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        ("caregiver", {"id": "x", "answers": {"usual": "yes"}}, 403),
        ("device", {"id": "x", "answers": {"usual": "yes"}}, 403),
        ("patient", {"id": "x", "answers": {"usual": "maybe"}}, 422),
        ("patient", {"id": "x", "answers": {}}, 422),
        ("patient", {"id": "x", "answers": {"moving": "same"}}, 422),
        ("patient", {"answers": {"usual": "yes"}}, 422),
        ("clinician", {"id": "y", "answers": {"usual": "no"}}, 200),
    ],
)
async def test_who_answers_and_with_what(desk: Desk, role: str, body: dict[str, Any], status: int) -> None:
    p = await in_pain(desk)
    (question,) = (await read(desk, p))["open"]
    answer = await desk.ask("POST", f"{p}/questions/{question['question_id']}/answer", body, role)
    assert answer.status_code == status
    if status != 200:
        assert "maybe" not in answer.text


async def test_a_question_that_is_not_open_and_a_person_who_is_not_known(desk: Desk) -> None:
    p = await in_pain(desk)
    body = {"id": "x", "answers": {"usual": "yes"}}
    assert (await desk.ask("POST", f"{p}/questions/other/answer", body)).status_code == 409
    assert (await desk.ask("POST", "nobody/questions/other/answer", body, "clinician")).status_code == 404
    assert (await desk.ask("GET", "nobody/questions", role="clinician")).status_code == 404
    assert (await desk.ask("GET", f"{p}/questions", role="caregiver")).status_code == 403
