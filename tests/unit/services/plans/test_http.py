"""The routes of plans behind the real gate, on the real runtime over memory."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer, open_issuer
from services.plans.http import router
from services.plans.transitions import SERVICE
from shared.clinics import Clinic, Clinics
from shared.ids import event_id
from shared.observability.metrics import Metrics
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.rig import Rig, lay

TRACK = {
    "track_id": "walk",
    "activity_family": "walking",
    "marker": "duration_s",
    "unit": "min",
    "freq": 3,
    "goal_dose": 1800,
}
FLARE_PLAN = {"steps": ["Rest a while."], "phones": [{"label": "The clinic", "number": "+1 555 010 0199"}]}
PLAN: dict[str, Any] = {
    "id": "plan-1", "usual_pain": None, "usual_pain_declined": True, "flare_plan": FLARE_PLAN, "pem": "no",
    "review_on": "2026-06-01", "tracks": [TRACK],
}  # fmt: skip
CLINICS = {
    "name": "Harbour", "country": "US", "emergency_number": "911", "crisis_line": "988", "phone": "+1 555 0100",
    "hours": {"en": "Mon-Fri"}, "messages_read": True,
}  # fmt: skip


class Front:
    """The service's routes and who calls them. Every test has a person of its own, called p1 in its paths."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.rig = Rig(SERVICE)
        self.tests = 0
        self.issuer = issuer
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        metrics = Metrics(CollectorRegistry(), "plans")
        clinic = Clinic.model_validate(CLINICS)
        clinics = Clinics({"*": clinic, "young": clinic.model_copy(update={"minors": True})})
        app = create_app("plans", [router(self.rig.runtime, clinics)], verifier, self.rig.clock, metrics)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plans")

    async def call(
        self, method: str, path: str, role: str = "clinician", body: Any = None, *,
        tenant: str = "clinic", patient: str = "p1", etag: str | None = None,
    ) -> httpx.Response:  # fmt: skip
        own = self.named(patient) if role in ("patient", "caregiver") else None
        token = self.issuer.mint([role], tenant, patient_id=own)
        headers = {"Authorization": f"Bearer {token}"} | ({} if etag is None else {"If-Match": etag})
        if path == "/patients" and body:
            body = {**body, "id": self.named(body["id"])}
        return await self.client.request(method, f"/v1{self.named(path)}", json=body, headers=headers)

    def named(self, text: str) -> str:
        """The same with the ids of this test's people."""
        return re.sub(r"\bp(\d)", rf"p{self.tests}-\1", text)

    async def propose(self) -> None:
        now = self.rig.clock.now().isoformat()
        body = {
            "event_id": event_id("progression", self.named("p1"), 1), "type": "progression.proposed", "version": 1,
            "service": "progression", "seq": 1, "occurred_at": now, "recorded_at": now, "tenant_id": "clinic",
            "patient_id": self.named("p1"), "actor": {"kind": "system", "id": "system"}, "source": "system",
            "data": {
                "proposal_id": "o-1", "decision_id": "d-1", "track_id": "walk", "dose_now": 600,
                "options": [{"kind": "step", "dose": 660}, {"kind": "stay", "dose": 600}],
                "marker": "duration_s", "unit": "min", "expires_at": "2099-01-01T00:00:00Z",
            },
        }  # fmt: skip
        await self.rig.consume([lay(self.rig.broker, body)])


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


@pytest.fixture
async def front(house: Front) -> Front:
    house.tests += 1
    await house.call("POST", "/patients", body={"id": "p1", "tz": "Europe/Berlin", "adult": True})
    return house


async def test_a_person_is_enrolled_once_and_can_be_read(front: Front) -> None:
    body = {"id": "p1", "tz": "Europe/Berlin", "adult": True}
    again = await front.call("POST", "/patients", body=body)
    assert (again.status_code, again.json()["tz"]) == (201, "Europe/Berlin")
    assert (await front.call("POST", "/patients", body={**body, "tz": "UTC"})).status_code == 409
    for role in ("patient", "clinician", "admin"):
        assert (await front.call("GET", "/patients/p1", role)).json()["day_starts_at"] == "03:00"


@pytest.mark.parametrize(
    "change", [{"tz": "Mars/Olympus"}, {"tz": "../etc"}, {"day_starts_at": "25:00"}, {"locale": "English"}, {"x": 1}]
)
async def test_a_wrong_enrolment_is_refused_without_an_echo(front: Front, change: dict[str, Any]) -> None:
    answer = await front.call("POST", "/patients", body={"id": "p2", "tz": "UTC", "adult": True, **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Olympus" not in answer.text


@pytest.mark.parametrize("role", ["patient", "caregiver", "moderator", "device"])
async def test_only_staff_enrols_and_only_a_clinician_plans(front: Front, role: str) -> None:
    assert (await front.call("POST", "/patients", role, {"id": "p2", "tz": "UTC", "adult": True})).status_code == 403
    assert (await front.call("POST", "/patients/p1/plans", role, PLAN)).status_code == 403


async def test_a_plan_is_activated_read_changed_and_ended(front: Front) -> None:
    made = await front.call("POST", "/patients/p1/plans", body=PLAN)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["tracks"] == [{"track_id": "walk", "locks": [], "clinician_approves": []}]
    read = await front.call("GET", "/patients/p1/plan", "patient")
    assert (read.headers["etag"], read.json()["tracks"][0]["goal_dose"]) == ('"1"', 1800)

    path, body = "/patients/p1/plans/plan-1", {**PLAN, "id": "change-1", "usual_pain": 4, "usual_pain_declined": False}
    assert (await front.call("PUT", path, body=body)).status_code == 428
    assert (await front.call("PUT", path, body=body, etag='"2"')).status_code == 412
    assert (await front.call("PUT", path, body=body, etag="W/1")).status_code == 412
    changed = await front.call("PUT", path, body=body, etag='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    again = await front.call("PUT", path, body=body, etag='"1"')
    assert (again.status_code, again.json()) == (200, changed.json())

    ended = await front.call("POST", f"{path}/end", body={"id": "end-1", "reason": "completed"})
    assert ended.json() == {"plan_id": "plan-1", "plan_version": 2, "ended": "completed"}
    assert (await front.call("GET", "/patients/p1/plan")).json()["ended"] == "completed"


@pytest.mark.parametrize(
    "track",
    [
        {**TRACK, "marker": ["duration_s", "reps"]},
        {**TRACK, "marker": None},
        {name: value for name, value in TRACK.items() if name != "marker"},
        {**TRACK, "unit": "km"},
        {**TRACK, "unit": "stone"},
        {**TRACK, "freq": 8},
        {**TRACK, "freq": "3"},
        {**TRACK, "parameters": {"advance_days": 1}},
        {**TRACK, "parameters": {"anna": 1}},
        {**TRACK, "goal_dose": 10**9},
        {**TRACK, "goal_dose": -1},
    ],
)
async def test_a_track_that_breaks_a_rule_is_refused_and_nothing_is_stored(front: Front, track: Any) -> None:
    answer = await front.call(
        "POST", "/patients/p1/plans", body={**PLAN, "tracks": [TRACK, {**track, "track_id": "b"}]}
    )
    assert answer.status_code == 422
    assert "anna" not in answer.text
    assert (await front.call("GET", "/patients/p1/plan")).status_code == 404


@pytest.mark.article("D")
@pytest.mark.parametrize("field", ["usual_pain", "flare_plan", "pem", "review_on", "tracks"])
async def test_what_must_be_asked_cannot_be_left_out(front: Front, field: str) -> None:
    body = {name: value for name, value in PLAN.items() if name != field}
    answer = await front.call("POST", "/patients/p1/plans", body=body)
    assert (answer.status_code, answer.json()["field"]) == (422, f"/{field}")


@pytest.mark.article("P1.3")
async def test_an_offer_is_read_and_answered_by_the_person(front: Front) -> None:
    await front.call("POST", "/patients/p1/plans", body=PLAN)
    await front.propose()
    (offer,) = (await front.call("GET", "/patients/p1/proposals", "patient")).json()["open"]
    assert [(option["answer"], option["dose"]) for option in offer["options"]] == [("accept", 660), ("stay", 600)]

    path, body = "/patients/p1/proposals/o-1/answer", {"id": "a-1", "answer": "accept"}
    assert (await front.call("POST", path, "caregiver", body)).status_code == 403
    assert (await front.call("POST", path, "clinician", body)).status_code == 403
    yes = await front.call("POST", path, "patient", body)
    assert (yes.status_code, yes.json()["dose"]) == (200, 660)
    assert (await front.call("POST", path, "patient", body)).json() == yes.json()
    other = await front.call("POST", path, "patient", {"id": "a-2", "answer": "stay"})
    assert (other.status_code, other.json()["code"]) == (409, "proposal_answered")
    unknown = await front.call("POST", "/patients/p1/proposals/o-2/answer", "patient", {"id": "a-3", "answer": "stay"})
    assert unknown.status_code == 404
    listed = (await front.call("GET", "/patients/p1/proposals", "patient")).json()
    assert (listed["open"], [one["status"] for one in listed["closed"]]) == ([], ["answered"])

    await front.rig.rest()
    sent = [orjson.loads(raw.value or b"") for raw in front.rig.broker.topic("plans-events")]
    mine = [event for event in sent if event["patient_id"] == front.named("p1")]
    (answered,) = [event for event in mine if event["type"] == "proposal.answered"]
    assert answered["actor"]["kind"] == "patient"


async def test_staff_notes_the_persons_words_by_phone(front: Front) -> None:
    await front.call("POST", "/patients/p1/plans", body=PLAN)
    await front.propose()
    body = {"id": "a-1", "answer": "stay", "source": "phone"}
    assert (await front.call("POST", "/patients/p1/proposals/o-1/answer", "clinician", body)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/patients/p1", None),
        ("GET", "/patients/p1/plan", None),
        ("GET", "/patients/p1/proposals", None),
        ("POST", "/patients/p1/plans", PLAN),
        ("POST", "/patients/p1/plans/plan-1/end", {"id": "e", "reason": "moved"}),
    ],
)
async def test_another_tenants_person_is_not_found(front: Front, method: str, path: str, body: Any) -> None:
    assert (await front.call(method, path, body=body, tenant="other")).status_code == 404
    assert (await front.call(method, path.replace("p1", "p9"), body=body)).status_code == 404


async def test_a_person_sees_only_themselves(front: Front) -> None:
    for path in ("/patients/p1", "/patients/p1/plan", "/patients/p1/proposals"):
        assert (await front.call("GET", path, "patient", patient="p2")).status_code == 403
        assert (await front.call("GET", path, "caregiver")).status_code == 403
