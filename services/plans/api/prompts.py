"""The route of prompts: what waits for the person themselves, and since when."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk
from services.plans.domain.prompts import PromptKind
from shared.clinics import Human
from shared.web.principal import Caller, PersonId, allow


class PromptView(BaseModel):
    """One thing that waits: what kind, and the id (`ref`) of what it is about, where its words are read."""

    prompt_id: str
    kind: PromptKind
    ref: str
    opened_at: datetime
    until: datetime | None = Field(description="When it is too late for it; null while it waits for good.")


class PromptsView(BaseModel):
    """All that waits, the oldest first, and whom the person can reach about it."""

    prompts: list[PromptView]
    human: Human | None


def prompt_router(desk: Desk) -> APIRouter:
    """The route of prompts, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["prompts"])

    @routes.get("/patients/{patient_id}/prompts")
    async def read_prompts(patient_id: PersonId, caller: Caller) -> PromptsView:
        """What waits for the person to read, to answer or to agree to. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        views = [PromptView.model_validate(one, from_attributes=True) for one in state.prompts]
        return PromptsView(prompts=views, human=desk.human(caller, state))

    return routes
