"""The routes of wishes behind the real gate: who may ask, what they are told, and what a repeated wish does."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.local.issuer import open_issuer
from tests.support.progression_person import Person
from tests.unit.services.progression.test_http import Front


@pytest.fixture
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    person = Person().enrol().plan()
    for day in (0, 2):
        person.log(day, 600)
    made.rig.clock.set(person.at(3))
    await made.live(person)
    yield made
    await made.client.aclose()


async def post(front: Front, path: str, body: Any, role: str = "patient", *, tenant: str = "clinic") -> httpx.Response:
    own = "p1" if role in ("patient", "caregiver") else None
    token = front.issuer.mint([role], tenant, patient_id=own)
    headers = {"Authorization": f"Bearer {token}"}
    return await front.client.post(f"/v1/patients/{path}", json=body, headers=headers)


@pytest.mark.article("P1.3")
async def test_a_step_is_asked_for_and_seen_in_the_track(front: Front) -> None:
    answer = await post(front, "p1/tracks/walk/step", {"id": "w-1"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["text"] == "11 min from now on, as you asked. You can always do less."
    assert (told["granted"], told["dose"], told["dose_before"], told["unit"]) == (True, 660, 600, "min")
    assert (await post(front, "p1/tracks/walk/step", {"id": "w-1"})).json() == told
    (shown,) = (await front.get("p1/tracks")).json()["tracks"]
    assert (shown["dose"], shown["decision"]["rule"]) == (660, "W11")
    refused = (await post(front, "p1/tracks/walk/step", {"id": "w-2"}, "clinician")).json()
    assert (refused["granted"], refused["reason"]) == (False, "one_at_a_time")
    assert refused["text"] == "11 min for now. Your clinic has been told that you would like a step."


async def test_less_is_taken_at_once(front: Front) -> None:
    told = (await post(front, "p1/tracks/walk/less", {"id": "w-1", "dose": 0})).json()
    assert (told["granted"], told["dose"]) == (True, 0)
    assert told["text"].startswith("Rest from now on")
    again = (await post(front, "p1/tracks/walk/less?language=es", {"id": "w-1", "dose": 0})).json()
    assert again["text"].startswith("Descanso")


@pytest.mark.parametrize(
    ("path", "role", "tenant", "status"),
    [
        ("p1/tracks/walk/step", "caregiver", "clinic", 403),
        ("p1/tracks/walk/less", "moderator", "clinic", 403),
        ("p1/tracks/walk/step", "clinician", "another", 404),
        ("p2/tracks/walk/step", "clinician", "clinic", 404),
        ("p1/tracks/swim/step", "patient", "clinic", 404),
        ("p1/proposals/o-1/approve", "patient", "clinic", 403),
        ("p1/proposals/o-1/approve", "clinician", "clinic", 404),
    ],
)
async def test_who_may_ask_what(front: Front, path: str, role: str, tenant: str, status: int) -> None:
    body = {"id": "w-1", "approve": True} if path.endswith("approve") else {"id": "w-1"}
    assert (await post(front, path, body, role, tenant=tenant)).status_code == status


@pytest.mark.parametrize("body", [{}, {"id": "w-1", "dose": -1}, {"id": "w-1", "dose": 1.5}, {"id": "w-1", "why": "x"}])
async def test_a_wish_of_another_shape_is_refused(front: Front, body: Any) -> None:
    assert (await post(front, "p1/tracks/walk/less", body)).status_code == 422
