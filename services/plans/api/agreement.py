"""The routes of the agreement: versions and drafts of them, which a clinician and the person both accept."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response

from services.plans.api.desk import Desk, json
from services.plans.api.drafts import (
    SOURCES,
    AcceptBody,
    DeclineBody,
    DraftedView,
    DraftEndedView,
    DraftsView,
    DraftView,
    VersionBody,
    WithdrawBody,
)
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.api.plan_views import AcceptanceView, PlanInForceView, TermsView, WhyView
from services.plans.domain.agreement import (
    AcceptDraft,
    AmendDraft,
    DeclineDraft,
    DraftVersion,
    Why,
    WithdrawDraft,
)
from services.plans.domain.terms import Terms
from services.plans.store.agreement import DRAFTS, draft_of
from shared.contracts.fields import Id
from shared.runtime.messages import Answer, Refused
from shared.web.principal import Caller, PersonId, Principal, allow, found, may

IfMatch = Annotated[str | None, Header(description="The ETag of what was read.")]
_IF_MATCH: Final = re.compile(r'^"([1-9]\d{0,8})"$')


BOTH: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": DraftedView, "description": "A draft, until the person has accepted it too."}
}


def agreement_router(desk: Desk) -> APIRouter:
    """The routes of drafts, under `/v1`. Clinicians write, the person accepts or declines (article P1.2)."""
    routes = APIRouter(prefix="/v1", tags=["agreement"])

    async def sealed(caller: Principal, patient_id: str, body: VersionBody) -> tuple[Terms, Why | None]:
        """The terms and the reason with their words sealed; 404 first for a stranger, who is to have no key."""
        await desk.known(caller, patient_id)
        plan, why = body.flare_plan, body.why
        terms = body.terms(await desk.seal(caller, patient_id, None if plan is None else plan.plain().decode()))
        if why is None:
            return terms, None if body.next_change_on is None else Why("first", None, body.next_change_on)
        return terms, Why(why.reason, await desk.seal(caller, patient_id, why.words), body.next_change_on)

    @routes.post("/patients/{patient_id}/plans", status_code=201, response_model=PlanInForceView, responses=BOTH)
    async def draft_plan(
        patient_id: PersonId, body: VersionBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Write the first version of a plan. With the person's yes noted at once it is in force, and the answer tells
        which locks will hold; without, it is a draft of which they hear. Clinician."""
        terms, why = await sealed(caller, patient_id, body)
        heard = None if body.accepted is None else body.accepted.source
        command = DraftVersion(body.id, 0, terms, why, heard, desk.minors_served(caller))
        return _told(await desk.run(caller, role, patient_id, command, body.id))

    @routes.put("/patients/{patient_id}/plans/{plan_id}", response_model=PlanInForceView, responses=BOTH)
    async def draft_change(
        patient_id: PersonId,
        plan_id: Id,
        body: VersionBody,
        caller: Caller,
        role: Annotated[str, may("clinician")],
        if_match: IfMatch = None,
    ) -> Response:
        """Write the next version of a plan, with why; If-Match names the version it was made from. In force at once
        with the person's yes, else a draft. Clinician."""
        version = _number(if_match, "plan_changed_since")
        terms, why = await sealed(caller, patient_id, body)
        heard = None if body.accepted is None else body.accepted.source
        command = DraftVersion(plan_id, version, terms, why, heard)
        return _told(await desk.run(caller, role, patient_id, command, body.id))

    @routes.get("/patients/{patient_id}/draft")
    async def read_draft(patient_id: PersonId, caller: Caller, response: Response) -> DraftView:
        """The open draft, to be accepted or declined as it is read here. Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        draft = found((await desk.known(caller, patient_id)).agreement.draft)
        await desk.runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant, "_id": f"{patient_id}:{draft.draft_id}"}
        documents = await desk.runtime.find(DRAFTS, where, limit=1)
        view = await _draft(caller, role, patient_id, found(documents[0] if documents else None))
        response.headers["ETag"] = f'"{view.revision}"'
        return view

    @routes.get("/patients/{patient_id}/drafts")
    async def read_drafts(patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 20) -> DraftsView:
        """Every draft that waited for the person, and how it ended. Patient or clinician."""
        role, position = allow(caller, patient_id, "patient", "clinician"), position_of(cursor)
        await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant}
        documents, following = await page(desk, DRAFTS, where, position, limit)
        views = [await _draft(caller, role, patient_id, one) for one in documents]
        return DraftsView(drafts=views, next_cursor=following)

    @routes.put("/patients/{patient_id}/drafts/{draft_id}", response_model=PlanInForceView, responses=BOTH)
    async def amend_draft(
        patient_id: PersonId,
        draft_id: Id,
        body: VersionBody,
        caller: Caller,
        role: Annotated[str, may("clinician")],
        if_match: IfMatch = None,
    ) -> Response:
        """Put other words in place of the revision that If-Match names; a yes to the words before falls. In force at
        once with the person's yes, else a draft still. Clinician."""
        revision = _number(if_match, "draft_changed_since")
        terms, why = await sealed(caller, patient_id, body)
        heard = None if body.accepted is None else body.accepted.source
        command = AmendDraft(draft_id, revision, terms, why, heard)
        return _told(await desk.run(caller, role, patient_id, command, body.id))

    @routes.post("/patients/{patient_id}/drafts/{draft_id}/accept", response_model=PlanInForceView)
    async def accept_draft(
        patient_id: PersonId,
        draft_id: Id,
        body: AcceptBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
        if_match: IfMatch = None,
    ) -> Response:
        """The person's own yes to the revision that If-Match names, theirs or noted by staff (W3): it is in force."""
        revision = _number(if_match, "draft_changed_since")
        await desk.known(caller, patient_id)
        command = AcceptDraft(draft_id, revision, body.source)
        return _told(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post("/patients/{patient_id}/drafts/{draft_id}/decline", response_model=DraftEndedView)
    async def decline_draft(
        patient_id: PersonId,
        draft_id: Id,
        body: DeclineBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
        if_match: IfMatch = None,
    ) -> Response:
        """The person's own no to the revision that If-Match names, theirs or noted by staff (W3); nothing changes."""
        revision = _number(if_match, "draft_changed_since")
        await desk.known(caller, patient_id)
        words = await desk.seal(caller, patient_id, body.words)
        command = DeclineDraft(draft_id, revision, body.reason, words, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post("/patients/{patient_id}/drafts/{draft_id}/withdraw", response_model=DraftEndedView)
    async def withdraw_draft(
        patient_id: PersonId, draft_id: Id, body: WithdrawBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Take the open draft back; nothing changes. Clinician."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, WithdrawDraft(draft_id, body.reason), body.id))

    async def _draft(caller: Principal, role: str, patient_id: str, document: Any) -> DraftView:
        draft, state = draft_of(document), await desk.known(caller, patient_id)
        return DraftView(
            draft_id=draft.draft_id,
            plan_id=draft.plan_id,
            made_from=draft.made_from,
            revision=draft.revision,
            status=document["status"],
            drafted_at=draft.drafted_at,
            accepted=AcceptanceView.read(draft.accepted, role),
            why=WhyView.read(draft.why, await desk.unseal(caller, patient_id, draft.why.words_sealed)),
            terms=TermsView.read(draft.terms, await desk.unseal(caller, patient_id, draft.terms.flare_plan_sealed)),
            ended_at=document["ended_at"],
            ended_by=document["ended_by"] if role == "clinician" else None,
            ended_reason=document["ended_reason"],
            ended_words=await desk.unseal(caller, patient_id, document["ended_words_sealed"]),
            human=desk.human(caller, state),
        )

    return routes


def _told(answer: Answer) -> Response:
    """A version that is in force, or a draft, with the ETag of whichever it is."""
    tag = answer.body.get("plan_version", answer.body.get("revision"))
    return JSONResponse(dict(answer.body), answer.status, {"ETag": f'"{tag}"'})


def _number(if_match: str | None, code: str) -> int:
    if if_match is None:
        raise Refused(428, "precondition_required", "The request needs an If-Match header with the ETag that was read.")
    if (match := _IF_MATCH.match(if_match.strip())) is None:
        raise Refused(412, code, "If-Match must be the ETag as it was read.")
    return int(match[1])
