"""One way to make a service's HTTP app, so that no route can forget the token, the limits, the audit, the problems."""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from shared.clock import Clock
from shared.observability.metrics import Metrics
from shared.web import problems
from shared.web.audit import Audit, AuditTrail
from shared.web.gate import Gate
from shared.web.limits import Limiter, Limits
from shared.web.observe import Observe
from shared.web.often import Often
from shared.web.probes import PATHS, Readiness, always_ready, probes
from shared.web.routes import Templates
from shared.web.tokens import Verifier

OPENAPI: Final = "/openapi.json"
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

# FastAPI's own telemetry would send the texts of exceptions to whatever exporter it finds.
_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_MEANINGS: Final = {
    400: "The request cannot be read.",
    401: "No token, or one that is not valid here.",
    403: "Not allowed for the caller's role.",
    404: "Nobody of that id in the caller's tenant, or no such thing.",
    408: "The request took too long to arrive.",
    409: "Does not fit what is stored.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is not JSON.",
    422: "A field breaks a rule.",
    429: "Too many requests; Retry-After says when to come again.",
    431: "The request's head is too large.",
    503: "Cannot be served now; may be sent again with the same id.",
}

_IF_MATCH_MEANINGS: Final = {
    412: "The thing was changed since it was read.",
    428: "The If-Match header is missing.",
}


def create_app(
    title: str,
    routers: Iterable[APIRouter],
    verifier: Verifier,
    clock: Clock,
    metrics: Metrics,
    *,
    ready: Callable[[], Awaitable[Readiness]] = always_ready,
    live: Callable[[], bool] = lambda: True,
    audit: Audit | None = None,
    lifespan: Lifespan | None = None,
    body_bytes: int = 1_000_000,
    limits: Limits | None = None,
    open_paths: Iterable[str] = (),
    version: str = "1",
) -> FastAPI:
    """The app of one service: its routers behind the gate, beside the probes and `/openapi.json`.

    Every route needs a token but those of `open_paths`. Without an `audit`, records are logged under a key
    that lasts as long as the process; without `limits`, none of them holds. No page loads anything from elsewhere.
    """
    app = FastAPI(
        title=title,
        version=version,
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    app.include_router(probes(metrics, ready, live))
    routers = list(routers)
    for router in routers:
        app.include_router(router, responses=_responses(_MEANINGS))
    problems.install(app)
    _describe_problems(app)

    known: list[frozenset[str]] = []

    def names() -> frozenset[str]:
        if not known:
            known.append(problems.declared_names(app.openapi()))
        return known[0]

    unguarded = PATHS | {OPENAPI} | frozenset(open_paths)
    limiter = Limiter(limits or Limits(), app.openapi)
    app.add_middleware(Often, routers=routers)
    app.add_middleware(
        Gate, verifier=verifier, open_paths=unguarded, limiter=limiter, body_bytes=body_bytes, known=names
    )
    app.add_middleware(
        Observe,
        metrics=metrics,
        audit=audit or AuditTrail(secrets.token_bytes(32), title, "1"),
        clock=clock,
        templates=Templates(app.openapi),
        unaudited=unguarded,
    )
    return app


def _responses(meanings: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": meaning, "content": content} for status, meaning in meanings.items()}


def _describe_problems(app: FastAPI) -> None:
    """Adds the problem document, the bearer token and what If-Match may lead to, to the OpenAPI description."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            components = document.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem"] = schema
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            document["security"] = [{"bearer": []}]
            for operation in (operation for path in document["paths"].values() for operation in path.values()):
                if any(parameter["name"] == "if-match" for parameter in operation.get("parameters", ())):
                    told = _responses(_IF_MATCH_MEANINGS)
                    operation["responses"] |= {str(status): meaning for status, meaning in told.items()}
        return app.openapi_schema or plain()

    app.openapi = described  # type: ignore[method-assign]
