"""The routes of plans behind the real gate, on the real runtime over memory, and who calls them."""

import re
from typing import Any

import httpx
import orjson
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer
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
    "review_on": "2026-06-01", "feedback": "app", "tracks": [TRACK], "accepted": {"source": "in_person"},
}  # fmt: skip
WHY = {"reason": "review", "words": "It went well, and we go on."}
GOAL = {
    "id": "goal-1", "author": "patient", "words": "Play with the children.", "why": "They ask me to.",
    "life_area": "family", "source": "in_person",
}  # fmt: skip
CLINICS = {
    "name": "Harbour", "country": "US", "emergency_number": "911", "crisis_line": "988", "phone": "+1 555 0100",
    "hours": {"en": "Mon-Fri", "es": "lun-vie"}, "messages_read": True,
}  # fmt: skip

INSTRUMENTS = {"phq4": {"role": "psychologist", "within_hours": 24}, "pseq2": {"licensed": True}}


class Front:
    """The service's routes and who calls them. Every test has a person of its own, called p1 in its paths."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.rig = Rig(SERVICE)
        self.tests = 0
        self.issuer = issuer
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        metrics = Metrics(CollectorRegistry(), "plans")
        clinic = Clinic.model_validate(CLINICS)
        equipped = Clinic.model_validate({**CLINICS, "instruments": INSTRUMENTS})
        clinics = Clinics({"*": clinic, "young": clinic.model_copy(update={"minors": True}), "equipped": equipped})
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

    async def goal(self, patient: str = "p1", tenant: str = "clinic") -> None:
        """The person says what they live towards."""
        answer = await self.call("POST", f"/patients/{patient}/goals", body=GOAL, tenant=tenant)
        assert answer.status_code == 201

    async def plan(self, patient: str = "p1", **changes: Any) -> httpx.Response:
        """A plan comes into force that serves a goal of theirs."""
        await self.goal(patient)
        answer = await self.call("POST", f"/patients/{patient}/plans", body={**PLAN, **changes})
        assert answer.status_code == 201
        return answer

    def named(self, text: str) -> str:
        """The same with the ids of this test's people."""
        return re.sub(r"\bp(\d)", rf"p{self.tests}-\1", text)

    async def hear(
        self, type: str, service: str, seq: int, data: dict[str, Any], by: str = "system", patient: str = "p1",
        tenant: str = "clinic",
    ) -> None:  # fmt: skip
        """An event of another service about a person of this test."""
        now, key = self.rig.clock.now().isoformat(), self.named(patient)
        body = {
            "event_id": event_id(service, key, seq), "type": type, "version": 1, "service": service, "seq": seq,
            "occurred_at": now, "recorded_at": now, "tenant_id": tenant, "patient_id": key,
            "actor": {"kind": by, "id": by if by == "system" else "u-7"}, "source": "system", "data": data,
        }  # fmt: skip
        await self.rig.consume([lay(self.rig.broker, body)])

    async def propose(self, patient: str = "p1") -> None:
        """A step is offered."""
        offer = {
            "proposal_id": "o-1", "decision_id": "d-1", "track_id": "walk", "dose_now": 600,
            "options": [{"kind": "step", "dose": 660}, {"kind": "stay", "dose": 600}],
            "marker": "duration_s", "unit": "min", "expires_at": "2099-01-01T00:00:00Z",
        }  # fmt: skip
        await self.hear("progression.proposed", "progression", 1, offer, patient=patient)

    async def sent(self, type: str) -> list[dict[str, Any]]:
        """What was published of this type about this test's people."""
        await self.rig.rest()
        events = [orjson.loads(raw.value or b"") for raw in self.rig.broker.topic("plans-events")]
        return [one for one in events if one["type"] == type and one["patient_id"].startswith(f"p{self.tests}-")]
