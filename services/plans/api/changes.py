"""The routes of changes: what each version changed and why, and whether the person has seen it."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk, json
from services.plans.api.drafts import SOURCES
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.api.requests import BODY
from services.plans.domain.agreement import Heard, How, Reason, SeeChange, Side
from services.plans.store.agreement import CHANGES, PLANS
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, may


class SeenBody(BaseModel):
    """The person has seen a change; staff who told them say how."""

    model_config = BODY
    id: Id
    source: Heard = "app"


class ChangeView(BaseModel):
    """What a version changed (`what`, in codes), why, who made it, from when on, and when the next one is expected.

    `seen_at` is when the person saw it, null while it waits for them.
    """

    change_id: str
    plan_id: str
    plan_version: int
    what: list[str]
    reason: Reason
    words: str | None
    by: Side
    by_id: str | None = Field(description="Who made it; only for clinicians.")
    effective_at: datetime
    next_change_on: date | None
    seen_at: datetime | None
    seen_how: How | None


class ChangesView(BaseModel):
    """A page of changes, the latest first; `next_cursor` is null on the last."""

    changes: list[ChangeView]
    next_cursor: str | None


class ChangeSeenView(BaseModel):
    """A change that the person has seen."""

    change_id: str
    status: Literal["seen"]


def changes_router(desk: Desk) -> APIRouter:
    """The routes of changes, under `/v1`. Patient or clinician."""
    routes = APIRouter(prefix="/v1", tags=["agreement"])

    @routes.get("/patients/{patient_id}/changes")
    async def read_changes(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 20
    ) -> ChangesView:
        """What changed with each version, why, and whether the person has seen it. Patient or clinician."""
        role, position = allow(caller, patient_id, "patient", "clinician"), position_of(cursor)
        await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant}
        documents, following = await page(desk, CHANGES, where, position, limit)
        ids = [f"{patient_id}:{one['plan_id']}:{one['version']}" for one in documents]
        versions = await desk.runtime.find(PLANS, {"tenant": caller.tenant, "_id": {"$in": ids}}) if ids else []
        sealed_words = {one["_id"]: (one.get("why") or {}).get("words_sealed") for one in versions}
        views = []
        for id, one in zip(ids, documents, strict=True):
            names = ChangeView.model_fields.keys() & one.keys() - {"by_id"}
            view = ChangeView(
                **{name: one[name] for name in names},
                plan_version=one["version"],
                words=await desk.unseal(caller, patient_id, sealed_words.get(id)),
                by_id=one["by_id"] if role == "clinician" else None,
            )
            views.append(view)
        return ChangesView(changes=views, next_cursor=following)

    @routes.post("/patients/{patient_id}/changes/{change_id}/seen", response_model=ChangeSeenView)
    async def see_change(
        patient_id: PersonId,
        change_id: Id,
        body: SeenBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """The person has seen what changed and why: in the app, or told by staff (W3)."""
        await desk.known(caller, patient_id)
        command = SeeChange(change_id, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    return routes
