"""The routes that the running services themselves say they have, so that no table in a test can fall behind."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES

METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})


class Route(NamedTuple):
    """One operation; `path` without the leading `/v1`."""

    service: str
    method: str
    path: str


def openapi(running: Running, service: str) -> Mapping[str, Any]:
    """The OpenAPI document that a service serves."""
    document: Mapping[str, Any] = (
        httpx.get(f"{running.url(service)}/openapi.json", timeout=30.0).raise_for_status().json()
    )
    return document


def routes(running: Running) -> set[Route]:
    """Every operation of every service."""
    return {
        Route(service, method.upper(), path.removeprefix("/v1"))
        for service in SERVICES
        for path, operations in openapi(running, service)["paths"].items()
        for method in operations
        if method in METHODS
    }
