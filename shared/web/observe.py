"""Around every request: its metrics, its audit record, and a silent 500 for what nobody foresaw."""

import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import Clock
from shared.observability.logs import failure
from shared.observability.metrics import Metrics
from shared.web.audit import Audit, AuditRecord, outcome_of
from shared.web.principal import Principal
from shared.web.problems import plain
from shared.web.routes import Templates

_GONE: Final = 499
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""What every answer says of itself unless its route says otherwise."""

_log = structlog.get_logger(__name__)


class Observe:
    """ASGI middleware, the outermost: counts, times and audits, and answers 500 with nothing of the error in it.

    An error is logged as its class and the places in our own code, never with its text.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        audit: Audit,
        clock: Clock,
        templates: Templates,
        unaudited: frozenset[str],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._audit = audit
        self._clock = clock
        self._templates = templates
        self._unaudited = unaudited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and leave its traces."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _GONE
        started = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = list(message.get("headers", ()))
                named = {name.lower() for name, _ in said}
                message["headers"] = [*said, *(one for one in _HEADERS if one[0] not in named)]
            await send(message)

        in_flight = self._metrics.http_in_flight()
        in_flight.inc()
        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            _log.error("http.failed", route=self._templates.of(scope), method=_method(scope), **failure(error))
            if status != _GONE:  # the answer has begun: breaking it off is all that is left
                raise _Broken from None
            await plain(500)(scope, receive, noted)
        finally:
            in_flight.dec()
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, took_s: float) -> None:
        route, method = self._templates.of(scope), _method(scope)
        self._metrics.http_requests(route, method, str(status)).inc()
        self._metrics.http_duration(route, method).observe(took_s)
        if scope["path"] in self._unaudited:
            return
        caller = scope.get("state", {}).get("principal")
        known = isinstance(caller, Principal)
        self._audit(
            AuditRecord(
                at=self._clock.now(),
                tenant=caller.tenant if known else None,
                subject=caller.subject if known else None,
                roles=caller.roles if known else frozenset(),
                patient_id=self._templates.named(scope, "patient_id"),
                group_id=self._templates.named(scope, "group_id"),
                method=method,
                route=route,
                status=status,
                outcome=outcome_of(status),
            )
        )


class _Broken(Exception):
    """An answer that had begun could not be finished; says nothing, since the server logs it."""


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"
