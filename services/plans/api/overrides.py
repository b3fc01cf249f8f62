"""The routes of overrides: what a clinician set aside for a person, for how long and why, open to the person."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api import requests as r
from services.plans.api.desk import Desk, json
from services.plans.domain.commands import EndOverride, SetOverride
from services.plans.domain.model import Person
from services.plans.domain.overrides import stands
from services.plans.store import OVERRIDES
from services.plans.texts import told
from shared.contracts.fields import Id
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, allow, found, may

LATEST_FIRST: Final = [("order", -1), ("_id", -1)]


class OverrideView(BaseModel):
    """A parameter that a clinician set: what, how far, by which role, why and until when; `text` says it in words.

    `words` is what the clinician wrote to it. Without `track_id` it is of all tracks, or of the person.
    """

    override_id: str
    track_id: str | None
    name: str
    value: bool | int | str
    status: Literal["standing", "expired", "ended", "replaced", "plan_changed", "plan_ended"]
    text: str
    reason: str
    words: str | None
    role: Literal["clinician"] = "clinician"
    set_by: str | None = Field(description="Who set it; only for clinicians.")
    set_at: datetime
    until: datetime
    ended_at: datetime | None


class OverridesView(BaseModel):
    """All that stands now, and a page of what no longer does; the latest first. `next_cursor` is null on the last."""

    standing: list[OverrideView]
    over: list[OverrideView]
    next_cursor: str | None


class OverrideSetView(BaseModel):
    """An override as it was set or ended; `until` is when it is over."""

    override_id: str
    track_id: str | None
    name: str
    value: bool | int | str
    reason: str
    set_at: datetime
    until: datetime


def override_router(desk: Desk) -> APIRouter:
    """The routes of overrides, under `/v1`. Clinicians set and end, the person and clinicians read (2.8)."""
    routes, runtime = APIRouter(prefix="/v1", tags=["overrides"]), desk.runtime

    @routes.post("/patients/{patient_id}/overrides", status_code=201, response_model=OverrideSetView)
    async def set_override(
        patient_id: PersonId, body: r.OverrideBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Set a parameter for 1 to 90 days, in place of what was set for the same before. Clinician."""
        await desk.known(caller, patient_id)
        sealed = await desk.seal(caller, patient_id, body.words)
        command = SetOverride(
            override_id=body.id,
            name=body.name,
            value=body.value,
            reason=body.reason,
            track_id=body.track_id,
            words_sealed=sealed,
            days=body.days,
        )
        return json(await desk.run(caller, role, patient_id, command, body.id))

    @routes.post("/patients/{patient_id}/overrides/{override_id}/end", response_model=OverrideSetView)
    async def end_override(
        patient_id: PersonId,
        override_id: Id,
        body: r.OverrideEndBody,
        caller: Caller,
        role: Annotated[str, may("clinician")],
    ) -> Response:
        """End an override before it runs out; the rule is back at once. Clinician."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, EndOverride(override_id), body.id))

    @routes.get("/patients/{patient_id}/overrides")
    async def read_overrides(
        patient_id: PersonId,
        caller: Caller,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=100, description="At most so many that are over.")] = 50,
    ) -> OverridesView:
        """What was set aside for this person, and why. Patient or clinician."""
        position = read_cursor(cursor, at=int, id=str)
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        person: Person = found(state.person)
        await runtime.settle(patient_id)
        now, where = runtime.clock.now(), {"key": patient_id, "tenant": caller.tenant}
        standing = [one for one in state.overrides if stands(one, now)]
        ids = sorted(f"{patient_id}:{one.override_id}" for one in standing)
        documents = await runtime.find(OVERRIDES, {"tenant": caller.tenant, "_id": {"$in": ids}}) if ids else []
        documents.sort(key=lambda one: (one["order"], one["_id"]), reverse=True)
        before, following = await _over(where, set(ids), position, limit)
        tracks = state.plan.terms.tracks if state.plan is not None else ()
        units = {track.track_id: track.unit for track in tracks}

        async def view(one: Any) -> OverrideView:
            until = datetime.fromisoformat(one["until"])
            names = OverrideView.model_fields.keys() & one.keys() - {"set_by"}
            return OverrideView(
                **{name: one[name] for name in names},
                status=one["ended_because"] or ("standing" if now < until else "expired"),
                text=told(
                    one["name"],
                    one["value"],
                    one["reason"],
                    until,
                    person.tz,
                    units.get(one["track_id"]),
                    person.locale,
                ),
                words=await desk.unseal(caller, patient_id, one["words_sealed"]),
                set_by=one["set_by"] if role == "clinician" else None,
            )

        return OverridesView(
            standing=[await view(one) for one in documents],
            over=[await view(one) for one in before],
            next_cursor=following,
        )

    async def _over(
        where: dict[str, Any], standing: set[str], position: Any, limit: int
    ) -> tuple[list[Any], str | None]:
        """A page of what no longer stands after a position, and the cursor of the page after it."""
        wanted, most = dict(where), limit + len(standing) + 1
        found_ones: list[Any] = []
        if position is not None:
            wanted["order"] = {"$lt": position["at"]}
            same = await runtime.find(OVERRIDES, {**where, "order": position["at"]}, sort=LATEST_FIRST)
            found_ones = [one for one in same if one["_id"] < position["id"]]
        found_ones += await runtime.find(OVERRIDES, wanted, sort=LATEST_FIRST, limit=most)
        over = [one for one in found_ones if one["_id"] not in standing]
        page = over[:limit]
        more = len(over) > limit
        return page, write_cursor({"at": page[-1]["order"], "id": page[-1]["_id"]}) if more else None

    return routes
