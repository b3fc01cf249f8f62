"""The routes by which goals stay right: what shifted in the person's life, and their word on their goals."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api.aims import SOURCES
from services.plans.api.aims_shapes import Words
from services.plans.api.desk import Desk, json
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.api.requests import BODY, Day
from services.plans.domain.aims import Heard
from services.plans.domain.goal_checks import CheckAnswer, ConfirmGoals, LifeEventKind, NoteLifeEvent
from services.plans.store.aims import GOAL_CHECKS
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, may


class ConfirmBody(BaseModel):
    """The person's own word on their goals; `words` say what changed. Staff say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    answer: CheckAnswer
    words: Words | None = None
    source: Heard = "app"


class LifeEventBody(BaseModel):
    """Something that shifted in the person's life, on a day of theirs, today where none is given."""

    model_config = BODY
    id: Id
    kind: LifeEventKind
    on: Day | None = None
    words: Words | None = None
    source: Heard = "app"


class ConfirmedView(BaseModel):
    """A word on the goals as it was noted; on the person's day `ask_on` they are asked again."""

    answer: CheckAnswer
    ask_on: date


class LifeEventView(BaseModel):
    """A shift in the person's life as it was noted."""

    event_id: str
    kind: LifeEventKind
    on: date


class CheckView(BaseModel):
    """A shift in the person's life, or their word on their goals; with what they said to it."""

    what: Literal["life_event", "confirmed"]
    code: CheckAnswer | LifeEventKind
    on: date
    words: str | None
    said_at: datetime
    noted_by: Literal["patient", "clinician"]
    heard: Heard


class ChecksView(BaseModel):
    """What the goals were asked about: when that waits or comes next, and what was said, the latest first."""

    asked_since: datetime | None = Field(description="Since when the person is asked whether they are still right.")
    ask_on: date | None = Field(description="On this day of the person it is asked next; null while it never is.")
    checks: list[CheckView]
    next_cursor: str | None


def goal_check_router(desk: Desk) -> APIRouter:
    """The routes of reconfirming goals and of life events, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["goals"])

    @routes.post("/patients/{patient_id}/goal-checks", response_model=ConfirmedView)
    async def confirm_goals(
        patient_id: PersonId, body: ConfirmBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Say whether the goals are still right: the person's own word, asked or not. Patient or clinician."""
        await desk.known(caller, patient_id)
        words = await desk.seal(caller, patient_id, body.words)
        command = ConfirmGoals(body.id, body.answer, words, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post("/patients/{patient_id}/life-events", status_code=201, response_model=LifeEventView)
    async def note_life_event(
        patient_id: PersonId, body: LifeEventBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Note what shifted; the person is asked early whether their goals are still right. Patient or clinician."""
        await desk.known(caller, patient_id)
        words = await desk.seal(caller, patient_id, body.words)
        command = NoteLifeEvent(body.id, body.kind, body.on, words, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get("/patients/{patient_id}/goal-checks")
    async def read_checks(patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50) -> ChecksView:
        """What shifted, and what the person said of their goals. Patient or clinician."""
        position = position_of(cursor)
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant}
        found, following = await page(desk, GOAL_CHECKS, where, position, limit)
        asked = state.plan is not None and not state.plan.ended and state.aims.goals
        names = CheckView.model_fields.keys() - {"words"}
        return ChecksView(
            asked_since=next((one.opened_at for one in state.prompts if one.kind == "goals"), None),
            ask_on=state.aims.ask_on if asked else None,
            checks=[
                CheckView(
                    **{name: one[name] for name in names},
                    words=await desk.unseal(caller, patient_id, one["words_sealed"]),
                )
                for one in found
            ],
            next_cursor=following,
        )

    return routes
