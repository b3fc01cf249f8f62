"""The routes of safety: the red-flag list, what to do after an answer, the suspension, and the history."""

import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from services.safety import requests as r
from services.safety import views as v
from services.safety.desk import Desk
from services.safety.domain.commands import OWN, ResumeAutomation, SuspendAutomation
from services.safety.domain.levels import in_order, level_of
from services.safety.domain.model import SafetyState
from services.safety.spool import Entry
from services.safety.store import ANSWERS, SUSPENSIONS
from services.safety.texts import speech
from shared.clinics import Clinics
from shared.red_flags import questions
from shared.runtime.ports import DependencyDown
from shared.runtime.runtime import Runtime
from shared.sealing import Erased
from shared.web.cursor import read_cursor, write_cursor
from shared.web.limits import NEVER_LIMITED
from shared.web.principal import Caller, PersonId, Principal, actor, allow, found, may
from shared.web.problems import refused

ANSWERING: Final = ("patient", "clinician", "caregiver")
"""W3: a caregiver may answer red flags; a clinician notes the person's own words."""

EPISODES: Final = 100
_SOURCES: Final = {"patient": "app", "caregiver": "app", "clinician": "clinician"}


def router(runtime: Runtime, clinics: Clinics, desk: Desk) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    routes = APIRouter(prefix="/v1", tags=["safety"])

    async def known(principal: Principal, patient_id: str, role: str) -> SafetyState:
        """The person's state; 404 for staff of whose tenant they are not, but never for the person's own token."""
        state: SafetyState | None = await runtime.state(patient_id, principal.tenant)
        if role in OWN:
            return state or SafetyState()
        found(state and state.enrolment)
        return found(state)

    @routes.get("/patients/{patient_id}/red-flags", openapi_extra=NEVER_LIMITED)
    async def read_red_flags(patient_id: PersonId, caller: Caller, language: r.Language = None) -> v.ListView:
        """The list in the person's language, also while nothing else works. Patient, caregiver or clinician."""
        role = allow(caller, patient_id, *ANSWERING)
        own, locale = role in OWN, language
        if not (own and language):
            heard = await desk.locale(caller.tenant, patient_id, own=own)
            locale = language or heard
        clinic = clinics.of(caller.tenant)
        said = speech(clinic, locale)
        return v.ListView(
            language=said.language,
            intro=said.say("intro"),
            questions=[v.QuestionView(code=one.code, text=one.text) for one in questions(said.language)],
            messages=v.messages(said, clinic),
            emergency_number=clinic.emergency_number if clinic else None,
            human=clinic.human(said.language) if clinic else None,
        )

    @routes.post("/patients/{patient_id}/red-flags", openapi_extra=NEVER_LIMITED)
    async def answer_red_flags(
        patient_id: PersonId,
        body: r.AnswerBody,
        caller: Caller,
        role: Annotated[str, may(*ANSWERING)],
        language: r.Language = None,
    ) -> v.AnsweredView:
        """Answer the list and be told at once what to do, also while Kafka and the database are away.

        Patient, caregiver, or a clinician noting the person's words. Any yes suspends automation.
        """
        by, now = actor(caller, role), runtime.clock.now()
        entry = Entry(
            tenant=caller.tenant,
            key=patient_id,
            id=body.id,
            context=body.context,
            yes=in_order(body.yes),
            answered_at=now.isoformat(),
            role=by.kind,
            subject=by.id,
            source=_SOURCES[role],
            spooled_at_ms=time.time_ns() // 1_000_000,
        )
        taken = await desk.take(entry)
        clinic = clinics.of(caller.tenant)
        suspended = taken.suspended
        if role == "caregiver" and not body.yes:
            suspended = None  # 9.1 no. 13: what the person told about others is not shown to a caregiver
        return v.answered(
            body.id,
            in_order(body.yes),
            level_of(body.yes),
            speech(clinic, language or taken.locale),
            clinic,
            taken.recorded,
            suspended=suspended,
        )

    @routes.get("/patients/{patient_id}/suspension")
    async def read_suspension(patient_id: PersonId, caller: Caller, language: r.Language = None) -> v.SuspensionView:
        """Whether automation is suspended, and what to do. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state, clinic = await known(caller, patient_id, role), clinics.of(caller.tenant)
        locale = language or (state.enrolment.locale if state.enrolment else None)
        return v.suspended(state.suspension, speech(clinic, locale), clinic, for_clinician=role == "clinician")

    @routes.post("/patients/{patient_id}/suspension", status_code=201, response_model=v.StoppedView)
    async def suspend_automation(
        patient_id: PersonId, body: r.SuspendBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> JSONResponse:
        """Stop everything automatic for this person, without a red flag, until a note of clearance. Clinician."""
        await known(caller, patient_id, role)
        answer = await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=SuspendAutomation(body.id, body.reason),
            command_id=body.id,
            actor=actor(caller, role),
            source="clinician",
        )
        return JSONResponse(dict(answer.body), answer.status)

    @routes.post("/patients/{patient_id}/suspension/resume", response_model=v.ResumedView)
    async def resume_automation(
        patient_id: PersonId, body: r.ResumeBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> JSONResponse:
        """End the suspension that is open, with a note of clearance. Clinician."""
        await known(caller, patient_id, role)
        try:
            sealed = await runtime.sealer.seal(caller.tenant, patient_id, body.note)
        except DependencyDown:
            raise refused(503, {"Retry-After": "2"}) from None
        except Erased:
            raise refused(404) from None
        answer = await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=ResumeAutomation(body.suspension_id, sealed, body.last_flag_id),
            command_id=body.id,
            actor=actor(caller, role),
            source="clinician",
        )
        return JSONResponse(dict(answer.body), answer.status)

    @routes.get("/patients/{patient_id}/red-flags/history")
    async def read_history(
        patient_id: PersonId,
        caller: Caller,
        cursor: Annotated[str | None, Query(description="Where the last page ended.", max_length=1000)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> v.HistoryView:
        """Every answer, the latest first, and every suspension with its note. Clinician."""
        position = read_cursor(cursor, seq=int)
        role = allow(caller, patient_id, "clinician")
        await known(caller, patient_id, role)
        await runtime.settle(patient_id)
        where: dict[str, Any] = {"key": patient_id, "tenant": caller.tenant}
        page = where if position is None else {**where, "seq": {"$lt": position["seq"]}}
        answers = await runtime.find(ANSWERS, page, sort=[("seq", -1)], limit=limit + 1)
        episodes = await runtime.find(SUSPENSIONS, where, sort=[("order", -1)], limit=EPISODES)
        more = len(answers) > limit
        return v.HistoryView(
            answers=[v.AnswerView.of(document) for document in answers[:limit]],
            next_cursor=write_cursor({"seq": answers[limit - 1]["seq"]}) if more else None,
            suspensions=[await episode(caller.tenant, patient_id, document) for document in episodes],
        )

    async def episode(tenant: str, patient_id: str, document: dict[str, Any]) -> v.EpisodeView:
        sealed = document["note_sealed"]
        try:
            note = None if sealed is None else await runtime.sealer.unseal(tenant, patient_id, sealed)
        except DependencyDown:
            raise refused(503, {"Retry-After": "2"}) from None
        except Erased:
            note = None
        return v.EpisodeView.model_validate({**document, "suspension_id": document["id"], "note": note})

    return routes
