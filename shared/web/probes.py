"""The routes that machines ask: alive, ready, metrics."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from shared.observability.metrics import CONTENT_TYPE, Metrics

PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether HTTP can be served. `degraded` still can: Kafka is down, and logs are accepted all the same.

    `checks` names each dependency and its condition, in words of our own.
    """

    status: Literal["ok", "degraded", "unavailable"] = "ok"
    checks: Mapping[str, str] = field(default_factory=dict)


async def always_ready() -> Readiness:
    """For an app without dependencies."""
    return Readiness()


def probes(
    metrics: Metrics,
    ready: Callable[[], Awaitable[Readiness]] = always_ready,
    live: Callable[[], bool] = lambda: True,
) -> APIRouter:
    """`/livez` and `/readyz` answer 200 or 503, `/metrics` in Prometheus' text format; none of them needs a token."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        return _status(200, "ok") if live() else _status(503, "stalled")

    @router.get("/readyz")
    async def readyz() -> Response:
        found = await ready()
        return _status(503 if found.status == "unavailable" else 200, found.status, found.checks)

    @router.get("/metrics")
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    return router


def _status(status: int, word: str, checks: Mapping[str, str] | None = None) -> Response:
    body = {"status": word} if checks is None else {"status": word, "checks": dict(checks)}
    return Response(orjson.dumps(body), status, media_type="application/json")
