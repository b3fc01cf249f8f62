"""The route of the visit summary: what there is to talk about, on one page, and of the journal only what is brought."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel

from services.plans.api.aims_shapes import GoalView
from services.plans.api.desk import Desk
from services.plans.api.goal_words import standing_goals
from services.plans.api.measures_shapes import ChangeView, ScoreView
from services.plans.domain.measures_scored import band
from services.plans.domain.model import PatientState
from services.plans.folding.reviews import in_force, known_reviews, review_day
from services.plans.store.reviews import BROUGHT, MEASURES, order_of, persons
from shared.clinics import Human
from shared.web.principal import Caller, PersonId, allow

MOST: Final = 100
"""So many answers and entries since the last review are on the page, the latest."""


class BroughtView(BaseModel):
    """A journal entry that the person brings: its words are read in `session_logging`."""

    entry_id: str
    tags: list[str]
    on: date


class ScoredView(BaseModel):
    """What was answered since the last review; `band` is for clinicians."""

    instrument: str
    answered_on: date
    outcome: str
    scores: list[ScoreView]
    changes: list[ChangeView]
    band: str | None


class OfferView(BaseModel):
    """An offered step and what the person said to it."""

    proposal_id: str
    track_id: str
    status: str
    answer: str | None
    answered_at: datetime | None


class BarrierView(BaseModel):
    """Something that gets in the way."""

    barrier_id: str
    code: str
    added_at: datetime


class VisitView(BaseModel):
    """What there is to talk about, since the last review where there was one (`since`).

    The goals are those that stand, each with why it matters (P3.2).
    """

    since: datetime | None
    brought: list[BroughtView]
    scores: list[ScoredView]
    offers: list[OfferView]
    barriers: list[BarrierView]
    goals: list[GoalView]
    next_review_on: date | None
    human: Human | None


def visit_router(desk: Desk) -> APIRouter:
    """The route of the visit summary, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["reviews"])

    @routes.get("/patients/{patient_id}/visit-summary")
    async def read_visit(patient_id: PersonId, caller: Caller) -> VisitView:
        """What there is to talk about at the visit. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        since = _since(state)
        where: dict[str, Any] = persons(caller.tenant, patient_id)
        if since is not None:
            where["order"] = {"$gt": order_of(since)}
        found = await desk.runtime.find(MEASURES, where, sort=[("order", -1)], limit=MOST)
        brought = await desk.runtime.find(BROUGHT, where, sort=[("order", -1)], limit=MOST)
        return VisitView(
            since=since,
            brought=[
                BroughtView.model_validate({name: one[name] for name in ("entry_id", "tags", "on")}) for one in brought
            ],
            scores=[_scored(one, clinician=role == "clinician") for one in found if one["items"]],
            offers=[
                OfferView.model_validate(one, from_attributes=True)
                for one in reversed(state.proposals)
                if one.status != "open" and (since is None or one.answered_at is None or one.answered_at > since)
            ],
            barriers=[BarrierView.model_validate(one, from_attributes=True) for one in state.doing.barriers],
            goals=await standing_goals(desk, caller, patient_id, state),
            next_review_on=review_day(state),
            human=desk.human(caller, state),
        )

    return routes


def _since(state: PatientState) -> datetime | None:
    plan = in_force(state)
    return None if plan is None else known_reviews(state, plan).done_at


def _scored(record: Mapping[str, Any], *, clinician: bool) -> ScoredView:
    scored = {one["score"]: one["value"] for one in record["scores"]}
    return ScoredView(
        instrument=record["instrument"],
        answered_on=record["answered_on"],
        outcome=record["outcome"],
        scores=record["scores"],
        changes=record["changes"],
        band=band(record["instrument"], scored) if clinician else None,
    )
