"""The routes of questionnaires: answered, read with what changed, and what is asked next (domain/measures.md)."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from services.plans.api import measures_shapes as s
from services.plans.api.desk import Desk
from services.plans.api.latest import Cursor, Limit, latest
from services.plans.domain import instruments as known
from services.plans.domain import measures_due, reviews
from services.plans.domain.measures import Permits, SubmitMeasure, live
from services.plans.domain.model import PatientState, Plan
from services.plans.folding.reviews import began_on, in_force, review_day
from services.plans.store.reviews import MEASURES, persons
from services.plans.texts.measures import words
from shared.clinics import language_of
from shared.clock import local_date
from shared.web.principal import Caller, PersonId, Principal, allow, found, may

IN_A_REVIEW: Final = ("peg", "psfs", "phq4", "sleep", "pgic", "pseq2", "checkin")
"""What a comprehensive review asks by default, as far as the clinic has it: at most 18 items (measures.md 3.2)."""


def measures_router(desk: Desk) -> APIRouter:
    """The routes of questionnaires, under `/v1`."""
    routes, runtime = APIRouter(prefix="/v1", tags=["measures"]), desk.runtime

    def permits(caller: Principal) -> Permits:
        """What the caller's clinic has said of the instruments that are off until then."""
        clinic = desk.clinics.of(caller.tenant)
        if clinic is None:
            return Permits()
        said = clinic.instruments
        return Permits(
            phq4_role=None if said.phq4 is None else said.phq4.role,
            phq4_within_hours=None if said.phq4 is None else said.phq4.within_hours,
            promis=said.promis is not None,
            pseq2=said.pseq2 is not None,
            ears=said.ears is not None,
            ears_reversed=() if said.ears is None else said.ears.reversed,
        )

    @routes.post("/patients/{patient_id}/measures", status_code=201, response_model=s.MeasureRecordedView)
    async def submit_measure(
        patient_id: PersonId,
        body: s.MeasureBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Note the person's own answer to one instrument: from themselves, or from staff who heard it (W3)."""
        state = await desk.known(caller, patient_id)
        command = SubmitMeasure(
            measure_id=body.id,
            instrument=body.instrument,
            values=body.values,
            reasons=body.reasons,
            permits=permits(caller),
            review_id=body.review_id,
            domain=body.domain,
            words_sealed=await desk.seal(caller, patient_id, body.words),
            adjust_plan=body.adjust_plan,
        )
        answer = await desk.run(caller, role, patient_id, command, body.id, body.source)
        person, human = found(state.person), desk.human(caller, state)
        noted = {name: value for name, value in answer.body.items() if name != "supported"}
        said = "supportive" if answer.body["supported"] else "thanks"
        told = {"text": words(language_of(person.locale))[said], "human": human and human.model_dump()}
        return JSONResponse({**noted, **told}, answer.status)

    @routes.get("/patients/{patient_id}/measures")
    async def read_measures(
        patient_id: PersonId,
        caller: Caller,
        instrument: Annotated[str | None, Query(max_length=60, description="Only this instrument.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> s.MeasuresView:
        """What was answered, with scores and what changed since the last time. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        where = persons(caller.tenant, patient_id)
        if instrument is not None:
            where = {**where, "instrument": instrument}
        page, following = await latest(desk, MEASURES, where, cursor, limit)

        views = [
            s.MeasureView.of(
                one, await desk.unseal(caller, patient_id, one["words_sealed"]), clinician=role == "clinician"
            )
            for one in page
        ]
        return s.MeasuresView(measures=views, next_cursor=following)

    @routes.get("/patients/{patient_id}/measures/due")
    async def read_due(patient_id: PersonId, caller: Caller) -> s.DuesView:
        """What is asked now, what comes next and why not before. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        person = found(state.person)
        texts = words(language_of(person.locale))
        today = local_date(runtime.clock.now(), person.tz, person.day_starts_at)
        plan, review = in_force(state), state.reviews.open
        waits = None if plan is None else live(state.measures, plan.plan_id)
        asked = None if waits is None else waits.instrument
        if plan is None or state.reviews.plan_id != plan.plan_id:
            review = None
        parts = () if review is None else reviews.missing(review)
        return s.DuesView(
            asked=asked,
            until=None if waits is None else waits.until,
            opening=texts["open.open"],
            forms=_forms(state, permits(caller), asked, in_review=review is not None),
            review_id=None if review is None else review.review_id,
            parts=[s.ReviewPartView(part=one, text=texts.get(f"open.{one}")) for one in parts],
            due=[] if plan is None else _dues(state, plan, today),
            items_left=measures_due.items_left(state.measures.contacts, today),
            red_flags_at=f"/v1/patients/{patient_id}/red-flags",
            human=desk.human(caller, state),
        )

    return routes


def _forms(state: PatientState, permits: Permits, asked: str | None, *, in_review: bool) -> list[s.FormView]:
    """The instruments that may be answered now, as they are asked."""
    locale = "en" if state.person is None else state.person.locale
    goals = tuple(one.goal_id for one in sorted(state.aims.goals, key=lambda one: one.priority))
    least, most = known.PSFS_ITEMS
    forms = []
    for code in IN_A_REVIEW if in_review else () if asked is None else (asked,):
        instrument = known.BY_CODE[code]
        named = goals[:most] if code == known.PSFS and len(goals) >= least else ()
        if permits.allows(instrument) and (code != known.PSFS or named):
            forms.append(s.FormView.of(instrument, locale, named))
    return forms


def _dues(state: PatientState, plan: Plan, today: date) -> list[s.DueView]:
    found = measures_due.asks(state.measures, began_on(state, plan), today, review_day(state))
    return [s.DueView.model_validate(one, from_attributes=True) for one in found]
