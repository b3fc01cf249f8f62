"""The routes of plans: enrolment, the plan in force, and the answer to an offered step."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse

from services.plans.api import requests as r
from services.plans.api import views as v
from services.plans.api.overrides import override_router
from services.plans.api.work import work_router
from services.plans.domain import proposals
from services.plans.domain.commands import (
    ActivatePlan,
    AnswerProposal,
    AnswerTryout,
    ChangePlan,
    Command,
    EndPlan,
    EnrolPatient,
)
from services.plans.domain.model import PatientState, Terms
from shared.clinics import Clinics, Human
from shared.contracts.fields import Id
from shared.runtime.messages import Answer, Refused
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, Principal, actor, allow, found, may

_IF_MATCH: Final = re.compile(r'^"(\d{1,9})"$')


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    routes = APIRouter(prefix="/v1", tags=["plans"])
    whole = APIRouter()

    async def run(
        principal: Principal, role: str, patient_id: str, command: Command, command_id: str, source: str
    ) -> Answer:
        return await runtime.execute(
            key=patient_id,
            tenant=principal.tenant,
            command=command,
            command_id=command_id,
            actor=actor(principal, role),
            source=source,
        )

    async def known(principal: Principal, patient_id: str) -> PatientState:
        state: PatientState | None = await runtime.state(patient_id, principal.tenant)
        found(state and state.person)
        return found(state)

    def minors_served(principal: Principal) -> bool:
        clinic = clinics.of(principal.tenant)
        return clinic is not None and clinic.minors

    def human(principal: Principal, state: PatientState) -> Human | None:
        """Whom the person can reach, in their language (article P8.1)."""
        clinic = clinics.of(principal.tenant)
        return None if clinic is None or state.person is None else clinic.human(state.person.locale)

    async def terms(principal: Principal, patient_id: str, body: r.TermsBody) -> Terms:
        """The terms with the flare plan's words sealed; 404 first for a stranger, who is to have no key."""
        await known(principal, patient_id)
        plan = body.flare_plan
        seal = runtime.sealer.seal
        return body.terms(None if plan is None else await seal(principal.tenant, patient_id, plan.plain().decode()))

    @routes.post("/patients", status_code=201, response_model=v.PatientView)
    async def enrol_patient(
        body: r.EnrolmentBody, caller: Caller, role: Annotated[str, may("clinician", "admin")]
    ) -> Response:
        """Enrol a person; `id` is theirs from now on. Clinician or admin."""
        command = EnrolPatient(body.person(), minors_served(caller))
        return _json(await run(caller, role, body.id, command, body.id, "clinician"))

    @routes.get("/patients/{patient_id}")
    async def read_patient(patient_id: PersonId, caller: Caller) -> v.PatientView:
        """What places the person's day: zone, locale, start of the day, live or batch records."""
        allow(caller, patient_id, "patient", "clinician", "admin")
        state = await known(caller, patient_id)
        return v.PatientView.of(patient_id, found(state.person))

    @routes.post("/patients/{patient_id}/plans", status_code=201, response_model=v.PlanInForceView)
    async def activate_plan(
        patient_id: PersonId, body: r.TermsBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Put a plan into force and be told which locks will hold. Clinician."""
        command = ActivatePlan(body.id, await terms(caller, patient_id, body), minors_served(caller))
        answer = await run(caller, role, patient_id, command, body.id, "clinician")
        return _json(answer, etag=True)

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
        return _json(await run(caller, role, patient_id, command, body.id, "clinician"), etag=True)

    @routes.post("/patients/{patient_id}/plans/{plan_id}/end", response_model=v.PlanEndedView)
    async def end_plan(
        patient_id: PersonId, plan_id: Id, body: r.EndBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """End the plan in force. Clinician."""
        return _json(await run(caller, role, patient_id, EndPlan(plan_id, body.reason), body.id, "clinician"))

    @routes.get("/patients/{patient_id}/plan")
    async def read_plan(patient_id: PersonId, caller: Caller, response: Response) -> v.PlanView:
        """The plan in force, or the last one with how it ended."""
        allow(caller, patient_id, "patient", "clinician")
        state = await known(caller, patient_id)
        plan = found(state.plan)
        response.headers["ETag"] = f'"{plan.version}"'
        sealed = plan.terms.flare_plan_sealed
        words = None if sealed is None else await runtime.sealer.unseal(caller.tenant, patient_id, sealed)
        return v.PlanView.of(plan, words, human(caller, state))

    @routes.get("/patients/{patient_id}/proposals")
    async def read_proposals(patient_id: PersonId, caller: Caller) -> v.ProposalsView:
        """The offered steps that wait for an answer, with their options, and the last that no longer do."""
        allow(caller, patient_id, "patient", "clinician")
        state, now = await known(caller, patient_id), runtime.clock.now()
        views = [
            v.ProposalView.of(proposal, proposals.closed_because(state, proposal, now))
            for proposal in reversed(state.proposals)
        ]
        return v.ProposalsView(
            open=[view for view in views if view.status == "open"],
            closed=[view for view in views if view.status != "open"],
            human=human(caller, state),
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
        person = human(caller, await known(caller, patient_id))
        answer = await run(caller, role, patient_id, AnswerProposal(proposal_id, body.answer), body.id, body.source)
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
        await known(caller, patient_id)
        return _json(await run(caller, role, patient_id, AnswerTryout(track_id, body.keep), body.id, body.source))

    whole.include_router(routes)
    whole.include_router(work_router(runtime))
    whole.include_router(override_router(runtime))
    return whole


def _json(answer: Answer, *, etag: bool = False) -> Response:
    headers = {"ETag": f'"{answer.body["plan_version"]}"'} if etag else None
    return JSONResponse(dict(answer.body), answer.status, headers)


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise Refused(428, "precondition_required", "The request needs an If-Match header with the plan's ETag.")
    if (match := _IF_MATCH.match(if_match.strip())) is None:
        raise Refused(412, "plan_changed_since", "If-Match must be the ETag of the plan as it was read.")
    return int(match[1])
