"""The routes of plan versions: the one in force, any earlier one by number or by moment, and what differs."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.plans.api.caregiver_plan import CaregiverPlanView
from services.plans.api.desk import Desk
from services.plans.api.paging import LATEST_FIRST, Cursor, Limit, page, position_of
from services.plans.api.plan_views import PlanView
from services.plans.api.scopes import reader
from services.plans.domain import agreement
from services.plans.domain.model import PatientState, Plan
from services.plans.store.agreement import PLANS, in_force_at, plan_of
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, Principal, allow, found

Number = Annotated[int, Path(ge=1, le=1_000_000, description="The number of the version.")]
ONE_MOMENT = 16
"""So many versions of one person that came in the same millisecond are looked at."""


class VersionsView(BaseModel):
    """A page of a plan's versions, the latest first; `next_cursor` is null on the last."""

    versions: list[PlanView]
    next_cursor: str | None


class DifferenceView(BaseModel):
    """One place in which two versions differ; null where one of them has nothing there."""

    path: str = Field(description="A JSON pointer into the version; tracks are named by their id.")
    before: Any
    after: Any


class DifferencesView(BaseModel):
    """What differs between two versions of a plan, in the order of the names."""

    plan_id: str
    before: int
    after: int
    differences: list[DifferenceView]


def versions_router(desk: Desk) -> APIRouter:
    """The routes of versions, under `/v1`. Patient or clinician."""
    routes = APIRouter(prefix="/v1", tags=["plans"])

    async def view(caller: Principal, role: str, patient_id: str, state: PatientState, plan: Plan) -> PlanView:
        return PlanView.of(
            plan,
            await desk.unseal(caller, patient_id, plan.terms.flare_plan_sealed),
            desk.human(caller, state),
            role=role,
            why_words=await desk.unseal(caller, patient_id, None if plan.why is None else plan.why.words_sealed),
        )

    async def version(caller: Principal, patient_id: str, plan_id: str, number: int) -> Plan:
        where = {"key": patient_id, "tenant": caller.tenant, "_id": f"{patient_id}:{plan_id}:{number}"}
        documents = await desk.runtime.find(PLANS, where, limit=1)
        return plan_of(found(documents[0] if documents else None))

    @routes.get("/patients/{patient_id}/plan")
    async def read_plan(
        patient_id: PersonId,
        caller: Caller,
        response: Response,
        at: Annotated[AwareDatetime | None, Query(description="As it stood at this moment; now without it.")] = None,
    ) -> PlanView | CaregiverPlanView:
        """The plan in force, or the last one with how it ended; or the one that was, at a moment (article P11.5).

        A caregiver whom the person shows it reads what is done now, and nothing of how the person is (P6.3).
        """
        role, state = await reader(desk, caller, patient_id, "plan", "patient", "clinician")
        if role == "caregiver":
            return CaregiverPlanView.of(found(state.plan), desk.human(caller, state))
        if at is None:
            plan = found(state.plan)
            response.headers["ETag"] = f'"{plan.version}"'
            return await view(caller, role, patient_id, state, plan)
        await desk.runtime.settle(patient_id)
        where = in_force_at(caller.tenant, patient_id, at)
        documents = await desk.runtime.find(PLANS, where, sort=LATEST_FIRST, limit=ONE_MOMENT)
        found(documents or None)
        same = [plan_of(one, at) for one in documents if one["order"] == documents[0]["order"]]
        standing = max(same, key=lambda one: (one.ended is None, one.version))
        return await view(caller, role, patient_id, state, standing)

    @routes.get("/patients/{patient_id}/plans/{plan_id}/versions")
    async def read_versions(
        patient_id: PersonId, plan_id: Id, caller: Caller, cursor: Cursor = None, limit: Limit = 20
    ) -> VersionsView:
        """Every version of a plan as it came into force, the latest first."""
        role, position = allow(caller, patient_id, "patient", "clinician"), position_of(cursor)
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant, "plan_id": plan_id}
        documents, following = await page(desk, PLANS, where, position, limit)
        if position is None:
            found(documents or None)
        views = [await view(caller, role, patient_id, state, plan_of(one)) for one in documents]
        return VersionsView(versions=views, next_cursor=following)

    @routes.get("/patients/{patient_id}/plans/{plan_id}/versions/{number}")
    async def read_version(patient_id: PersonId, plan_id: Id, number: Number, caller: Caller) -> PlanView:
        """One version of a plan, with who accepted it and why it came."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        return await view(caller, role, patient_id, state, await version(caller, patient_id, plan_id, number))

    @routes.get("/patients/{patient_id}/plans/{plan_id}/versions/{number}/difference")
    async def read_difference(
        patient_id: PersonId,
        plan_id: Id,
        number: Number,
        caller: Caller,
        since: Annotated[
            int | None,
            Query(alias="from", ge=1, le=1_000_000, description="Compare with this one; else the one before."),
        ] = None,
    ) -> DifferencesView:
        """What differs between two versions of a plan, in the words that they were agreed on in (article P11.5)."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)

        async def readable(which: int) -> dict[str, Any]:
            plan = await version(caller, patient_id, plan_id, which)
            shown = (await view(caller, role, patient_id, state, plan)).model_dump(mode="json", include=_TERMS)
            tracks = {one["track_id"]: {n: v for n, v in one.items() if n != "shown"} for one in shown.pop("tracks")}
            return {**shown, "tracks": tracks}

        before = max(1, number - 1) if since is None else since
        differences = agreement.difference(await readable(before), await readable(number))
        views = [DifferenceView(path=one.path, before=one.before, after=one.after) for one in differences]
        return DifferencesView(plan_id=plan_id, before=before, after=number, differences=views)

    return routes


_TERMS = {
    "usual_pain", "usual_pain_declined", "usual_pain_override", "usual_fatigue", "flare_plan", "pem", "review_on",
    "feedback", "tracks",
}  # fmt: skip
