"""The routes of community: groups, who is in them, what may be celebrated, and the feed."""

from fastapi import APIRouter

from services.community.api.celebrations import add_celebrations
from services.community.api.feed import add_feed
from services.community.api.groups import add_groups
from shared.clinics import Clinics
from shared.runtime.runtime import Runtime


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    routes = APIRouter(prefix="/v1", tags=["community"])
    add_groups(routes, runtime)
    add_feed(routes, runtime, clinics)
    add_celebrations(routes, runtime)
    return routes
