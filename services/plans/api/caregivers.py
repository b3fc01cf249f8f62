"""The routes of caregivers: whom the person invites, what they may see, and how they can help without pressing."""

import json as text
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictBool

from services.plans.api.aims import SOURCES
from services.plans.api.consents import Language
from services.plans.api.desk import Desk, json
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.api.requests import BODY, Label
from services.plans.api.scopes import linked
from services.plans.domain.circle import (
    INVITATION,
    AcceptInvitation,
    ChangeScopes,
    EndLink,
    InviteCaregiver,
    Scope,
)
from services.plans.domain.consents import Heard
from services.plans.store.circle import CAREGIVERS
from services.plans.texts.circle import DIRECTION, tips
from shared.clinics import Human, language_of
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, found, may

Scopes = Annotated[list[Scope], Field(max_length=3, description="The plan, what was done, the flare plan.")]
GoalIds = Annotated[list[Id], Field(max_length=20, description="The goals that are shown, one by one.")]


class InvitationBody(BaseModel):
    """Whom the person invites, as they call them (`label`, sealed before it is kept), and what is shown to them.

    `id` is made by the client; it is the invitation that the caregiver accepts, so it is random.
    """

    model_config = BODY
    id: Id
    label: Label
    scopes: Scopes = []
    goal_ids: GoalIds = []
    source: Heard = "app"


class ScopesBody(BaseModel):
    """All that is shown to a caregiver from now on; `id` is made by the client."""

    model_config = BODY
    id: Id
    scopes: Scopes
    goal_ids: GoalIds = []
    source: Heard = "app"


class AcceptBody(BaseModel):
    """A caregiver accepts; `id` is made by the client."""

    model_config = BODY
    id: Id


class EndLinkBody(BaseModel):
    """A caregiver sees nothing any more; `safeguarding` is a clinician's own decision to keep the person safe."""

    model_config = BODY
    id: Id
    safeguarding: StrictBool = False
    source: Heard = "app"


class LinkView(BaseModel):
    """What stands between the person and a caregiver."""

    caregiver_id: str
    status: Literal["invited", "linked", "over"]
    scopes: list[Scope]
    goal_ids: list[str]


class CaregiverView(BaseModel):
    """One caregiver as the person calls them: invited (until `expires_at`), linked since when, or over and why."""

    caregiver_id: str
    label: str | None
    status: Literal["invited", "expired", "linked", "over"]
    scopes: list[Scope]
    goal_ids: list[str]
    invited_at: datetime
    expires_at: datetime
    linked_at: datetime | None
    ended_at: datetime | None
    ended_because: str | None
    subject: str | None = Field(description="The random id of their account; only for clinicians.")


class CaregiversView(BaseModel):
    """Everybody who was ever invited, the latest first; `next_cursor` is null on the last page."""

    caregivers: list[CaregiverView]
    next_cursor: str | None


class TipsView(BaseModel):
    """How to encourage without pressing, and whom one can ask."""

    language: Language
    direction: Literal["ltr", "rtl"]
    tips: list[str]
    human: Human | None


def caregiver_router(desk: Desk) -> APIRouter:
    """The routes of caregivers, under `/v1`. Only the person decides, or staff noting their words (9.3 no. 9)."""
    routes, runtime = APIRouter(prefix="/v1", tags=["caregivers"]), desk.runtime
    at = "/patients/{patient_id}/caregivers"

    @routes.post(at, status_code=201, response_model=LinkView)
    async def invite_caregiver(
        patient_id: PersonId, body: InvitationBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Invite somebody and say what is shown to them. The person themselves, or staff noting their words."""
        await desk.known(caller, patient_id)
        label = await runtime.sealer.seal(caller.tenant, patient_id, body.label)
        command = InviteCaregiver(body.id, label, _each(body.scopes), _each(body.goal_ids), body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post(f"{at}/{{caregiver_id}}/accept", response_model=LinkView)
    async def accept_invitation(
        patient_id: PersonId,
        caregiver_id: Id,
        body: AcceptBody,
        caller: Caller,
        role: Annotated[str, may("caregiver")],
    ) -> Response:
        """Accept an invitation with a token of one's own. Caregiver."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, AcceptInvitation(caregiver_id), body.id, "app"))

    @routes.put(f"{at}/{{caregiver_id}}/scopes", response_model=LinkView)
    async def change_scopes(
        patient_id: PersonId,
        caregiver_id: Id,
        body: ScopesBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Show a caregiver other parts, from their next request on. The person, or staff noting their words."""
        await desk.known(caller, patient_id)
        command = ChangeScopes(caregiver_id, _each(body.scopes), _each(body.goal_ids), body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post(f"{at}/{{caregiver_id}}/end", response_model=LinkView)
    async def end_link(
        patient_id: PersonId,
        caregiver_id: Id,
        body: EndLinkBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician", "caregiver")],
    ) -> Response:
        """Show a caregiver nothing any more. The person, staff noting their words, or the caregiver's own choice."""
        await desk.known(caller, patient_id)
        command = EndLink(caregiver_id, body.source, body.safeguarding)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get(at)
    async def read_caregivers(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> CaregiversView:
        """Who is shown what, and who was before. Patient or clinician."""
        position = position_of(cursor)
        role = allow(caller, patient_id, "patient", "clinician")
        await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant}
        documents, following = await page(desk, CAREGIVERS, where, position, limit)

        async def view(one: Mapping[str, Any]) -> CaregiverView:
            expires_at = datetime.fromisoformat(one["invited_at"]) + INVITATION
            late = runtime.clock.now() >= expires_at
            status = "over" if one["ended_at"] else "linked" if one["linked_at"] else "expired" if late else "invited"
            plain = ("caregiver_id", "invited_at", "linked_at", "ended_at", "ended_because")
            return CaregiverView.model_validate(
                {
                    **{name: one[name] for name in plain},
                    "label": await desk.unseal(caller, patient_id, one["label_sealed"]),
                    "status": status,
                    "scopes": text.loads(one["scopes"]),
                    "goal_ids": text.loads(one["goal_ids"]),
                    "expires_at": expires_at,
                    "subject": one["subject"] if role == "clinician" else None,
                }
            )

        return CaregiversView(caregivers=[await view(one) for one in documents], next_cursor=following)

    @routes.get("/patients/{patient_id}/caregiver-tips")
    async def read_tips(patient_id: PersonId, caller: Caller, language: Language | None = None) -> TipsView:
        """How to encourage, in `language` or the person's own. A linked caregiver, patient or clinician."""
        if allow(caller, patient_id, "patient", "clinician", "caregiver") == "caregiver":
            state, _ = await linked(desk, caller, patient_id)
        else:
            state = await desk.known(caller, patient_id)
        chosen: Any = language or language_of(found(state.person).locale)
        return TipsView(
            language=chosen, direction=DIRECTION[chosen], tips=tips(chosen), human=desk.human(caller, state)
        )

    return routes


def _each(names: list[Any]) -> tuple[Any, ...]:
    """Each of them once, in an order that does not depend on how they were sent."""
    return tuple(sorted(set(names)))
