"""The routes about the people around a person, and what the person lets them see and do."""

from fastapi import APIRouter

from services.plans.api.caregivers import caregiver_router
from services.plans.api.consents import consent_router
from services.plans.api.desk import Desk
from services.plans.api.features import feature_router
from services.plans.api.team import team_router


def circle_router(desk: Desk) -> APIRouter:
    """The routes of consents, caregivers, the care team and features, under `/v1`."""
    whole = APIRouter()
    for routes in (consent_router, caregiver_router, team_router, feature_router):
        whole.include_router(routes(desk))
    return whole
