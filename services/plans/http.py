"""The routes of plans: enrolment, the plan in force, and the answer to an offered step."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse

from services.plans.api import requests as r
from services.plans.api import views as v
from services.plans.api.aims import aims_router
from services.plans.api.circle import circle_router
from services.plans.api.desk import Desk, json
from services.plans.api.overrides import override_router
from services.plans.api.prompts import prompt_router
from services.plans.api.work import work_router
from services.plans.domain import proposals
from services.plans.domain.commands import (
    ActivatePlan,
    AnswerProposal,
    AnswerTryout,
    ChangePlan,
    EndPlan,
    EnrolPatient,
)
from services.plans.domain.terms import Terms
from shared.clinics import Clinics
from shared.contracts.fields import Id
from shared.runtime.messages import Refused
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, Principal, allow, found, may

_IF_MATCH: Final = re.compile(r'^"(\d{1,9})"$')


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    desk = Desk(runtime, clinics)
    routes = APIRouter(prefix="/v1", tags=["plans"])
    whole = APIRouter()

    async def terms(caller: Principal, patient_id: str, body: r.TermsBody) -> Terms:
        """The terms with the flare plan's words sealed; 404 first for a stranger, who is to have no key."""
        await desk.known(caller, patient_id)
        plan = body.flare_plan
        return body.terms(await desk.seal(caller, patient_id, None if plan is None else plan.plain().decode()))

    @routes.post("/patients", status_code=201, response_model=v.PatientView)
    async def enrol_patient(
        body: r.EnrolmentBody, caller: Caller, role: Annotated[str, may("clinician", "admin")]
    ) -> Response:
        """Enrol a person; `id` is theirs from now on. Clinician or admin."""
        command = EnrolPatient(body.person(), desk.minors_served(caller))
        return json(await desk.run(caller, role, body.id, command, body.id))

    @routes.get("/patients/{patient_id}")
    async def read_patient(patient_id: PersonId, caller: Caller) -> v.PatientView:
        """What places the person's day: zone, locale, start of the day, live or batch records."""
        allow(caller, patient_id, "patient", "clinician", "admin")
        state = await desk.known(caller, patient_id)
        return v.PatientView.of(patient_id, found(state.person))

    @routes.post("/patients/{patient_id}/plans", status_code=201, response_model=v.PlanInForceView)
    async def activate_plan(
        patient_id: PersonId, body: r.TermsBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Put a plan into force and be told which locks will hold. Clinician."""
        command = ActivatePlan(body.id, await terms(caller, patient_id, body), desk.minors_served(caller))
        answer = await desk.run(caller, role, patient_id, command, body.id)
        return json(answer, etag=True)

    @routes.put("/patients/{patient_id}/plans/{plan_id}", response_model=v.PlanInForceView)
    async def change_plan(
        patient_id: PersonId,
        plan_id: Id,
        body: r.TermsBody,
        caller: Caller,
        role: Annotated[str, may("clinician")],
        if_match: Annotated[str | None, Header(description="The ETag of the version that was read.")] = None,
    ) -> Response:
        """Put the next version of a plan into force; If-Match names the version it was made from. Clinician."""
        command = ChangePlan(plan_id, _version(if_match), await terms(caller, patient_id, body))
        return json(await desk.run(caller, role, patient_id, command, body.id), etag=True)

    @routes.post("/patients/{patient_id}/plans/{plan_id}/end", response_model=v.PlanEndedView)
    async def end_plan(
        patient_id: PersonId, plan_id: Id, body: r.EndBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """End the plan in force. Clinician."""
        return json(await desk.run(caller, role, patient_id, EndPlan(plan_id, body.reason), body.id))

    @routes.get("/patients/{patient_id}/plan")
    async def read_plan(patient_id: PersonId, caller: Caller, response: Response) -> v.PlanView:
        """The plan in force, or the last one with how it ended."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        plan = found(state.plan)
        response.headers["ETag"] = f'"{plan.version}"'
        words = await desk.unseal(caller, patient_id, plan.terms.flare_plan_sealed)
        return v.PlanView.of(plan, words, desk.human(caller, state))

    @routes.get("/patients/{patient_id}/proposals")
    async def read_proposals(patient_id: PersonId, caller: Caller) -> v.ProposalsView:
        """The offered steps that wait for an answer, with their options, and the last that no longer do."""
        allow(caller, patient_id, "patient", "clinician")
        state, now = await desk.known(caller, patient_id), runtime.clock.now()
        views = [
            v.ProposalView.of(proposal, proposals.closed_because(state, proposal, now))
            for proposal in reversed(state.proposals)
        ]
        return v.ProposalsView(
            open=[view for view in views if view.status == "open"],
            closed=[view for view in views if view.status != "open"],
            human=desk.human(caller, state),
        )

    @routes.post("/patients/{patient_id}/proposals/{proposal_id}/answer", response_model=v.AnsweredView)
    async def answer_proposal(
        patient_id: PersonId,
        proposal_id: Id,
        body: r.AnswerBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Note the person's own answer: from themselves, or from staff who heard it by phone or on paper (W3)."""
        person = desk.human(caller, await desk.known(caller, patient_id))
        answer = await desk.run(
            caller, role, patient_id, AnswerProposal(proposal_id, body.answer), body.id, body.source
        )
        return JSONResponse({**answer.body, "human": person and person.model_dump()}, answer.status)

    @routes.post("/patients/{patient_id}/tracks/{track_id}/tryout", response_model=v.TryoutAnsweredView)
    async def answer_tryout(
        patient_id: PersonId,
        track_id: Id,
        body: r.TryoutBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Keep or drop a track that was tried out: the person's own word, or staff noting it (article P12.3)."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, AnswerTryout(track_id, body.keep), body.id, body.source))

    whole.include_router(routes)
    whole.include_router(work_router(desk))
    whole.include_router(override_router(desk))
    whole.include_router(circle_router(desk))
    whole.include_router(prompt_router(desk))
    whole.include_router(aims_router(desk))
    return whole


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise Refused(428, "precondition_required", "The request needs an If-Match header with the plan's ETag.")
    if (match := _IF_MATCH.match(if_match.strip())) is None:
        raise Refused(412, "plan_changed_since", "If-Match must be the ETag of the plan as it was read.")
    return int(match[1])
