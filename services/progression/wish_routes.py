"""The routes of wishes: ask for a step or for less at any time, and a clinician's word on a step that waits for it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from services.progression.adherence_routes import Language
from services.progression.domain.wishes import ApproveStep, AskLess, AskStep, ChooseBouts
from services.progression.texts import render
from shared.clinics import Clinics
from shared.contracts.fields import Id
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, actor, found, may

BODY: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
_SOURCES: Final = {"patient": "app", "clinician": "clinician"}

Speaker = Annotated[str, may("patient", "clinician")]


class WishBody(BaseModel):
    """A wish; `id` is made by the client, sent again it is the same wish."""

    model_config = BODY
    id: Id


class LessBody(WishBody):
    """So much from now on, in the base unit of the track's marker: 0 is rest; without it what the plan calls less."""

    dose: Annotated[StrictInt, Field(ge=0, le=10_000_000)] | None = None


class BoutsBody(WishBody):
    """The day's amount at once (1) or in two bouts (2)."""

    bouts: Annotated[StrictInt, Field(ge=1, le=2)]


class ApprovalBody(WishBody):
    """A clinician's yes or no."""

    approve: StrictBool


class WishView(BaseModel):
    """What became of a wish: the dose in force, in the base unit of `marker`, and `text` for the person.

    Where a step was not granted, `reason` is the lock or rule that speaks against it, and the clinic has been told;
    `approve_step`: the clinic says yes or no first. While a start is found no amount is shown: `dose` is None (W4).
    """

    track_id: str
    granted: bool
    reason: str | None
    dose: int | None
    dose_before: int | None
    marker: str
    unit: str
    first: int | None = Field(None, description="The first of two bouts, where the day's amount was split.")
    second: int | None = Field(None, description="The second of them.")
    text: str


class ApprovalView(BaseModel):
    """A step that a clinician said yes or no to."""

    proposal_id: str
    track_id: str
    approved: bool


def wish_router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """The routes, under `/v1`; tenant and roles come from the token."""
    routes = APIRouter(prefix="/v1", tags=["progression"])

    async def run(
        caller: Any, role: str, patient_id: str, command: Any, id: str, language: str | None = None
    ) -> JSONResponse:
        found(await runtime.state(patient_id, caller.tenant))
        answer = await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=command,
            command_id=id,
            actor=actor(caller, role),
            source=_SOURCES[role],
        )
        body = dict(answer.body)
        if "text_key" in body:
            body["text"] = render(body.pop("text_key"), body, "patient", language, clinics.of(caller.tenant))
            body.pop("level", None)
        return JSONResponse(body, answer.status)

    @routes.post("/patients/{patient_id}/tracks/{track_id}/step", response_model=WishView)
    async def ask_step(
        patient_id: PersonId, track_id: Id, body: WishBody, caller: Caller, role: Speaker, language: Language = None
    ) -> JSONResponse:
        """Ask for one step up, at any time. Patient, or a clinician noting their words (W11)."""
        return await run(caller, role, patient_id, AskStep(track_id), body.id, language)

    @routes.post("/patients/{patient_id}/tracks/{track_id}/less", response_model=WishView)
    async def ask_less(
        patient_id: PersonId, track_id: Id, body: LessBody, caller: Caller, role: Speaker, language: Language = None
    ) -> JSONResponse:
        """Do less from now on, down to rest: always granted. Patient, or a clinician noting their words (W11)."""
        return await run(caller, role, patient_id, AskLess(track_id, body.dose), body.id, language)

    @routes.post("/patients/{patient_id}/tracks/{track_id}/bouts", response_model=WishView)
    async def choose_bouts(
        patient_id: PersonId, track_id: Id, body: BoutsBody, caller: Caller, role: Speaker, language: Language = None
    ) -> JSONResponse:
        """Take the day's amount at once or in two bouts, until it changes. Patient, or a clinician noting their words
        (W10)."""
        return await run(caller, role, patient_id, ChooseBouts(track_id, body.bouts), body.id, language)

    @routes.post("/patients/{patient_id}/proposals/{proposal_id}/approve", response_model=ApprovalView)
    async def approve_step(
        patient_id: PersonId,
        proposal_id: Id,
        body: ApprovalBody,
        caller: Caller,
        role: Annotated[str, may("clinician")],
    ) -> JSONResponse:
        """Say yes or no to a step that waits for it; after a yes the person is asked. Clinician (W9)."""
        return await run(caller, role, patient_id, ApproveStep(proposal_id, body.approve), body.id)

    return routes
