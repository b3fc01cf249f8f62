"""A route that is asked all the time answers exactly as FastAPI would."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from deploy.local.issuer import LocalIssuer
from shared.runtime.messages import Refused
from shared.web.often import Often, often
from shared.web.principal import Caller, PersonId, may
from tests.support.web_world import World, make_world


class Step(BaseModel):
    """A body with a rule."""

    model_config = ConfigDict(extra="forbid")
    count: Annotated[int, Field(ge=0, le=9)] = 0


def steps(*, marked: bool) -> APIRouter:
    """The same route, marked or not."""
    router = APIRouter(prefix="/v1/patients/{patient_id}")

    async def step(
        patient_id: PersonId, body: Step, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        if body.count == 9:
            raise Refused(503, "full", "Too much is waiting.", headers={"Retry-After": "7"})
        if body.count == 8:
            raise RuntimeError("Anna")
        told = {"person": patient_id, "role": role, "caller": caller.subject, "count": body.count}
        return JSONResponse(told, 201, {"ETag": '"1"'})

    router.post("/steps", status_code=201)(often(step) if marked else step)
    return router


CASES: dict[str, dict[str, Any]] = {
    "in order": {"json": {"count": 3}},
    "a rule of the body": {"json": {"count": 10}},
    "an unknown field": {"json": {"count": 1, "name": "Anna"}},
    "a list": {"json": [1]},
    "no body": {},
    "no JSON": {"content": b"{"},
    "no media type": {"content": b'{"count": 1}'},
    "refused by the route": {"json": {"count": 9}},
    "an error of the route": {"json": {"count": 8}},
    "somebody else": {"json": {"count": 1}, "path": "/v1/patients/p2/steps"},
    "somebody else and a rule": {"json": {"count": 10}, "path": "/v1/patients/p2/steps"},
    "no person": {"json": {"count": 1}, "path": "/v1/patients/a%20b/steps"},
    "a longer address": {"json": {"count": 1}, "path": "/v1/patients/p1/steps/more"},
    "with a query": {"json": {"count": 1}, "path": "/v1/patients/p1/steps?count=4"},
    "another method": {"json": {"count": 1}, "method": "PUT"},
}


@pytest.fixture
def both(issuer: LocalIssuer) -> tuple[World, World]:
    """The app with the route marked, and with the route as FastAPI serves it."""
    marked, plain = (make_world(issuer, routers=[steps(marked=marked)]) for marked in (True, False))
    return marked, plain


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("role", ["patient", "caregiver"])
async def test_answer_metrics_and_audit_are_those_of_fastapi(both: tuple[World, World], case: str, role: str) -> None:
    request = {"method": "POST", "path": "/v1/patients/p1/steps", **CASES[case]}
    told = []
    for world in both:
        asked = {name: value for name, value in request.items() if name not in ("method", "path")}
        headers = both[0].token(role, patient_id="p1")
        answer = await world.client.request(request["method"], request["path"], headers=headers, **asked)
        record = world.audited[0]
        seen = {line for line in world.metrics.exposition().decode().splitlines() if "http_requests_total{" in line}
        audited = (record.route, record.patient_id, record.status, record.outcome, record.roles)
        told.append((answer.status_code, answer.content, dict(answer.headers), audited, seen))
    assert told[0][0] == told[1][0]
    assert told[0] == told[1]


async def test_a_request_in_order_never_reaches_fastapi(issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = []
    call = Often.__call__

    async def noted(self: Often, scope: Any, receive: Any, send: Any) -> None:
        inner = self._app

        async def passed(*what: Any) -> None:
            reached.append(what[0]["path"])
            await inner(*what)

        self._app = passed
        try:
            await call(self, scope, receive, send)
        finally:
            self._app = inner

    monkeypatch.setattr(Often, "__call__", noted)
    world = make_world(issuer, routers=[steps(marked=True)])
    for count in (3, 10):
        await world.client.post("/v1/patients/p1/steps", json={"count": count}, headers=world.patient)
    assert len(reached) == 1  # the one that broke a rule


def test_a_signature_that_does_not_fit_is_told_when_the_app_is_made(issuer: LocalIssuer) -> None:
    router = APIRouter()

    @router.get("/v1/fine")
    @often
    async def fine(limit: int = 1) -> Response:
        return JSONResponse(limit)

    with pytest.raises(TypeError, match="often"):
        make_world(issuer, routers=[router]).app.build_middleware_stack()
