"""The routes of flares and pauses: say that one began or is over, answer what is asked, see what stands."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.progression.adherence_routes import Language
from services.progression.domain.away_commands import (
    AnswerFlareQuestions,
    EndFlare,
    ReportFlare,
    RequestPause,
    RequestResume,
    TellSettling,
)
from services.progression.domain.episodes import Flare, Pause, question_open
from services.progression.domain.pausing import Reason
from services.progression.domain.state import PatientState, away_of
from services.progression.flare_page import FlarePages, FlareReportedView
from services.progression.stopped_page import STOPPED, stopped
from shared.clinics import Clinics
from shared.clock import from_ms, to_ms
from shared.contracts.fields import Id
from shared.runtime.messages import Answer, Refused
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, actor, found, may

BODY: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
_SOURCES: Final = {"patient": "app", "caregiver": "app", "clinician": "clinician"}

Reporter = Annotated[str, may("patient", "clinician", "caregiver")]
Speaker = Annotated[str, may("patient", "clinician")]


class FlareBody(BaseModel):
    """A flare has begun; `id` is made by the client, sent again it is the same report."""

    model_config = BODY
    id: Id


class FlareEndBody(FlareBody):
    """The flare is over; `flare_id` keeps a late message from ending another one."""

    flare_id: Id | None = None


class SettlingBody(FlareBody):
    """Whether it is settling."""

    settling: StrictBool


class AnswersBody(FlareBody):
    """Worse than the usual ups and downs? Hard to put up with? In the way of usual activities or of the mood?"""

    worse: StrictBool
    hard: StrictBool
    limits: StrictBool
    question_id: Id | None = Field(default=None, description="The question this answers; without it an own check.")


class PauseBody(FlareBody):
    """Why, and the day on which the plan goes on by itself; without one it is on pause until it is said so."""

    reason: Reason
    until: date | None = None


class ResumeBody(FlareBody):
    """The pause is over; `pause_id` keeps a late message from ending another one."""

    pause_id: Id | None = None


class FlareView(BaseModel):
    """An open flare: since when, and the follow-up that waits for an answer."""

    flare_id: str
    since: str
    follow_up: int | None = Field(description="Day 3, 7 or 14 whose question has no answer yet.")


class PauseView(BaseModel):
    """An open pause; `until` is the person's day on which it ends by itself."""

    pause_id: str
    since: str
    until: str | None
    reason: str


class QuestionView(BaseModel):
    """The three questions of 2.6, which wait for an answer."""

    question_id: str
    asked_at: str


class OverView(BaseModel):
    """A flare or pause that is over, with its first and last of the person's days."""

    kind: str
    episode_id: str
    since: str
    ended_at: str
    first_day: str
    last_day: str


class StandingView(BaseModel):
    """What stands over all tracks: SUSPENDED, FLARE, PAUSED or ACTIVE; what is open, and what was, the latest first."""

    status: str
    flare: FlareView | None
    pause: PauseView | None
    question: QuestionView | None
    rough_patch_until: str | None
    over: list[OverView]


def episode_router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """The routes, under `/v1`; tenant and roles come from the token."""
    routes = APIRouter(prefix="/v1", tags=["progression"])
    pages = FlarePages(runtime)

    async def answered(caller: Any, role: str, patient_id: str, command: Any, id: str) -> Answer:
        found(await runtime.state(patient_id, caller.tenant))
        return await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=command,
            command_id=id,
            actor=actor(caller, role),
            source=_SOURCES[role],
        )

    async def run(caller: Any, role: str, patient_id: str, command: Any, id: str) -> JSONResponse:
        answer = await answered(caller, role, patient_id, command, id)
        return JSONResponse(dict(answer.body), answer.status)

    @routes.get("/patients/{patient_id}/standing")
    async def read_standing(patient_id: PersonId, caller: Caller, role: Speaker) -> StandingView:
        """Flares, pauses and open questions. Patient or clinician."""
        state: PatientState = found(await runtime.state(patient_id, caller.tenant))
        return _standing(state, to_ms(runtime.clock.now()))

    @routes.post("/patients/{patient_id}/flare", response_model=FlareReportedView)
    async def report_flare(
        patient_id: PersonId, body: FlareBody, caller: Caller, role: Reporter, language: Language = None
    ) -> FlareReportedView | Response:
        """A flare has begun: it takes effect at once, and the answer is what to do now. Patient, caregiver or
        clinician; the red-flag list comes next. 409 `suspended` carries that list and whom to call in `attention`."""
        clinic, own = clinics.of(caller.tenant), role != "caregiver"
        try:
            answer = await answered(caller, role, patient_id, ReportFlare(), body.id)
        except Refused as error:
            if error.code != STOPPED:
                raise
            return await stopped(error, pages, caller.tenant, patient_id, language, clinic, own=own)
        return await pages.page(caller.tenant, patient_id, answer.body, language, clinic, own=own)

    @routes.post("/patients/{patient_id}/flare/end")
    async def end_flare(patient_id: PersonId, body: FlareEndBody, caller: Caller, role: Speaker) -> JSONResponse:
        """The flare is over, the way back begins. Patient, or a clinician noting their words."""
        return await run(caller, role, patient_id, EndFlare(body.flare_id), body.id)

    @routes.post("/patients/{patient_id}/flare/settling")
    async def tell_settling(patient_id: PersonId, body: SettlingBody, caller: Caller, role: Speaker) -> JSONResponse:
        """Whether it is settling; with two days of low pain a yes ends the flare. Patient or clinician."""
        return await run(caller, role, patient_id, TellSettling(body.settling), body.id)

    @routes.post("/patients/{patient_id}/flare/questions")
    async def answer_questions(patient_id: PersonId, body: AnswersBody, caller: Caller, role: Speaker) -> JSONResponse:
        """Three answers: a flare, a rough patch, or neither. Patient, or a clinician noting their words."""
        command = AnswerFlareQuestions(body.worse, body.hard, body.limits, body.question_id)
        return await run(caller, role, patient_id, command, body.id)

    @routes.post("/patients/{patient_id}/pause")
    async def request_pause(patient_id: PersonId, body: PauseBody, caller: Caller, role: Speaker) -> JSONResponse:
        """Put the plan on pause at once; a second request changes the open one. Patient or clinician."""
        return await run(caller, role, patient_id, RequestPause(body.reason, body.until), body.id)

    @routes.post("/patients/{patient_id}/pause/resume")
    async def request_resume(patient_id: PersonId, body: ResumeBody, caller: Caller, role: Speaker) -> JSONResponse:
        """The pause is over; the dose comes back by the gap rule. Patient or clinician."""
        return await run(caller, role, patient_id, RequestResume(body.pause_id), body.id)

    return routes


def _standing(state: PatientState, now: int) -> StandingView:
    away = away_of(state)
    flare, pause, question = away.flare, away.pause, away.question
    status = "SUSPENDED" if state.suspension else "FLARE" if flare else "PAUSED" if pause else "ACTIVE"
    return StandingView(
        status=status,
        flare=None if flare is None else _flare(flare),
        pause=None if pause is None else _pause(pause),
        question=QuestionView(question_id=question.question_id, asked_at=_iso(question.at))
        if question is not None and question_open(away, now)
        else None,
        rough_patch_until=_iso(away.rough_until) if away.rough_until > now else None,
        over=[
            OverView(
                kind=one.kind,
                episode_id=one.episode_id,
                since=_iso(one.since),
                ended_at=_iso(one.until),
                first_day=one.first.isoformat(),
                last_day=one.last.isoformat(),
            )
            for one in reversed(away.over)
        ],
    )


def _flare(flare: Flare) -> FlareView:
    waits = flare.asked > (flare.heard - flare.day).days
    return FlareView(flare_id=flare.flare_id, since=_iso(flare.since), follow_up=flare.asked if waits else None)


def _pause(pause: Pause) -> PauseView:
    until = None if pause.until is None else pause.until.isoformat()
    return PauseView(pause_id=pause.pause_id, since=_iso(pause.since), until=until, reason=pause.reason)


def _iso(at: int) -> str:
    return from_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
