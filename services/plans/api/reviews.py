"""The routes of reviews: whose task, when and about what; begun, closed with a summary, read by both (P11.1-P11.4)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk, json
from services.plans.api.latest import Cursor, Limit, latest
from services.plans.api.requests import BODY, Day, Note
from services.plans.domain import reviews
from services.plans.domain.model import PatientState
from services.plans.domain.reviews import CompleteReview, OpenReview, ScheduleReview
from services.plans.folding.reviews import in_force, known_reviews, review_day
from services.plans.store.reviews import REVIEWS, persons
from shared.clock import from_ms
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, Principal, allow, may


class ProtocolBody(BaseModel):
    """Whose task the reviews are, what the next is about, and its day, where another one is set."""

    model_config = BODY
    id: Id
    owner: Id | None = Field(None, description="The account whose task it is.")
    agenda: Note | None = None
    next_on: Day | None = Field(None, description="The person's own day of the next review, within a year.")


class OpenReviewBody(BaseModel):
    """The beginning of a review before its day; `id` is made by the client."""

    model_config = BODY
    id: Id


class CompleteBody(BaseModel):
    """The end of a review: what got better, what is still hard, what we aim for or change; all three are needed.

    Without `next_on` the next is in week 6 or 12 of the plan, then every 12 weeks.
    """

    model_config = BODY | {"json_schema_extra": {"required": ["id", *reviews.SECTIONS]}}
    id: Id
    gains: Note | None = None
    still_hard: Note | None = None
    targets: Note | None = None
    next_on: Day | None = None


class ProtocolView(BaseModel):
    """Whose task the reviews are (clinicians), what the next one is about, and on which of the person's days."""

    owner: str | None
    agenda: str | None
    next_on: date | None


class ProtocolSetView(BaseModel):
    """The protocol as it was set."""

    owner: str | None
    next_on: date | None


class PartView(BaseModel):
    """A part of a review: a domain, the open question, satisfaction, whether the person felt heard."""

    part: str
    outcome: Literal["answered", "declined"]


class ReviewView(BaseModel):
    """One review; whose task it was and who closed it are for clinicians.

    `on_time` says whether the interval was kept, `plan_versions` how often the plan changed since the review before;
    both are null until it is done, as the summary is.
    """

    review_id: str
    plan_id: str
    status: Literal["open", "done", "not_done"]
    owner: str | None
    done_by: str | None
    due_on: date
    parts: list[PartView]
    missing: list[str]
    agenda: str | None
    gains: str | None
    still_hard: str | None
    targets: str | None
    done_at: datetime | None
    next_on: date | None
    on_time: bool | None
    plan_versions: int | None


class ReviewsView(BaseModel):
    """The protocol and a page of reviews, the latest first. `next_cursor` is null on the last."""

    protocol: ProtocolView
    reviews: list[ReviewView]
    next_cursor: str | None


class ReviewOpenedView(BaseModel):
    """A review that has begun."""

    review_id: str
    due_on: date


class ReviewCompletedView(BaseModel):
    """A review that is done, and the day of the next."""

    review_id: str
    completed_on: date
    next_on: date


def review_router(desk: Desk) -> APIRouter:
    """The routes of reviews, under `/v1`. Clinicians plan, begin and close, the person and clinicians read."""
    routes = APIRouter(prefix="/v1", tags=["reviews"])

    async def view(
        caller: Principal, patient_id: str, record: Mapping[str, Any], open_id: str | None, *, clinician: bool
    ) -> ReviewView:
        heard = {one["part"] for one in record["heard"]}
        done = bool(record["done_ms"])
        summary = {
            one["section"]: await desk.unseal(caller, patient_id, one["words_sealed"])
            for one in record["summary_sealed"]
        }
        return ReviewView(
            review_id=record["review_id"],
            plan_id=record["plan_id"],
            owner=record["owner"] if clinician else None,
            done_by=record["done_by"] if clinician else None,
            status="done" if done else "open" if record["review_id"] == open_id else "not_done",
            due_on=record["due_on"],
            parts=record["heard"],
            missing=[part for part in reviews.PARTS if part not in heard],
            agenda=await desk.unseal(caller, patient_id, record["agenda_sealed"]),
            gains=summary.get("gains"),
            still_hard=summary.get("still_hard"),
            targets=summary.get("targets"),
            done_at=from_ms(record["done_ms"]) if done else None,
            next_on=record["next_on"],
            on_time=bool(record["on_time"]) if done else None,
            plan_versions=record["plan_versions"] if done else None,
        )

    @routes.put("/patients/{patient_id}/review-protocol", response_model=ProtocolSetView)
    async def schedule_review(
        patient_id: PersonId, body: ProtocolBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Say whose task the reviews are, what the next is about, and on which day it is. Clinician."""
        await desk.known(caller, patient_id)
        command = ScheduleReview(body.owner, await desk.seal(caller, patient_id, body.agenda), body.next_on)
        return json(await desk.run(caller, role, patient_id, command, body.id))

    @routes.post("/patients/{patient_id}/reviews", status_code=201, response_model=ReviewOpenedView)
    async def open_review(
        patient_id: PersonId, body: OpenReviewBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Begin the next review before its day. Clinician."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, OpenReview(), body.id))

    @routes.post("/patients/{patient_id}/reviews/{review_id}/complete", response_model=ReviewCompletedView)
    async def complete_review(
        patient_id: PersonId,
        review_id: Id,
        body: CompleteBody,
        caller: Caller,
        role: Annotated[str, may("clinician")],
    ) -> Response:
        """Close a review once every part is answered or declined, with its summary. Clinician."""
        await desk.known(caller, patient_id)
        words = {"gains": body.gains, "still_hard": body.still_hard, "targets": body.targets}
        summary = tuple(
            [
                (section, await desk.runtime.sealer.seal(caller.tenant, patient_id, text))
                for section, text in words.items()
                if text is not None
            ]
        )
        command = CompleteReview(review_id, summary, body.next_on)
        return json(await desk.run(caller, role, patient_id, command, body.id))

    @routes.get("/patients/{patient_id}/reviews")
    async def read_reviews(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> ReviewsView:
        """The review protocol, and what came of each review. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        page, following = await latest(desk, REVIEWS, persons(caller.tenant, patient_id), cursor, limit)
        open_id = _open_id(state)
        plan = in_force(state)
        known = None if plan is None else known_reviews(state, plan)
        return ReviewsView(
            protocol=ProtocolView(
                owner=known.owner if known is not None and role == "clinician" else None,
                agenda=await desk.unseal(caller, patient_id, None if known is None else known.agenda_sealed),
                next_on=review_day(state),
            ),
            reviews=[await view(caller, patient_id, one, open_id, clinician=role == "clinician") for one in page],
            next_cursor=following,
        )

    return routes


def _open_id(state: PatientState) -> str | None:
    """The review that is going on in the plan in force."""
    plan = in_force(state)
    review = None if plan is None else known_reviews(state, plan).open
    return None if review is None else review.review_id
