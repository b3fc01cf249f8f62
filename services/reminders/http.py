"""The routes of reminders: cues, quiet hours, and what was sent, is to come, or was not sent and why."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from services.reminders import requests as r
from services.reminders.around import quiet_hours
from services.reminders.domain.commands import Command, SetCue, SetQuietHours
from services.reminders.domain.model import PatientState
from services.reminders.messages import MESSAGES, cue_body
from services.reminders.texts import catalogue
from services.reminders.views import message_view, upcoming
from shared.contracts.fields import Id
from shared.runtime.messages import Answer
from shared.runtime.runtime import Runtime
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, Principal, actor, allow, found


def router(runtime: Runtime) -> APIRouter:
    """All routes, under `/v1`; the tenant, role and own id come from the token, never from the body."""
    routes = APIRouter(prefix="/v1/patients/{patient_id}", tags=["reminders"])

    async def run(caller: Principal, patient_id: str, command: Command, command_id: str) -> Answer:
        role = allow(caller, patient_id, "patient", "clinician")
        return await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=command,
            command_id=command_id,
            actor=actor(caller, role),
            source="app" if role == "patient" else "clinician",
        )

    async def known(caller: Principal, patient_id: str) -> PatientState:
        allow(caller, patient_id, "patient", "clinician")
        state: PatientState | None = await runtime.state(patient_id, caller.tenant)
        return found(state if state is not None and state.person is not None else None)

    async def opened(caller: Principal, patient_id: str, sealed: Mapping[str, Any]) -> dict[str, str]:
        return {
            name: await runtime.sealer.unseal(caller.tenant, patient_id, token)
            for name in ("situation", "action")
            if (token := sealed.get(name))
        }

    @routes.put("/cues/{cue_id}", response_model=r.CueView)
    async def set_cue(patient_id: PersonId, cue_id: Id, body: r.CueBody, caller: Caller) -> Response:
        """Choose a daily prompt at local wall time, with the person's own if-then words. Patient or clinician."""
        await known(caller, patient_id)
        words = {"situation": None, "action": None} if body.if_then is None else body.if_then.model_dump()
        sealed = {
            name: text and await runtime.sealer.seal(caller.tenant, patient_id, text) for name, text in words.items()
        }
        command = SetCue(
            cue_id=cue_id,
            time=body.time,
            track_id=body.track_id,
            situation=sealed["situation"],
            action=sealed["action"],
            enabled=body.enabled,
        )
        return _json(await run(caller, patient_id, command, body.id))

    @routes.get("/cues")
    async def read_cues(patient_id: PersonId, caller: Caller) -> r.CuesView:
        """All cues with their next slot and the person's own words."""
        state = await known(caller, patient_id)
        cues = []
        for _, cue in sorted(state.cues.items()):
            words = await opened(caller, patient_id, {"situation": cue.situation, "action": cue.action})
            shown = {**cue_body(cue), "situation": words.get("situation"), "action": words.get("action")}
            cues.append(r.CueWithWordsView.model_validate(shown))
        return r.CuesView(cues=cues)

    @routes.put("/quiet-hours", response_model=r.QuietHoursSetView)
    async def set_quiet_hours(patient_id: PersonId, body: r.QuietHoursBody, caller: Caller) -> Response:
        """Choose quiet hours; shortening them is the person's own choice. Patient or clinician."""
        return _json(await run(caller, patient_id, SetQuietHours(body.start, body.end, body.enabled), body.id))

    @routes.get("/quiet-hours")
    async def read_quiet_hours(patient_id: PersonId, caller: Caller) -> r.QuietHoursView:
        """The quiet hours in force."""
        state = await known(caller, patient_id)
        hours = quiet_hours(state)
        return r.QuietHoursView(start=hours.start, end=hours.end, enabled=hours.enabled, chosen=state.quiet is not None)

    @routes.get("/reminders")
    async def read_reminders(
        patient_id: PersonId,
        caller: Caller,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> r.RemindersView:
        """What is to come, and, newest first, every message with what became of it and why."""
        state = await known(caller, patient_id)
        position = read_cursor(cursor, order=str)
        await runtime.settle(patient_id)
        where: dict[str, Any] = {"key": patient_id, "tenant": caller.tenant}
        if position is not None:
            where["order"] = {"$lt": position["order"]}
        documents = await runtime.find(MESSAGES, where, sort=[("order", -1)], limit=limit + 1)
        items = []
        for document in documents[:limit]:
            words = await opened(caller, patient_id, document)
            items.append(message_view(patient_id, document, catalogue(document["locale"]), words))
        following = write_cursor({"order": documents[limit - 1]["order"]}) if len(documents) > limit else None
        return r.RemindersView(upcoming=upcoming(state), items=items, next_cursor=following)

    return routes


def _json(answer: Answer) -> Response:
    return JSONResponse(dict(answer.body), answer.status)
