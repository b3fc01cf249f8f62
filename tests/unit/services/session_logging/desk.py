"""The HTTP side of the diary in one process: requests in, events out, two instances over one store."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer
from services.session_logging.http import router
from services.session_logging.transitions import SERVICE
from shared.clinics import read_clinics
from shared.clock import ManualClock
from shared.contracts.plans import PlanActivatedV1
from shared.ids import event_id, named_id
from shared.observability.metrics import Metrics
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.rig import Rig, lay
from tests.unit.services.session_logging.person import HOBBY, NOW, ROUTE, STAIRS, WALK, Person, plan

CLINICS = read_clinics(Path(__file__).parents[4] / "deploy" / "local" / "clinics.json")
SESSIONS = "/v1/patients/p1/sessions"


def uid(name: str) -> str:
    """A UUID for a name."""
    return named_id("test", name)


def walk(name: str, **fields: Any) -> dict[str, Any]:
    """The body of a walk."""
    return {"id": uid(name), "track_id": "t-walk", "amount": 10, "unit": "min", "started_at": NOW.isoformat(), **fields}


@dataclass
class Desk:
    """Two instances of the service over one store; `clients` answer for one each."""

    rigs: list[Rig]
    clients: list[httpx.AsyncClient]
    issuer: LocalIssuer
    heard: int = 0

    @property
    def client(self) -> httpx.AsyncClient:
        return self.clients[0]

    def token(self, *roles: str, tenant: str = "clinic", patient_id: str | None = "p1") -> dict[str, str]:
        """The header of a caller."""
        minted = self.issuer.mint(roles, tenant, patient_id=patient_id, valid_for=timedelta(hours=1))
        return {"Authorization": f"Bearer {minted}"}

    @property
    def patient(self) -> dict[str, str]:
        return self.token("patient")

    @property
    def clinician(self) -> dict[str, str]:
        return self.token("clinician", patient_id=None)

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None, at: int = 0) -> httpx.Response:
        return await self.clients[at].post(path, json=body, headers=headers or self.patient)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.client.get(path, headers=headers or self.patient)

    async def hear(self, patient: str, tenant: str, kind: str, event: BaseModel) -> None:
        """An event of plans reaches the service."""
        self.heard += 1
        body = {
            "event_id": event_id("plans", patient, self.heard),
            "type": kind,
            "version": 1,
            "service": "plans",
            "seq": self.heard,
            "occurred_at": NOW.isoformat(),
            "recorded_at": NOW.isoformat(),
            "tenant_id": tenant,
            "patient_id": patient,
            "actor": {"kind": "clinician", "id": "c1"},
            "source": "clinician",
            "data": orjson.loads(event.model_dump_json()),
        }
        await self.rigs[0].consume([lay(self.rigs[0].broker, body)])

    async def published(self) -> list[dict[str, Any]]:
        """Every event that left, oldest first; one that was sent again is the same event."""
        for rig in self.rigs:
            await rig.rest()
        sent = [orjson.loads(raw.value or b"") for raw in self.rigs[0].broker.topic("session-logging-events")]
        return sorted({event["event_id"]: event for event in sent}.values(), key=lambda event: int(event["seq"]))

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()


async def make_desk(issuer: LocalIssuer) -> Desk:
    """A desk with one person of one clinic, and one of another."""
    clock = ManualClock(NOW)
    first = Rig(SERVICE, clock=clock)
    second = Rig(SERVICE, store=first.store, broker=first.broker, keys=first.keys, clock=clock, instance="2")
    desk = Desk([first, second], [], issuer)
    for rig in desk.rigs:
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        metrics = Metrics(CollectorRegistry(), "session_logging")
        app = create_app("session_logging", [router(rig.runtime, CLINICS)], verifier, clock, metrics)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        desk.clients.append(httpx.AsyncClient(transport=transport, base_url="http://diary"))
    tracks: PlanActivatedV1 = plan(WALK, STAIRS, HOBBY, ROUTE)
    await desk.hear("p1", "clinic", "patient.enrolled", Person.enrolment("Europe/Berlin"))
    await desk.hear("p1", "clinic", "plan.activated", tracks)
    await desk.hear("p2", "other", "patient.enrolled", Person.enrolment("Europe/Berlin"))
    for client in desk.clients:  # the issuer's keys are read
        await client.get(SESSIONS, headers=desk.patient)
    return desk
