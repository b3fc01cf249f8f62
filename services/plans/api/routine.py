"""The route of the routine: what is done today in which order, with rests, and with what is adapted for the person."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal

from babel import Locale, UnknownLocaleError
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.plans.api.activities import AdaptedView, adapted_for, unfit
from services.plans.api.desk import Desk
from services.plans.api.doing import BarrierView, barred_today, barrier_views
from services.plans.api.energy import tracks_of
from services.plans.catalogue import catalogue, said
from services.plans.domain.energy import Energy, usual
from services.plans.domain.model import PatientState, Person
from services.plans.domain.overrides import stands
from services.plans.domain.routine import REST_MAX_S, REST_S, Item, Rest, items, offered, ordered, with_rests
from services.plans.domain.terms import DayKind
from services.plans.domain.work import STOPPED, alike
from services.plans.store.doing import BARRIERS
from services.plans.texts.doing import family, say
from shared.clinics import Human
from shared.clock import local_date, zone
from shared.web.principal import Caller, PersonId, allow, found

_SATURDAY: Final = 5


class SuitsView(BaseModel):
    """A time of the person's day, local wall times."""

    start: str
    end: str


class ActivityStep(BaseModel):
    """One thing to do: with how it is done, everything that is `adapted` for the person, and when it suits them today.

    How much is right today is told by `progression` for the track; `unfit` says where it may not suit a position.
    """

    step: Literal["activity"] = "activity"
    track_id: str
    activity_id: str | None
    name: str
    how: str | None
    cues: list[str]
    pace: str | None
    muscles: list[str]
    tryout: bool
    suits: list[SuitsView] = Field(description="Times of today in which the person would rather do it.")
    adapted: list[AdaptedView]
    unfit: str | None


class RestStep(BaseModel):
    """A rest between two; longer where the same muscles work before and after it, which no order avoids (`same`)."""

    step: Literal["rest"] = "rest"
    rest_s: int
    same: bool
    text: str


Step = Annotated[ActivityStep | RestStep, Field(discriminator="step")]


class RoutineView(BaseModel):
    """What is done today, in order; `left_out` are tracks for which there is no energy today.

    Without a plan in force there are no steps, and none while a human looks at a warning sign (`stopped` says so). On a
    day on which the journal told of something in the way, `plan_b` is what the person planned for it.
    """

    on: date
    energy: Energy
    text: str | None
    steps: list[Step]
    left_out: list[str]
    less: str
    stopped: str | None
    plan_b: list[BarrierView]
    human: Human | None


def routine_router(desk: Desk) -> APIRouter:
    """The route of the routine, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["doing"])

    @routes.get("/patients/{patient_id}/routine")
    async def read_routine(
        patient_id: PersonId,
        caller: Caller,
        energy: Annotated[
            Energy | None, Query(description="For how much there is energy; without it, by the energy map.")
        ] = None,
        rest_s: Annotated[int, Query(ge=REST_S, le=REST_MAX_S, description="Seconds of rest between two.")] = REST_S,
    ) -> RoutineView:
        """What is done today, in order: no muscle twice in a row, what matters most first. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        person, now = found(state.person), desk.runtime.clock.now()
        today = local_date(now, person.tz, person.day_starts_at)
        kind = day_kind(today, person.locale)
        have = energy or usual(state.doing.energy, kind, now.astimezone(zone(person.tz)).time())
        halted = stopped(state)
        whole = () if halted else items(tracks_of(state), catalogue())
        chosen = offered(whole, have, state.doing.energy)
        adapted = await adapted_for(desk, caller, patient_id, state)
        steps = with_rests(ordered(chosen, groups_of(state, now)), rest_s)
        documents = []
        if barred_today(desk, state) and state.doing.barriers:
            await desk.runtime.settle(patient_id)
            ids = sorted(f"{patient_id}:{one.barrier_id}" for one in state.doing.barriers)
            documents = list(await desk.runtime.find(BARRIERS, {"tenant": caller.tenant, "_id": {"$in": ids}}))
        return RoutineView(
            on=today,
            energy=have,
            text=say(f"energy.{have}", person.locale) if steps else None,
            steps=[_step(one, state, person, kind, adapted) for one in steps],
            left_out=[one.track.track_id for one in whole if one not in chosen],
            less=say("less", person.locale),
            stopped=say("stopped", person.locale) if halted else None,
            plan_b=await barrier_views(desk, caller, patient_id, state, documents, staff=role == "clinician"),
            human=desk.human(caller, state),
        )

    return routes


def stopped(state: PatientState) -> bool:
    """Whether a warning sign, or a clinician's stop, waits for a human: then nothing is offered (9.2, W15)."""
    return any(one.suspension_id is not None for one in state.work) or alike(state, "review", None, STOPPED) is not None


def groups_of(state: PatientState, now: datetime) -> Sequence[str]:
    """The order of muscle groups that a clinician set and that stands now (2.8); empty where there is none."""
    standing = (one for one in state.overrides if one.name == "muscle_group_order" and stands(one, now))
    return next((str(one.value).split("-") for one in standing), [])


def day_kind(day: date, locale: str) -> DayKind:
    """Whether this is a day of the weekend where the person lives: Friday and Saturday, say, for `ar-EG`."""
    try:
        place = Locale.parse(locale, sep="-")
        first, last = place.weekend_start, place.weekend_end
    except (UnknownLocaleError, ValueError):
        first, last = _SATURDAY, _SATURDAY + 1
    return "weekend" if first <= day.weekday() <= last else "weekday"


def _step(
    one: Item | Rest, state: PatientState, person: Person, kind: DayKind, adapted: list[AdaptedView]
) -> ActivityStep | RestStep:
    if isinstance(one, Rest):
        text = say("rest.same" if one.same else "rest", person.locale, seconds=one.rest_s)
        return RestStep(rest_s=one.rest_s, same=one.same, text=text)
    track, activity = one.track, one.activity
    name, how, cues = (
        (family(track.activity_family, person.locale), None, []) if activity is None else said(activity, person.locale)
    )
    return ActivityStep(
        track_id=track.track_id,
        activity_id=track.activity_id,
        name=name,
        how=how,
        cues=cues,
        pace=None if track.pace is None else say(f"pace.{track.pace}", person.locale),
        muscles=[] if activity is None else list(activity.muscles),
        tryout=track.tryout,
        suits=[SuitsView(start=it.start, end=it.end) for it in track.preferred_windows if it.days == kind],
        adapted=adapted,
        unfit=unfit(activity, state, person.locale),
    )
