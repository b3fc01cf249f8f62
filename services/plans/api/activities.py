"""The routes of the catalogue: what may be chosen to do, and one activity as this person is to read it."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk
from services.plans.catalogue import catalogue, said
from services.plans.domain.catalogue import Activity, fits, matching
from services.plans.domain.model import PatientState
from services.plans.store.doing import ACCOMMODATIONS
from services.plans.texts.doing import say
from shared.contracts.fields import Id, Marker
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, Principal, allow, allow_role, found

Interest = Literal["nature", "social", "music", "home", "hobby", "faith", "water", "calm", "play", "animals"]
Family = Literal["walking", "cycling", "swimming", "stairs", "strength", "mobility", "household", "hobby", "social"]
Language = Literal["en", "es", "ar"]


class ActivityView(BaseModel):
    """One thing to do: what it is called, how it is done, and how to do it safely (`cues`), in one language.

    `level` 1 asks for the least, 5 for the most; `markers` are what it may be measured by.
    """

    activity_id: str
    family: str
    interests: list[str]
    level: int = Field(ge=1, le=5)
    muscles: list[str]
    markers: list[Marker]
    equipment: list[str]
    positions: list[str]
    name: str
    how: str
    cues: list[str]

    @classmethod
    def of(cls, one: Activity, locale: str) -> Self:
        """The view of an activity in the language of a locale."""
        name, how, cues = said(one, locale)
        tags: dict[str, Any] = {tag: list(getattr(one, tag)) for tag in _TAGS}
        return cls(
            activity_id=one.activity_id, family=one.family, level=one.level, name=name, how=how, cues=cues, **tags
        )


_TAGS = ("interests", "muscles", "markers", "equipment", "positions")


class ActivitiesView(BaseModel):
    """A page of the catalogue, the easiest first; `next_cursor` is null on the last."""

    activities: list[ActivityView]
    next_cursor: str | None


class AdaptedView(BaseModel):
    """Something that is adapted for the person: in plain words, and in those that were written to it."""

    kind: str
    code: str
    text: str
    words: str | None


class InstructionView(ActivityView):
    """An activity as this person reads it: with everything that is `adapted` for them (article P1.5).

    Where it may not suit their position, `unfit` says so.
    """

    adapted: list[AdaptedView]
    unfit: str | None
    less: str


async def adapted_for(desk: Desk, caller: Principal, patient_id: str, state: PatientState) -> list[AdaptedView]:
    """Everything that is adapted for the person, in their language, as every instruction carries it."""
    standing = state.doing.accommodations
    if not standing:
        return []
    await desk.runtime.settle(patient_id)
    ids = sorted(f"{patient_id}:{one.accommodation_id}" for one in standing)
    documents = await desk.runtime.find(ACCOMMODATIONS, {"tenant": caller.tenant, "_id": {"$in": ids}})
    words = {one["id"]: one["words_sealed"] for one in documents}
    locale = found(state.person).locale
    return [
        AdaptedView(
            kind=one.kind,
            code=one.code,
            text=say(f"accommodation.{one.kind}.{one.code}", locale),
            words=await desk.unseal(caller, patient_id, words.get(one.accommodation_id)),
        )
        for one in standing
    ]


def unfit(activity: Activity | None, state: PatientState, locale: str) -> str | None:
    """A sentence where the activity may not suit the position that the person needs, else None."""
    codes = [one.code for one in state.doing.accommodations if one.kind == "position"]
    return None if activity is None or fits(activity, codes) else say("unfit", locale)


def activity_router(desk: Desk) -> APIRouter:
    """The routes of the catalogue, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["doing"])

    @routes.get("/activities")
    async def list_activities(
        caller: Caller,
        interest: Annotated[Interest | None, Query(description="Only what has to do with this.")] = None,
        family: Annotated[Family | None, Query(description="Only this family.")] = None,
        level: Annotated[int | None, Query(ge=1, le=5, description="At most this level.")] = None,
        language: Annotated[Language, Query(description="In which language.")] = "en",
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> ActivitiesView:
        """What may be chosen to do (article P2.2). Patient, caregiver or clinician."""
        allow_role(caller, "patient", "clinician", "caregiver")
        position = read_cursor(cursor, level=int, id=str)
        there = sorted(matching(catalogue().values(), interest, family, level), key=_place)
        if position is not None:
            after = (int(position["level"]), str(position["id"]))
            there = [one for one in there if _place(one) > after]
        page = there[:limit]
        following = write_cursor({"level": page[-1].level, "id": page[-1].activity_id}) if len(there) > limit else None
        return ActivitiesView(activities=[ActivityView.of(one, language) for one in page], next_cursor=following)

    @routes.get("/patients/{patient_id}/activities/{activity_id}")
    async def read_instruction(patient_id: PersonId, activity_id: Id, caller: Caller) -> InstructionView:
        """One activity in the person's language, with what is adapted for them. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        one, locale = found(catalogue().get(activity_id)), found(state.person).locale
        return InstructionView(
            **ActivityView.of(one, locale).model_dump(),
            adapted=await adapted_for(desk, caller, patient_id, state),
            unfit=unfit(one, state, locale),
            less=say("less", locale),
        )

    return routes


def _place(one: Activity) -> tuple[int, str]:
    return one.level, one.activity_id
