"""The routes of safety."""

from fastapi import APIRouter

from shared.runtime.runtime import Runtime


def router(_: Runtime) -> APIRouter:
    """All routes, under `/v1`."""
    return APIRouter(prefix="/v1", tags=["safety"])
