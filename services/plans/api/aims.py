"""The routes of goals: written down in whose words, why they matter, and what is done for them in everyday life."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt

from services.plans.api.desk import Desk, json
from services.plans.api.requests import BODY, Dose, Step, plain_lines
from services.plans.domain.aims import Author, EverydayAction, GoalContent, Heard, LifeArea, SetGoal
from shared.contracts.fields import Id, Marker
from shared.web.principal import Caller, PersonId, Principal, may

Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(plain_lines)]
Priority = Annotated[StrictInt, Field(ge=1, le=20, description="1 is the highest.")]
TrackIds = Annotated[list[Id], Field(max_length=8, description="The tracks of the plan that serve it.")]
SOURCES: Final = {"app": "app", "phone": "phone", "paper": "paper", "in_person": "clinician"}
"""The way a message came in (vocabulary 0.2), by how the person's own words were heard."""


class ActionBody(BaseModel):
    """What is done in everyday life for it; with a `marker` it can be told whether it was, `amount` in base units."""

    model_config = BODY
    words: Step
    marker: Marker | None = None
    amount: Dose | None = None
    track_id: Id | None = None


class GoalBody(BaseModel):
    """A goal to write down; `id` is made by the client and names it from then on.

    `author` is whose words it is in: with `patient` they are the person's own, and staff say how they heard them.
    """

    model_config = BODY
    id: Id
    author: Author
    words: Words
    why: Words = Field(description="Why it matters to the person.")
    life_area: LifeArea
    priority: Priority = 1
    objective: StrictBool = Field(False, description="A clinical objective: it needs an everyday action with a marker.")
    actions: Annotated[list[ActionBody], Field(max_length=6)] = []
    track_ids: TrackIds = []
    source: Heard = "app"


class GoalSetView(BaseModel):
    """A goal as it was written down."""

    goal_id: str
    revision: int
    author: Literal["patient", "clinician", "together"]


def aims_router(desk: Desk) -> APIRouter:
    """The routes of goals, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["goals"])

    async def sealed(caller: Principal, patient_id: str, text: str) -> str:
        return await desk.runtime.sealer.seal(caller.tenant, patient_id, text)

    async def actions_of(caller: Principal, patient_id: str, bodies: list[ActionBody]) -> tuple[EverydayAction, ...]:
        return tuple(
            [
                EverydayAction(await sealed(caller, patient_id, one.words), one.marker, one.amount, one.track_id)
                for one in bodies
            ]
        )

    @routes.post("/patients/{patient_id}/goals", status_code=201, response_model=GoalSetView)
    async def set_goal(
        patient_id: PersonId, body: GoalBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Write a goal down: the person's own, or a clinician's or one of both. Patient or clinician."""
        await desk.known(caller, patient_id)
        content = GoalContent(
            life_area=body.life_area,
            words_sealed=await sealed(caller, patient_id, body.words),
            why_sealed=await sealed(caller, patient_id, body.why),
            priority=body.priority,
            objective=body.objective,
            actions=await actions_of(caller, patient_id, body.actions),
            track_ids=tuple(body.track_ids),
        )
        command = SetGoal(body.id, body.author, content, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    return routes
