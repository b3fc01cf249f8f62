"""Flares and pauses behind the real gate, on the real runtime over memory."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer, open_issuer
from services.progression.http import router
from services.progression.transitions import SERVICE
from shared.clinics import Clinics
from shared.observability.metrics import Metrics
from shared.red_flags import SIGNS
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.progression_person import Person, body_of
from tests.support.progression_stops import suspended
from tests.support.rig import Rig, lay


class Desk:
    """The service, people with a plan in it, and who speaks for them."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.issuer = issuer
        self.rig = Rig(SERVICE)
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        metrics = Metrics(CollectorRegistry(), "progression")
        app = create_app("progression", [router(self.rig.runtime, Clinics({}))], verifier, self.rig.clock, metrics)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progression")
        self.people = 0

    async def person(self) -> str:
        """Somebody new with a plan of two tracks' worth of history."""
        self.people += 1
        person = Person(key=f"p{self.people}").enrol().plan()
        person.log(0, 600)
        self.rig.clock.set(person.now + timedelta(hours=1))
        await self.rig.consume([lay(self.rig.broker, body_of(message)) for message, _ in person.history])
        return person.key

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None, role: str = "patient") -> Any:
        own = path.split("/", maxsplit=1)[0] if role in ("patient", "caregiver") else None
        token = self.issuer.mint([role], "clinic", patient_id=own)
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, f"/v1/patients/{path}", json=body, headers=headers)


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    made = Desk(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


async def test_a_flare_from_its_report_to_the_way_back(desk: Desk) -> None:
    p = await desk.person()
    reported = await desk.ask("POST", f"{p}/flare", {"id": "a"}, "caregiver")
    again = await desk.ask("POST", f"{p}/flare", {"id": "a"}, "caregiver")
    standing = (await desk.ask("GET", f"{p}/standing")).json()
    (track,) = (await desk.ask("GET", f"{p}/tracks")).json()["tracks"]

    assert (reported.status_code, reported.json()["began"], reported.json()["ask_red_flags"]) == (200, True, True)
    assert again.json() == reported.json()
    assert (standing["status"], standing["flare"]["flare_id"]) == ("FLARE", reported.json()["flare_id"])
    assert (track["status"], track["dose"], track["decision"]["rule"]) == ("FLARE", 300, "R3")

    ended = await desk.ask("POST", f"{p}/flare/end", {"id": "b", "flare_id": reported.json()["flare_id"]})
    (track,) = (await desk.ask("GET", f"{p}/tracks", role="clinician")).json()["tracks"]
    standing = (await desk.ask("GET", f"{p}/standing", role="clinician")).json()

    assert ended.status_code == 200
    assert (track["status"], track["dose"], track["ladder"]) == ("RETURNING", 420, [75, 100])
    assert (standing["status"], standing["flare"]) == ("ACTIVE", None)
    assert [(one["kind"], one["episode_id"]) for one in standing["over"]] == [("flare", ended.json()["flare_id"])]


async def test_a_pause_and_its_end(desk: Desk) -> None:
    p = await desk.person()
    paused = await desk.ask("POST", f"{p}/pause", {"id": "a", "reason": "family"})
    (track,) = (await desk.ask("GET", f"{p}/tracks")).json()["tracks"]
    standing = (await desk.ask("GET", f"{p}/standing")).json()

    assert (track["status"], track["dose"]) == ("PAUSED", None)
    assert track["decision"]["explanation"]["text"] == "Your plan is on pause. It will be here when you are ready."
    assert (standing["status"], standing["pause"]["reason"], standing["pause"]["until"]) == ("PAUSED", "family", None)
    resumed = await desk.ask("POST", f"{p}/pause/resume", {"id": "b"})
    (track,) = (await desk.ask("GET", f"{p}/tracks")).json()["tracks"]
    assert resumed.json()["pause_id"] == paused.json()["pause_id"]
    assert (track["status"], track["dose"]) == ("ACTIVE", 600)


async def test_a_pause_may_name_the_day_on_which_it_ends(desk: Desk) -> None:
    p = await desk.person()
    until = (desk.rig.clock.now() + timedelta(days=9)).date().isoformat()
    paused = await desk.ask("POST", f"{p}/pause", {"id": "a", "reason": "religious", "until": until}, "clinician")
    standing = (await desk.ask("GET", f"{p}/standing")).json()

    assert (paused.json()["until"], standing["pause"]["until"]) == (until, until)


async def test_the_three_answers_and_the_word_on_settling(desk: Desk) -> None:
    p = await desk.person()
    rough = await desk.ask("POST", f"{p}/flare/questions", {"id": "a", "worse": True, "hard": True, "limits": False})
    standing = (await desk.ask("GET", f"{p}/standing")).json()
    assert rough.json() == {"result": "rough_patch", "less": [{"track_id": "walk", "dose": 480}]}
    assert standing["rough_patch_until"] is not None

    flare = await desk.ask("POST", f"{p}/flare/questions", {"id": "b", "worse": True, "hard": True, "limits": True})
    told = await desk.ask("POST", f"{p}/flare/settling", {"id": "c", "settling": True})
    assert flare.json()["result"] == "flare"
    assert told.json() == {"flare_id": flare.json()["flare_id"], "over": False}


@pytest.mark.parametrize(
    ("method", "path", "body", "role", "status"),
    [
        ("POST", "flare/end", {"id": "x"}, "patient", 409),
        ("POST", "flare/settling", {"id": "x", "settling": True}, "patient", 409),
        ("POST", "pause/resume", {"id": "x"}, "clinician", 409),
        ("POST", "flare", {"id": "x"}, "moderator", 403),
        ("POST", "flare/end", {"id": "x"}, "caregiver", 403),
        ("POST", "flare/questions", {"id": "x", "worse": True, "hard": True, "limits": True}, "caregiver", 403),
        ("POST", "pause", {"id": "x", "reason": "travel"}, "caregiver", 403),
        ("GET", "standing", None, "caregiver", 403),
        ("POST", "pause", {"id": "x", "reason": "because"}, "patient", 422),
        ("POST", "pause", {"id": "x", "reason": "travel", "until": "1999-01-01"}, "patient", 422),
        ("POST", "flare", {"id": "x", "why": "it hurts"}, "patient", 422),
        ("POST", "flare", {}, "patient", 422),
    ],
)
async def test_what_is_not_so_or_not_allowed_is_refused(
    desk: Desk, method: str, path: str, body: dict[str, Any] | None, role: str, status: int
) -> None:
    p = await desk.person()
    answer = await desk.ask(method, f"{p}/{path}", body, role)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "because" not in answer.text
    assert "hurts" not in answer.text


async def test_a_flare_reported_in_a_stop_is_answered_with_the_warning_signs_and_whom_to_call(
    desk: Desk,
) -> None:
    p = await desk.person()
    person = Person(key=p)
    at = desk.rig.clock.now()
    await desk.rig.consume([lay(desk.rig.broker, body_of(suspended(person, at)))])
    told = await desk.ask("POST", f"{p}/flare", {"id": "x"})

    assert (told.status_code, told.headers["content-type"], told.json()["code"]) == (
        409,
        "application/problem+json",
        "suspended",
    )
    attention = told.json()["attention"]
    assert [one["code"] for one in attention["warning_signs"]] == list(SIGNS)
    assert attention["answer_at"] == f"/v1/patients/{p}/red-flags"
    assert {"flare_plan", "human", "emergency_number", "crisis_line"} <= attention.keys()


async def test_nobody_knows_anything_of_a_stranger(desk: Desk) -> None:
    assert (await desk.ask("POST", "stranger/flare", {"id": "x"}, "clinician")).status_code == 404
    assert (await desk.ask("GET", "stranger/standing", role="clinician")).status_code == 404
