"""The routes of the energy map: when a person has energy, how much of it they want to spend, and what it holds."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from services.plans.api.desk import Desk, json
from services.plans.api.requests import BODY
from services.plans.catalogue import catalogue
from services.plans.domain import energy as rules
from services.plans.domain.energy import BLOCKS, BUDGET_MAX, MOST, EnergyMap, SetEnergy
from services.plans.domain.model import PatientState
from services.plans.domain.routine import items, shares
from services.plans.domain.terms import DayKind, Track
from shared.clinics import Human
from shared.contracts.fields import Id, LocalTime
from shared.web.principal import Caller, PersonId, allow, may

Levels = Annotated[list[Annotated[StrictInt, Field(ge=0, le=MOST)]], Field(min_length=BLOCKS, max_length=BLOCKS)]
_DAY = 24 * 60


class PointsBody(BaseModel):
    """What one session of a track takes of the person's energy, in their own points."""

    model_config = BODY
    track_id: Id
    points: Annotated[StrictInt, Field(ge=0, le=20)]


class EnergyBody(BaseModel):
    """Energy, 0 (none) to 3 (much), in six blocks of weekdays and weekends, and a budget of points a week.

    A block begins at its wall time of `starts` and lasts until the next, the last until the first; `id` is made by the
    client. Staff who note it say how they heard it (`source`).
    """

    model_config = BODY
    id: Id
    starts: Annotated[list[LocalTime], Field(min_length=BLOCKS, max_length=BLOCKS)] = [
        "02:00",
        "06:00",
        "10:00",
        "14:00",
        "18:00",
        "22:00",
    ]
    weekday: Levels
    weekend: Levels
    budget: Annotated[StrictInt, Field(ge=0, le=BUDGET_MAX)] | None = None
    points: Annotated[list[PointsBody], Field(max_length=8)] = []
    source: Literal["app", "phone", "paper"] = "app"

    @model_validator(mode="after")
    def _parts_the_day(self) -> Self:
        if (detail := rules.disorder(self.starts)) is not None:
            raise PydanticCustomError("blocks_in_order", detail)
        return self

    def energy(self) -> EnergyMap:
        """The map as the domain knows it; of a track named twice the last counts."""
        return EnergyMap(
            starts=tuple(self.starts),
            weekday=tuple(self.weekday),
            weekend=tuple(self.weekend),
            budget=self.budget,
            points={one.track_id: one.points for one in self.points},
        )


class EnergySetView(BaseModel):
    """When the map was set."""

    set_at: str


class BlockView(BaseModel):
    """One block of the day, local wall times, and the energy in it: 0 (none) to 3 (much)."""

    start: str
    end: str
    weekday: int
    weekend: int


class ShareView(BaseModel):
    """What a track takes of the week in points (sessions a week times what one takes), and whether the budget holds
    it."""

    track_id: str
    points: int
    within: bool


class EnergyView(BaseModel):
    """The map, with the block of most energy of each kind of day (of several the earliest); and the week's budget with
    what each track takes of it, what matters most first. Null and empty while nothing was said."""

    blocks: list[BlockView]
    best: dict[DayKind, str]
    budget: int | None
    week: list[ShareView]
    human: Human | None


def tracks_of(state: PatientState) -> tuple[Track, ...]:
    """The tracks of the plan in force; none where there is no such plan."""
    return () if state.plan is None or state.plan.ended else state.plan.terms.tracks


def energy_router(desk: Desk) -> APIRouter:
    """The routes of the energy map, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["doing"])

    @routes.put("/patients/{patient_id}/energy", response_model=EnergySetView)
    async def set_energy(
        patient_id: PersonId, body: EnergyBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Note when the person has energy: their own word, or staff noting it by phone or on paper (W3)."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, SetEnergy(body.energy()), body.id, body.source))

    @routes.get("/patients/{patient_id}/energy")
    async def read_energy(patient_id: PersonId, caller: Caller) -> EnergyView:
        """When the person has energy, and what the week's budget holds. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        energy = state.doing.energy
        week = shares(items(tracks_of(state), catalogue()), energy)
        return EnergyView(
            blocks=[] if energy is None else _blocks(energy),
            best={} if energy is None else {kind: energy.starts[rules.best(energy, kind)] for kind in rules.KINDS},
            budget=None if energy is None else energy.budget,
            week=[ShareView(track_id=one.track_id, points=one.points, within=one.within) for one in week],
            human=desk.human(caller, state),
        )

    return routes


def _blocks(energy: EnergyMap) -> list[BlockView]:
    return [
        BlockView(start=_wall(first), end=_wall(last), weekday=weekday, weekend=weekend)
        for (first, last), weekday, weekend in zip(
            rules.blocks(energy.starts), energy.weekday, energy.weekend, strict=True
        )
    ]


def _wall(minutes: int) -> str:
    hours, rest = divmod(minutes % _DAY, 60)
    return f"{hours:02}:{rest:02}"
