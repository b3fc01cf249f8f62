"""The routes of plans: enrolment, the plan in force, and the answer to an offered step."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.plans.api import plan_views as pv
from services.plans.api import requests as r
from services.plans.api import views as v
from services.plans.api.activities import activity_router
from services.plans.api.agreement import agreement_router
from services.plans.api.aims import aims_router
from services.plans.api.changes import changes_router
from services.plans.api.circle import circle_router
from services.plans.api.desk import Desk, json
from services.plans.api.doing import doing_router
from services.plans.api.energy import energy_router
from services.plans.api.flare_page import flare_router
from services.plans.api.goal_checks import goal_check_router
from services.plans.api.intake import intake_router
from services.plans.api.learning import learning_router
from services.plans.api.measures import measures_router
from services.plans.api.overrides import override_router
from services.plans.api.prompts import prompt_router
from services.plans.api.reviews import review_router
from services.plans.api.routine import routine_router
from services.plans.api.transfer import transfer_router
from services.plans.api.versions import versions_router
from services.plans.api.visits import visit_router
from services.plans.api.work import work_router
from services.plans.domain import proposals
from services.plans.domain.commands import (
    AnswerProposal,
    AnswerTryout,
    EndPlan,
    EnrolPatient,
)
from shared.clinics import Clinics
from shared.contracts.fields import Id
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, allow, found, may


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    desk = Desk(runtime, clinics)
    routes = APIRouter(prefix="/v1", tags=["plans"])
    whole = APIRouter()

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

    @routes.post("/patients/{patient_id}/plans/{plan_id}/end", response_model=pv.PlanEndedView)
    async def end_plan(
        patient_id: PersonId, plan_id: Id, body: r.EndBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """End the plan in force. Clinician.

        Within 60 s no message of any kind leaves any more, and memberships of groups end. Offers, overrides, the open
        draft and what waited for the person end; reviews and calls are closed; nothing is asked any more. Red flags
        stay until a human closes them; consents and what was written stay. Where the person withdrew, moved or died,
        caregivers see nothing any more; else what they see stays until that is taken back.
        """
        return json(await desk.run(caller, role, patient_id, EndPlan(plan_id, body.reason), body.id))

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
    whole.include_router(agreement_router(desk))
    whole.include_router(versions_router(desk))
    whole.include_router(changes_router(desk))
    whole.include_router(work_router(desk))
    whole.include_router(override_router(desk))
    whole.include_router(learning_router(desk))
    whole.include_router(circle_router(desk))
    whole.include_router(transfer_router(desk))
    whole.include_router(prompt_router(desk))
    for area in (activity_router, doing_router, energy_router, flare_router, routine_router):
        whole.include_router(area(desk))
    whole.include_router(aims_router(desk))
    whole.include_router(measures_router(desk))
    whole.include_router(review_router(desk))
    whole.include_router(visit_router(desk))
    whole.include_router(goal_check_router(desk))
    whole.include_router(intake_router(desk))
    return whole
