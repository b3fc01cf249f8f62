"""The routes of moves between the sites of one clinic."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk, json
from services.plans.api.latest import Cursor, Limit, latest
from services.plans.api.requests import BODY, Note
from services.plans.api.team import Site
from services.plans.domain.transfer import Transfer
from services.plans.store.transfer import TRANSFERS, transfers_of
from shared.clinics import Human
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, may


class TransferBody(BaseModel):
    """A move to another site of the clinic; `id` is made by the client, the note is for the new site and is sealed."""

    model_config = BODY
    id: Id
    to_site: Site
    note: Note


class TransferDoneView(BaseModel):
    """A move as it was carried out just now."""

    transfer_id: str
    from_site: str
    site: str
    at: datetime


class TransferView(BaseModel):
    """One move; who did it is told to staff, and the note to clinicians."""

    transfer_id: str
    from_site: str
    to_site: str
    at: datetime
    by: str | None = Field(description="Only for staff.")
    note: str | None = Field(description="Only for clinicians.")


class TransfersView(BaseModel):
    """At which site of the clinic the person is, how they came there, the latest move first, and whom they reach."""

    site: str
    transfers: list[TransferView]
    next_cursor: str | None
    human: Human | None


def transfer_router(desk: Desk) -> APIRouter:
    """The routes of moves, under `/v1`. Clinicians and admins move a person, who reads it."""
    routes = APIRouter(prefix="/v1", tags=["transfer"])

    @routes.post("/patients/{patient_id}/transfer", response_model=TransferDoneView)
    async def transfer_patient(
        patient_id: PersonId, body: TransferBody, caller: Caller, role: Annotated[str, may("clinician", "admin")]
    ) -> Response:
        """Let another site of the same clinic care for the person. Clinician or admin.

        The plan stays in force. Open items stand on the new site's list, which is asked to meet the person; who was on
        the care team at the old site is so no more; the person is told. Another clinic cannot be named.
        """
        await desk.known(caller, patient_id)
        note = await desk.runtime.sealer.seal(caller.tenant, patient_id, body.note)
        return json(await desk.run(caller, role, patient_id, Transfer(body.id, body.to_site, note), body.id))

    @routes.get("/patients/{patient_id}/transfers")
    async def read_transfers(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 20
    ) -> TransfersView:
        """Where the person is and how they came there, the latest move first. Patient, clinician or admin."""
        role = allow(caller, patient_id, "patient", "clinician", "admin")
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        page, following = await latest(desk, TRANSFERS, transfers_of(caller.tenant, patient_id), cursor, limit)
        views = []
        for one in page:
            note = await desk.unseal(caller, patient_id, one["note_sealed"] if role == "clinician" else None)
            known = {name: one[name] for name in ("transfer_id", "from_site", "to_site", "at")}
            views.append(TransferView(**known, by=None if role == "patient" else one["by"], note=note))
        return TransfersView(
            site=state.circle.site, transfers=views, next_cursor=following, human=desk.human(caller, state)
        )

    return routes
