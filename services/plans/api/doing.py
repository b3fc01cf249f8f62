"""The routes of what is adapted for a person, and of what gets in their way with their own plan for it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.plans.api.activities import ActivityView
from services.plans.api.desk import Desk, json
from services.plans.api.requests import BODY
from services.plans.api.standing import stood
from services.plans.catalogue import catalogue
from services.plans.domain.doing import (
    ADAPTED,
    AccommodationKind,
    AddAccommodation,
    AddBarrier,
    BarrierCode,
    EndAccommodation,
    EndBarrier,
    noted_on,
)
from services.plans.domain.model import PatientState
from services.plans.store.doing import ACCOMMODATIONS, BARRIERS
from services.plans.texts.doing import say
from shared.clinics import Human
from shared.clock import local_date
from shared.contracts.fields import Code, Id
from shared.web.principal import Caller, PersonId, Principal, allow, found, may

Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many that are over.")]


def _one_line(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        raise ValueError("This is one line of text.")
    return text


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(_one_line),
]


class AccommodationBody(BaseModel):
    """Something that is adapted for the person; `id` is made by the client, `words` say more and are sealed.

    Days that are kept free, for a feast or a fast, are blocked in `reminders`.
    """

    model_config = BODY
    id: Id
    kind: AccommodationKind
    code: Code = Field(description="What is adapted, of the kind's list; `other` with words.")
    words: Words | None = None
    source: Literal["app", "phone", "paper", "clinician"] = "app"

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if self.code not in ADAPTED[self.kind]:
            known = ", ".join(ADAPTED[self.kind])
            raise PydanticCustomError("unknown_accommodation", "Of this kind there is: {known}.", {"known": known})
        if self.code == "other" and self.words is None:
            raise PydanticCustomError("words_needed", "What is adapted otherwise is said in words.")
        return self


class BarrierBody(BaseModel):
    """Something that gets in the way, and the person's own plan for it: words, an activity instead, or both."""

    model_config = BODY
    id: Id
    code: BarrierCode
    words: Words | None = None
    activity_id: Id | None = Field(None, description="What of the catalogue is done instead.")
    source: Literal["app", "phone", "paper"] = "app"

    @model_validator(mode="after")
    def _in_the_catalogue(self) -> Self:
        if self.activity_id is not None and self.activity_id not in catalogue():
            raise PydanticCustomError("unknown_activity", "The catalogue has no such activity.")
        return self


class EndedBody(BaseModel):
    """It holds no longer; `id` is made by the client, staff say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    source: Literal["app", "phone", "paper", "clinician"] = "app"


class AccommodationView(BaseModel):
    """Something that is adapted, in plain words (`text`) and in those that somebody wrote to it, while it stands."""

    accommodation_id: str
    kind: AccommodationKind
    code: str
    text: str
    words: str | None
    added_at: datetime
    noted_by: str | None = Field(description="Who wrote it down, and in the end who ended it; only for clinicians.")
    ended_at: datetime | None


class AccommodationsView(BaseModel):
    """All that is adapted, and a page of what no longer is; the latest first. `next_cursor` is null on the last."""

    standing: list[AccommodationView]
    over: list[AccommodationView]
    next_cursor: str | None
    human: Human | None


class AccommodationDoneView(BaseModel):
    """What was written down, or ended."""

    accommodation_id: str
    kind: AccommodationKind
    code: str


class BarrierView(BaseModel):
    """Something that gets in the way, in plain words (`text`), and the person's own plan B: `words`, and what to do
    `instead`."""

    barrier_id: str
    code: BarrierCode
    text: str
    words: str | None
    instead: ActivityView | None
    added_at: datetime
    noted_by: str | None = Field(description="Who wrote it down, and in the end who ended it; only for clinicians.")
    ended_because: Literal["ended", "replaced"] | None
    ended_at: datetime | None


class NotedView(BaseModel):
    """A journal entry that told of something in the way, on a day of the person."""

    entry_id: str
    on: date


class BarriersView(BaseModel):
    """What gets in the way with the plan for it, a page of what no longer does, and the last days on which the journal
    told of it; `today` says that today is one, so that a plan B is offered."""

    standing: list[BarrierView]
    over: list[BarrierView]
    next_cursor: str | None
    noted: list[NotedView]
    today: bool
    human: Human | None


class BarrierDoneView(BaseModel):
    """What was noted, or ended."""

    barrier_id: str
    code: BarrierCode


def barred_today(desk: Desk, state: PatientState) -> bool:
    """Whether the journal told of something in the way on the person's today."""
    person = found(state.person)
    return noted_on(state.doing, local_date(desk.runtime.clock.now(), person.tz, person.day_starts_at))


async def barrier_views(
    desk: Desk, caller: Principal, patient_id: str, state: PatientState, documents: list[Any], *, staff: bool
) -> list[BarrierView]:
    """These barriers as they are read, in the person's language."""
    locale = found(state.person).locale

    async def view(one: Mapping[str, Any]) -> BarrierView:
        activity = catalogue().get(one["activity_id"] or "")
        return BarrierView(
            barrier_id=one["id"],
            text=say(f"barrier.{one['code']}", locale),
            words=await desk.unseal(caller, patient_id, one["words_sealed"]),
            instead=None if activity is None else ActivityView.of(activity, locale),
            noted_by=one["noted_by"] if staff else None,
            **{name: one[name] for name in ("code", "added_at", "ended_because", "ended_at")},
        )

    return [await view(one) for one in documents]


def doing_router(desk: Desk) -> APIRouter:
    """The routes of accommodations and barriers, under `/v1`: the person and clinicians write, end and read."""
    routes = APIRouter(prefix="/v1", tags=["doing"])

    @routes.post("/patients/{patient_id}/accommodations", status_code=201, response_model=AccommodationDoneView)
    async def add_accommodation(
        patient_id: PersonId, body: AccommodationBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Write down what is adapted; from then on it stands in every instruction. Patient or clinician."""
        await desk.known(caller, patient_id)
        sealed = await desk.seal(caller, patient_id, body.words)
        command = AddAccommodation(body.id, body.kind, body.code, sealed)
        return json(await desk.run(caller, role, patient_id, command, body.id, body.source))

    @routes.post("/patients/{patient_id}/accommodations/{accommodation_id}/end", response_model=AccommodationDoneView)
    async def end_accommodation(
        patient_id: PersonId,
        accommodation_id: Id,
        body: EndedBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """It is needed no longer; its words go. Patient or clinician."""
        await desk.known(caller, patient_id)
        command = EndAccommodation(accommodation_id)
        return json(await desk.run(caller, role, patient_id, command, body.id, body.source))

    @routes.get("/patients/{patient_id}/accommodations")
    async def read_accommodations(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> AccommodationsView:
        """What is adapted for this person. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        locale = found(state.person).locale
        ids = [one.accommodation_id for one in state.doing.accommodations]
        standing, over, following = await stood(desk, caller, patient_id, ACCOMMODATIONS, ids, cursor, limit)

        async def view(one: Mapping[str, Any]) -> AccommodationView:
            return AccommodationView(
                accommodation_id=one["id"],
                text=say(f"accommodation.{one['kind']}.{one['code']}", locale),
                words=await desk.unseal(caller, patient_id, one["words_sealed"]),
                noted_by=one["noted_by"] if role == "clinician" else None,
                **{name: one[name] for name in ("kind", "code", "added_at", "ended_at")},
            )

        return AccommodationsView(
            standing=[await view(one) for one in standing],
            over=[await view(one) for one in over],
            next_cursor=following,
            human=desk.human(caller, state),
        )

    @routes.post("/patients/{patient_id}/barriers", status_code=201, response_model=BarrierDoneView)
    async def add_barrier(
        patient_id: PersonId, body: BarrierBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Note what gets in the way and the person's own plan for it: from themselves, or staff noting it (W3)."""
        await desk.known(caller, patient_id)
        sealed = await desk.seal(caller, patient_id, body.words)
        command = AddBarrier(body.id, body.code, body.activity_id, sealed)
        return json(await desk.run(caller, role, patient_id, command, body.id, body.source))

    @routes.post("/patients/{patient_id}/barriers/{barrier_id}/end", response_model=BarrierDoneView)
    async def end_barrier(
        patient_id: PersonId,
        barrier_id: Id,
        body: EndedBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """It gets in the way no longer; its words go. From the person, or staff noting it (W3)."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, EndBarrier(barrier_id), body.id, body.source))

    @routes.get("/patients/{patient_id}/barriers")
    async def read_barriers(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> BarriersView:
        """What gets in this person's way, and their plan for each. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        ids = [one.barrier_id for one in state.doing.barriers]
        standing, over, following = await stood(desk, caller, patient_id, BARRIERS, ids, cursor, limit)
        staff = role == "clinician"
        return BarriersView(
            standing=await barrier_views(desk, caller, patient_id, state, standing, staff=staff),
            over=await barrier_views(desk, caller, patient_id, state, over, staff=staff),
            next_cursor=following,
            noted=[NotedView(entry_id=one.entry_id, on=one.on) for one in reversed(state.doing.noted)],
            today=barred_today(desk, state),
            human=desk.human(caller, state),
        )

    return routes
