"""Every request leaves its metrics and its audit record, under its template and never its address."""

from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from shared.clock import ManualClock
from shared.web.observe import Observe
from shared.web.probes import Readiness
from shared.web.routes import Templates
from tests.support.web_world import THINGS, World, make_world

TEMPLATE = "/v1/patients/{patient_id}/things"


def requests(world: World, route: str, method: str, status: str) -> float | None:
    labels = {"service": "things", "route": route, "method": method, "status": status}
    return world.metrics.registry.get_sample_value("pacewell_http_requests_total", labels)


@pytest.mark.parametrize(
    ("method", "path", "sent", "route", "status", "outcome", "person"),
    [
        pytest.param("POST", THINGS, {"json": {"amount": 1}}, TEMPLATE, 201, "allowed", "p1", id="done"),
        pytest.param("GET", THINGS, {}, TEMPLATE, 200, "allowed", "p1", id="read"),
        pytest.param("GET", "/v1/patients/p2/things", {}, TEMPLATE, 403, "denied", "p2", id="forbidden"),
        pytest.param("POST", THINGS, {"json": {}}, TEMPLATE, 422, "rejected", "p1", id="invalid"),
        pytest.param("POST", THINGS, {"content": b"{"}, TEMPLATE, 415, "rejected", "p1", id="refused before routing"),
        pytest.param("GET", "/v1/Anna", {}, "unmatched", 404, "denied", None, id="no such address"),
        pytest.param("DELETE", THINGS, {}, TEMPLATE, 405, "rejected", "p1", id="no such method"),
        pytest.param("BREW", THINGS, {}, TEMPLATE, 405, "rejected", "p1", id="an invented method"),
        pytest.param("GET", "/v1/fails", {}, "/v1/fails", 500, "failed", None, id="failed"),
    ],
)
async def test_a_request_is_counted_and_audited(
    world: World,
    method: str,
    path: str,
    sent: dict[str, Any],
    route: str,
    status: int,
    outcome: str,
    person: str | None,
) -> None:
    with capture_logs():
        answer = await world.client.request(method, path, headers=world.patient, **sent)
    assert answer.status_code == status
    counted = "other" if method == "BREW" else method
    assert requests(world, route, counted, str(status)) == 1
    assert b"Anna" not in world.metrics.exposition()
    assert b"p1" not in world.metrics.exposition()
    (record,) = world.audited
    assert (record.route, record.method, record.status, record.outcome) == (route, counted, status, outcome)
    assert (record.tenant, record.roles, record.patient_id) == ("clinic", frozenset({"patient"}), person)


async def test_a_stranger_is_audited_as_nobody(world: World) -> None:
    await world.client.post(THINGS, json={"amount": 1})
    (record,) = world.audited
    assert (record.tenant, record.subject, record.roles) == (None, None, frozenset())
    assert (record.patient_id, record.status, record.outcome) == ("p1", 401, "denied")


async def test_probes_are_counted_and_not_audited(world: World) -> None:
    await world.client.get("/livez")
    assert requests(world, "/livez", "GET", "200") == 1
    assert world.audited == []


async def test_answers_are_kept_nowhere_and_not_sniffed(world: World) -> None:
    for path in (THINGS, "/v1/Anna", "/livez"):
        answer = await world.client.get(path, headers=world.patient)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_answer_that_breaks_off_is_ended_without_the_errors_text(world: World) -> None:
    async def breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("Anna")

    observed = Observe(
        breaks_off,
        metrics=world.metrics,
        audit=world.audited.append,
        clock=ManualClock(),
        templates=Templates(world.app.openapi),
        unaudited=frozenset(),
    )
    client = httpx.AsyncClient(transport=httpx.ASGITransport(observed), base_url="http://things")
    with capture_logs() as lines, pytest.raises(Exception) as broken:  # noqa: PT011 - its text is looked at below
        await client.get("/")
    assert str(broken.value) == ""
    assert broken.value.__suppress_context__
    assert [line["exc"] for line in lines] == ["RuntimeError"]


@pytest.mark.parametrize(("status", "expected"), [("ok", 200), ("degraded", 200), ("unavailable", 503)])
async def test_readiness_is_about_http_alone(issuer: Any, status: Any, expected: int) -> None:
    async def ready() -> Readiness:
        return Readiness(status, {"kafka": "down"})

    world = make_world(issuer, ready=ready)
    answer = await world.client.get("/readyz")
    assert answer.status_code == expected
    assert answer.json() == {"status": status, "checks": {"kafka": "down"}}


@pytest.mark.parametrize(("alive", "expected"), [(True, 200), (False, 503)])
async def test_liveness_is_what_the_service_says(issuer: Any, alive: bool, expected: int) -> None:
    world = make_world(issuer, live=lambda: alive)
    assert (await world.client.get("/livez")).status_code == expected
