"""A small app behind the real gate, with a local issuer's tokens, for tests of the HTTP side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Query
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict, Field, field_validator

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer
from shared.clock import ManualClock
from shared.observability.metrics import Metrics
from shared.runtime.messages import Refused
from shared.web.app import create_app
from shared.web.audit import AuditRecord
from shared.web.keys import keys_from_file
from shared.web.principal import Caller, PersonId, allow, found
from shared.web.tokens import Verifier

PEOPLE = {("clinic", "p1"), ("clinic", "p2"), ("other", "p9")}
THINGS = "/v1/patients/p1/things"


class Thing(BaseModel):
    """A body with a field of every kind."""

    model_config = ConfigDict(extra="forbid")

    amount: int = Field(ge=0, le=100)
    unit: Literal["s", "min"] = "s"
    note: str | None = Field(None, max_length=20)
    tags: list[str] = Field(default_factory=list, max_length=3)
    more: dict[str, int] = Field(default_factory=dict)

    @field_validator("note")
    @classmethod
    def _no_shouting(cls, note: str | None) -> str | None:
        if note == "LOUD":
            raise ValueError("a note is not shouted")
        if note == "echo":
            raise ValueError(f"{note} is not allowed")
        return note


def _router() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/patients/{patient_id}/things", status_code=201)
    async def add(patient_id: PersonId, thing: Thing, caller: Caller) -> dict[str, Any]:
        role = allow(caller, patient_id, "patient", "clinician")
        found((caller.tenant, patient_id) if (caller.tenant, patient_id) in PEOPLE else None)
        return {"role": role, "amount": thing.amount}

    @router.get("/patients/{patient_id}/things")
    async def read(
        patient_id: PersonId, caller: Caller, limit: Annotated[int, Query(ge=1, le=5)] = 1
    ) -> dict[str, int]:
        allow(caller, patient_id, "patient")
        return {"limit": limit}

    @router.get("/fails")
    async def fails() -> None:
        raise RuntimeError("Anna, 0171 2345678")

    @router.get("/fails-later")
    async def fails_later() -> int:
        return "Anna"  # type: ignore[return-value]

    @router.get("/says-too-much")
    async def says_too_much() -> None:
        raise HTTPException(409, "Anna")

    @router.get("/overloaded")
    async def overloaded() -> None:
        raise Refused(503, "outbox_full", "Too much is waiting.", headers={"Retry-After": "7"})

    return router


@dataclass
class World:
    """The app, its issuer and what it left behind."""

    app: FastAPI
    issuer: LocalIssuer
    client: httpx.AsyncClient
    metrics: Metrics
    audited: list[AuditRecord] = field(default_factory=list)

    def token(self, *roles: str, tenant: str = "clinic", patient_id: str | None = None) -> dict[str, str]:
        """The header of a caller."""
        return {"Authorization": f"Bearer {self.issuer.mint(roles, tenant, patient_id=patient_id)}"}

    @property
    def patient(self) -> dict[str, str]:
        """The header of the person p1."""
        return self.token("patient", patient_id="p1")


def make_world(issuer: LocalIssuer, *, routers: Sequence[APIRouter] = (), **settings: Any) -> World:
    """The app behind its gate, with more routes where wanted; settings go to `create_app`."""
    audited: list[AuditRecord] = []
    metrics = Metrics(CollectorRegistry(), "things")
    verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
    settings = {"audit": audited.append, **settings}
    app = create_app("things", [_router(), *routers], verifier, ManualClock(), metrics, **settings)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things")
    return World(app, issuer, client, metrics, audited)
