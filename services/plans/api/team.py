"""The routes of the care team: who is in care of a person, and whom of them the person reaches by name."""

from datetime import date, datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk, json
from services.plans.api.requests import BODY, Day, PhoneBody
from services.plans.domain.circle import EndMember, Member, Role, SetMember
from shared.clinics import Human
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, may

FAR: Final = date(2199, 12, 31)
"""No day after it is meant."""

Site = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="A site of the clinic, by its code.")]


class MemberBody(BaseModel):
    """Somebody on the care team, by the random id of their account; `id` is made by the client.

    With a `contact` the person reaches them by name; it is sealed before it is kept. `last_day` is the
    last day of the person's on which they are on it.
    """

    model_config = BODY
    id: Id
    subject: Id
    role: Role
    site: Site | None = None
    last_day: Annotated[Day, Field(le=FAR)] | None = None
    contact: PhoneBody | None = None


class EndMemberBody(BaseModel):
    """Somebody leaves the care team now; `id` is made by the client."""

    model_config = BODY
    id: Id


class MemberSetView(BaseModel):
    """A member as they were set or left."""

    member_id: str
    role: Role
    site: str
    named: bool


class MemberView(BaseModel):
    """One of the care team; `name` and `phone` where the person can reach them by name."""

    member_id: str
    role: Role
    site: str
    since: datetime
    until: datetime | None
    name: str | None
    phone: str | None
    subject: str | None = Field(description="The random id of their account; only for staff.")


class TeamView(BaseModel):
    """Who is on the care team now, at which site of the clinic the person is, and whom they reach in any case."""

    site: str
    members: list[MemberView]
    human: Human | None


def team_router(desk: Desk) -> APIRouter:
    """The routes of the care team, under `/v1`. Clinicians and admins set it, the person reads it."""
    routes = APIRouter(prefix="/v1", tags=["care team"])

    @routes.get("/patients/{patient_id}/care-team")
    async def read_team(patient_id: PersonId, caller: Caller) -> TeamView:
        """Who is in care of the person, those they reach by name first. Patient, clinician or admin."""
        role = allow(caller, patient_id, "patient", "clinician", "admin")
        state = await desk.known(caller, patient_id)

        async def view(one: Member) -> MemberView:
            sealed = await desk.unseal(caller, patient_id, one.contact_sealed)
            contact = {"label": None, "number": None} if sealed is None else orjson.loads(sealed)
            return MemberView(
                member_id=one.member_id,
                role=one.role,
                site=one.site,
                since=one.since,
                until=one.until,
                name=contact["label"],
                phone=contact["number"],
                subject=None if role == "patient" else one.subject,
            )

        team = sorted(state.circle.team, key=lambda one: (one.contact_sealed is None, one.since, one.member_id))
        return TeamView(
            site=state.circle.site, members=[await view(one) for one in team], human=desk.human(caller, state)
        )

    @routes.put("/patients/{patient_id}/care-team/{member_id}", response_model=MemberSetView)
    async def set_member(
        patient_id: PersonId,
        member_id: Id,
        body: MemberBody,
        caller: Caller,
        role: Annotated[str, may("clinician", "admin")],
    ) -> Response:
        """Put somebody on the care team, or change what is known of them. Clinician or admin."""
        await desk.known(caller, patient_id)
        contact = None if body.contact is None else orjson.dumps(body.contact.model_dump()).decode()
        command = SetMember(
            member_id=member_id,
            subject=body.subject,
            role=body.role,
            site=body.site,
            last_day=body.last_day,
            contact_sealed=await desk.seal(caller, patient_id, contact),
        )
        return json(await desk.run(caller, role, patient_id, command, body.id))

    @routes.post("/patients/{patient_id}/care-team/{member_id}/end", response_model=MemberSetView)
    async def end_member(
        patient_id: PersonId,
        member_id: Id,
        body: EndMemberBody,
        caller: Caller,
        role: Annotated[str, may("clinician", "admin")],
    ) -> Response:
        """Take somebody off the care team. Clinician or admin."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, EndMember(member_id), body.id))

    return routes
