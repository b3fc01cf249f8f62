"""The routes for how it felt: morning checks and the journal; caregivers and devices have none of them (W3)."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.session_logging.api import answers as a
from services.session_logging.api import requests as r
from services.session_logging.api.commanding import carry_out
from services.session_logging.api.paging import Cursor, Limit, Since, Until, paged
from services.session_logging.api.reading import known_person
from services.session_logging.domain.commands import AddJournal, SubmitMorningCheck
from services.session_logging.folding.views import check_view, journal_view
from services.session_logging.store import JOURNAL, MORNING_CHECKS
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, allow, may


def add_feelings(routes: APIRouter, runtime: Runtime) -> None:
    """Add the routes to those of the diary."""

    @routes.post("/morning-checks", status_code=201, response_model=a.CheckAnswer)
    async def submit_morning_check(
        patient_id: PersonId, body: r.MorningBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Note how the morning felt, from the person or from staff noting the person's words."""
        command = SubmitMorningCheck(str(body.id), body.check())
        answer = await carry_out(runtime, caller, role, patient_id, command, command.check_id, body.source)
        return JSONResponse(dict(answer.body), answer.status)

    @routes.get("/morning-checks")
    async def list_morning_checks(
        patient_id: PersonId,
        caller: Caller,
        cursor: Cursor = None,
        limit: Limit = 50,
        since: Since = None,
        until: Until = None,
    ) -> a.CheckPage:
        """Morning checks, newest first; for the person and the care team."""
        allow(caller, patient_id, "patient", "clinician")
        documents, following = await paged(
            runtime, caller, patient_id, MORNING_CHECKS, {}, "at_ms", (since, until), cursor, limit
        )
        items = [check_view(document) for document in documents]
        return a.CheckPage.model_validate({"items": items, "next_cursor": following})

    @routes.post("/journal-entries", status_code=201, response_model=a.JournalAnswer)
    async def add_journal(
        patient_id: PersonId, body: r.JournalBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Keep a journal entry. The words are sealed before anything else happens to them."""
        await known_person(runtime, patient_id, caller.tenant)
        text = None if body.text is None else await runtime.sealer.seal(caller.tenant, patient_id, body.text)
        tags = tuple(sorted(set(body.tags)))
        command = AddJournal(str(body.id), body.at, tags, body.bring_to_visit, text)
        answer = await carry_out(runtime, caller, role, patient_id, command, command.entry_id, body.source)
        return JSONResponse(dict(answer.body), answer.status)

    @routes.get("/journal-entries")
    async def list_journal(
        patient_id: PersonId,
        caller: Caller,
        cursor: Cursor = None,
        limit: Limit = 50,
        since: Since = None,
        until: Until = None,
    ) -> a.JournalPage:
        """Journal entries with their words: the person sees all, the care team those to bring to a visit."""
        role = allow(caller, patient_id, "patient", "clinician")
        where = {} if role == "patient" else {"bring_to_visit": 1}
        documents, following = await paged(
            runtime, caller, patient_id, JOURNAL, where, "at_ms", (since, until), cursor, limit
        )
        items: list[dict[str, Any]] = []
        for document in documents:
            token = document["sealed_text"]
            text = None if token is None else await runtime.sealer.unseal(caller.tenant, patient_id, token)
            items.append({**journal_view(document), "text": text})
        return a.JournalPage.model_validate({"items": items, "next_cursor": following})
