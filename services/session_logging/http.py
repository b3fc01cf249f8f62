"""The routes of the diary: sessions alone and in batches."""

import re
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from services.session_logging.api import answers as a
from services.session_logging.api import requests as r
from services.session_logging.api.attention import with_words
from services.session_logging.api.commanding import carry_out, derived_content
from services.session_logging.api.feelings import add_feelings
from services.session_logging.api.items import all_answers, read_items
from services.session_logging.api.paging import Cursor, Limit, Since, Until, paged
from services.session_logging.api.reading import known_person, read_session
from services.session_logging.domain.commands import AmendSession, LogBatch, LogSession, VoidSession
from services.session_logging.folding.views import done_view, session_view
from services.session_logging.store import SESSIONS, session_from
from shared.clinics import Clinics
from shared.contracts.fields import Id
from shared.ids import named_id
from shared.runtime.messages import Answer, Refused
from shared.runtime.runtime import Runtime
from shared.web.often import often
from shared.web.principal import Caller, PersonId, Principal, allow, found, may

_ALL: Final = ("patient", "clinician", "caregiver", "device")
_IF_MATCH: Final = re.compile(r'^"(\d{1,9})"$')
IfMatch = Annotated[str | None, Header(description="The ETag of the session as it was read.")]


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    routes = APIRouter(prefix="/v1/patients/{patient_id}", tags=["session_logging"])

    async def told(caller: Principal, patient_id: str, answer: Answer) -> Answer:
        return await with_words(runtime, clinics, caller.tenant, patient_id, answer)

    @routes.post("/sessions", status_code=201, response_model=a.SessionAnswer)
    @often
    async def log_session(
        patient_id: PersonId, body: r.LogBody, caller: Caller, role: Annotated[str, may(*_ALL)]
    ) -> Response:
        """Log one session. The same id and content gives the same answer, other content 409.

        Pain of 9 or more, 4 or more above the usual, or "something is wrong" is answered with `attention` (W15).
        """
        command = LogSession(str(body.id), body.entry())
        answer = await carry_out(runtime, caller, role, patient_id, command, command.session_id, body.source)
        return _session(await told(caller, patient_id, answer), patient_id)

    @routes.post("/sessions/batch", response_model=a.BatchAnswer)
    async def log_batch(
        patient_id: PersonId, body: r.BatchBody, caller: Caller, role: Annotated[str, may(*_ALL)]
    ) -> Response:
        """Log an offline queue or a paper diary; every item gets an answer of its own."""
        read, unreadable = read_items(body.items)
        command = LogBatch(str(body.id), tuple(item for _, item in read))
        answer = await carry_out(runtime, caller, role, patient_id, command, command.batch_id, body.source)
        answer = await told(caller, patient_id, answer)
        return JSONResponse(all_answers(answer.body, [index for index, _ in read], unreadable), answer.status)

    @routes.get("/sessions")
    async def list_sessions(
        patient_id: PersonId,
        caller: Caller,
        cursor: Cursor = None,
        limit: Limit = 50,
        since: Since = None,
        until: Until = None,
        track_id: Annotated[Id | None, Query(description="Only sessions of this track.")] = None,
        voided: Annotated[bool, Query(description="Also those that were voided.")] = False,
    ) -> a.SessionPage | a.DonePage:
        """Sessions, newest first. A caregiver sees what was done and nothing about how it felt."""
        role = allow(caller, patient_id, "patient", "clinician", "caregiver")
        where = {} if track_id is None else {"track_id": track_id}
        where |= {} if voided and role != "caregiver" else {"status": "active"}
        documents, following = await paged(
            runtime, caller, patient_id, SESSIONS, where, "started_ms", (since, until), cursor, limit
        )
        sessions = [session_from(document) for document in documents]
        if role == "caregiver":
            return a.DonePage.model_validate({"items": [done_view(s) for s in sessions], "next_cursor": following})
        items = [session_view(session, role) for session in sessions]
        return a.SessionPage.model_validate({"items": items, "next_cursor": following})

    @routes.get("/sessions/{session_id}", response_model=a.SessionAnswer)
    async def read_one(patient_id: PersonId, session_id: Id, caller: Caller) -> Response:
        """One session with its ETag, also when it was voided."""
        role = allow(caller, patient_id, *_ALL)
        await known_person(runtime, patient_id, caller.tenant, settled=True)
        session = found(await read_session(runtime, patient_id, caller.tenant, session_id))
        return _session(Answer(200, {"session": session_view(session, role)}))

    @routes.patch("/sessions/{session_id}", response_model=a.SessionAnswer)
    async def amend_session(
        patient_id: PersonId,
        session_id: Id,
        body: r.AmendBody,
        caller: Caller,
        role: Annotated[str, may(*_ALL)],
        if_match: IfMatch = None,
    ) -> Response:
        """Correct a session. If-Match carries the ETag that was read: 428 without it, 412 when it is stale."""
        command = AmendSession(session_id, _revision(if_match), body.changed, body.entry())
        command_id = named_id("amend", *derived_content(command))
        answer = await carry_out(runtime, caller, role, patient_id, command, command_id, body.source)
        return _session(await told(caller, patient_id, answer))

    @routes.post("/sessions/{session_id}/void", response_model=a.SessionAnswer)
    async def void_session(
        patient_id: PersonId, session_id: Id, body: r.VoidBody, caller: Caller, role: Annotated[str, may(*_ALL)]
    ) -> Response:
        """Take a session out of every count, for good. A second void gets the same answer and changes nothing."""
        command = VoidSession(session_id, body.reason)
        command_id = named_id("void", *derived_content(command))
        return _session(await carry_out(runtime, caller, role, patient_id, command, command_id, body.source))

    add_feelings(routes, runtime)
    return routes


def _session(answer: Answer, patient_id: str | None = None) -> Response:
    session = answer.body["session"]
    headers = {"ETag": f'"{session["revision"]}"'}
    if patient_id is not None:
        headers["Location"] = f"/v1/patients/{patient_id}/sessions/{session['id']}"
    return Response(orjson.dumps(answer.body), answer.status, headers, "application/json")


def _revision(if_match: str | None) -> int:
    if if_match is None:
        raise Refused(428, "precondition_required", "The request needs an If-Match header with the session's ETag.")
    if (match := _IF_MATCH.match(if_match.strip())) is None:
        raise Refused(412, "revision_stale", "If-Match must be the ETag of the session as it was read.")
    return int(match[1])
