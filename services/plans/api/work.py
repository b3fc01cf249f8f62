"""The routes of the work list: what waits for a human, by clinic and by person, and who sees to it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.plans.api import requests as r
from services.plans.api import work_views as v
from services.plans.api.desk import Desk, json
from services.plans.api.team import Site
from services.plans.domain.circle import Role
from services.plans.domain.commands import CloseWorkItem, ReleaseWorkItem, TakeWorkItem
from services.plans.domain.model import PatientState, Urgency, WorkKind, WorkStatus
from services.plans.store import LAST_CLOSED_FIRST, MOST_URGENT_FIRST, WORK, clinics_work, persons_work
from shared.contracts.fields import Id
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, Principal, allow, allow_role, found, may

Language = Annotated[Literal["en", "es", "ar"], Query(description="In which language the cards are.")]

PERSON_WAITING: Final = 200
PERSON_CLOSED: Final = 50
"""So many closed items of one person are shown."""


def work_router(desk: Desk) -> APIRouter:
    """The routes of the work list, under `/v1`. Clinicians and admins read, clinicians take and close."""
    routes, runtime = APIRouter(prefix="/v1", tags=["work list"]), desk.runtime

    async def known(caller: Principal, patient_id: str) -> None:
        """404 for a stranger. Somebody whose red flag came before their enrolment is none."""
        state: PatientState | None = await runtime.state(patient_id, caller.tenant)
        found(state and (state.person or state.work or state.closed_work or None))

    @routes.get("/work-items")
    async def list_work(
        caller: Caller,
        status: Annotated[WorkStatus | None, Query(description="Without it, all that is not closed.")] = None,
        kind: Annotated[WorkKind | None, Query(description="Only this kind.")] = None,
        urgency: Annotated[Urgency | None, Query(description="Only this urgency.")] = None,
        site: Annotated[Site | None, Query(description="Only the people of this site of the clinic.")] = None,
        role: Annotated[Role | None, Query(description="Only what this role of a care team acts on.")] = None,
        mine: Annotated[bool, Query(description="Only what the caller has taken.")] = False,
        language: Language = "en",
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> v.WorkListView:
        """What a human of this clinic must do: the most urgent first, of those what is due earliest.

        Each card begins with a question. Clinician or admin.
        """
        allow_role(caller, "clinician", "admin")
        position = read_cursor(cursor, order=str)
        after = None if position is None else str(position["order"])
        me = caller.subject if mine else None
        where = clinics_work(
            caller.tenant, status, after, kind=kind, urgency=urgency, site=site, role=role, taken_by=me
        )
        documents = await runtime.find(WORK, where, sort=MOST_URGENT_FIRST, limit=limit + 1)
        page, now = documents[:limit], runtime.clock.now()
        following = write_cursor({"order": page[-1]["order"]}) if len(documents) > limit else None
        return v.WorkListView(items=[v.WorkItemView.of(one, now, language) for one in page], next_cursor=following)

    @routes.get("/patients/{patient_id}/work-items")
    async def read_work(patient_id: PersonId, caller: Caller, language: Language = "en") -> v.PersonsWorkView:
        """What waits for a human about this person, and what was closed last with its note (clinicians)."""
        role = allow(caller, patient_id, "clinician", "admin")
        await known(caller, patient_id)
        await runtime.settle(patient_id)
        here, closed_here = (persons_work(caller.tenant, patient_id, waits=waits) for waits in (True, False))
        waiting = await runtime.find(WORK, here, sort=MOST_URGENT_FIRST, limit=PERSON_WAITING)
        closed = await runtime.find(WORK, closed_here, sort=LAST_CLOSED_FIRST, limit=PERSON_CLOSED)

        async def view(document: Mapping[str, Any]) -> v.WorkItemWithNoteView:
            note = await desk.unseal(caller, patient_id, document["note_sealed"] if role == "clinician" else None)
            card = v.WorkItemView.of(document, runtime.clock.now(), language)
            return v.WorkItemWithNoteView(**dict(card), note=note)

        return v.PersonsWorkView(
            waiting=[await view(one) for one in waiting], closed=[await view(one) for one in closed]
        )

    @routes.post(
        "/patients/{patient_id}/work-items/{item_id}/take",
        response_model=v.WorkItemDoneView,
        dependencies=[may("clinician")],
    )
    async def take_work(patient_id: PersonId, item_id: Id, body: r.TakeBody, caller: Caller) -> Response:
        """Say that you see to it; 409 where somebody else does, unless taken over by `force`. Clinician."""
        await known(caller, patient_id)
        return json(await desk.run(caller, "clinician", patient_id, TakeWorkItem(item_id, body.force), body.id))

    @routes.post(
        "/patients/{patient_id}/work-items/{item_id}/release",
        response_model=v.WorkItemDoneView,
        dependencies=[may("clinician")],
    )
    async def release_work(patient_id: PersonId, item_id: Id, body: r.ReleaseBody, caller: Caller) -> Response:
        """Give back what you have taken, so that somebody else sees to it. Clinician."""
        await known(caller, patient_id)
        return json(await desk.run(caller, "clinician", patient_id, ReleaseWorkItem(item_id), body.id))

    @routes.post(
        "/patients/{patient_id}/work-items/{item_id}/close",
        response_model=v.WorkItemDoneView,
        dependencies=[may("clinician")],
    )
    async def close_work(patient_id: PersonId, item_id: Id, body: r.CloseBody, caller: Caller) -> Response:
        """Say that it is done, with a note. A red flag is closed by ending its suspension in `safety`. Clinician."""
        await known(caller, patient_id)
        note = await runtime.sealer.seal(caller.tenant, patient_id, body.note)
        return json(await desk.run(caller, "clinician", patient_id, CloseWorkItem(item_id, note), body.id))

    return routes
