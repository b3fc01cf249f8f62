"""The routes of reminders: cues, quiet hours, blocked days, and what was sent, is to come, or was not sent and why.

Every answer names a human of the person's clinic (article P8.1), in the language of the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.reminders import requests as r
from services.reminders.around import quiet_hours
from services.reminders.blocking import blocked_body
from services.reminders.contact import Contact, contact
from services.reminders.domain.commands import BlockDays, Command, SetCue, SetQuietHours, UnblockDays
from services.reminders.domain.model import PatientState
from services.reminders.messages import MESSAGES, cue_body
from services.reminders.texts import Catalogue, catalogue
from services.reminders.views import message_view, reason_text, upcoming
from shared.clinics import Clinics
from shared.contracts.fields import Id
from shared.ids import random_id
from shared.runtime.messages import Answer
from shared.runtime.runtime import Runtime
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, Principal, actor, allow, found, may

_KIND_WIDTH: Final = 10
"""Kinds are sealed at one length, so that not even that tells them apart."""


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the caller's tenant: their state, the texts of their language, and whom they can reach."""

    state: PatientState
    texts: Catalogue
    contact: Contact

    def answer(self, body: Mapping[str, Any], of: str) -> dict[str, Any]:
        """A body with its reason in words and the human."""
        words = {"reason_text": reason_text(self.texts, of, body["reason"]), "human": self.contact.human}
        return {**body, **words}


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
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

    async def known(caller: Principal, patient_id: str) -> Known:
        allow(caller, patient_id, "patient", "clinician")
        read: PatientState | None = await runtime.state(patient_id, caller.tenant)
        state = found(read)
        person = found(state.person)
        return Known(state, catalogue(person.locale), contact(clinics, caller.tenant, person.locale))

    async def opened(caller: Principal, patient_id: str, sealed: Mapping[str, Any]) -> dict[str, str]:
        return {
            name: await runtime.sealer.unseal(caller.tenant, patient_id, token)
            for name in ("situation", "action")
            if (token := sealed.get(name))
        }

    @routes.put("/cues/{cue_id}", response_model=r.CueView, dependencies=[may("patient", "clinician")])
    async def set_cue(patient_id: PersonId, cue_id: Id, body: r.CueBody, caller: Caller) -> Response:
        """Choose a daily prompt at local wall time, with the person's own if-then words. Patient or clinician."""
        person = await known(caller, patient_id)
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
        done = await run(caller, patient_id, command, body.id)
        return _json(r.CueView.model_validate(person.answer(done.body, "cue.reason")), done.status)

    @routes.get("/cues")
    async def read_cues(patient_id: PersonId, caller: Caller) -> r.CuesView:
        """All cues with their next slot and the person's own words."""
        person = await known(caller, patient_id)
        cues = []
        for _, cue in sorted(person.state.cues.items()):
            words = await opened(caller, patient_id, {"situation": cue.situation, "action": cue.action})
            shown = person.answer(cue_body(person.state, cue), "cue.reason")
            own = {"situation": words.get("situation"), "action": words.get("action")}
            cues.append(r.CueWithWordsView.model_validate({**shown, **own}))
        return r.CuesView(cues=cues, human=person.contact.human)

    @routes.put("/quiet-hours", response_model=r.QuietHoursSetView, dependencies=[may("patient", "clinician")])
    async def set_quiet_hours(patient_id: PersonId, body: r.QuietHoursBody, caller: Caller) -> Response:
        """Choose quiet hours; shortening them is the person's own choice. Patient or clinician."""
        person = await known(caller, patient_id)
        command = SetQuietHours(body.start, body.end, body.enabled)
        done = await run(caller, patient_id, command, body.id)
        shown = {**done.body, "reason": "chosen" if body.enabled else "off"}
        return _json(r.QuietHoursSetView.model_validate(person.answer(shown, "quiet.reason")), done.status)

    @routes.get("/quiet-hours")
    async def read_quiet_hours(patient_id: PersonId, caller: Caller) -> r.QuietHoursView:
        """The quiet hours in force."""
        person = await known(caller, patient_id)
        hours, chosen = quiet_hours(person.state), person.state.quiet is not None
        reason = ("chosen" if chosen else "default") if hours.enabled else "off"
        shown = {"start": hours.start, "end": hours.end, "enabled": hours.enabled, "chosen": chosen, "reason": reason}
        return r.QuietHoursView.model_validate(person.answer(shown, "quiet.reason"))

    async def ranges(caller: Principal, patient_id: str, person: Known, rows: Any) -> r.BlockedDaysView:
        async def kind(token: str | None) -> str | None:
            return token and (await runtime.sealer.unseal(caller.tenant, patient_id, token)).strip()

        shown = [{**row, "kind": await kind(row["kind"])} for row in rows]
        return r.BlockedDaysView.model_validate({"blocked": shown, "human": person.contact.human})

    @routes.put("/blocked-days/{block_id}", dependencies=[may("patient", "clinician")])
    async def block_days(
        patient_id: PersonId, block_id: Id, body: r.BlockedDaysBody, caller: Caller
    ) -> r.BlockedDaysView:
        """Block days without prompts, which count for nothing, or change a range. Patient or clinician.

        At most 60 ranges, up to 366 days ahead and 28 days back. Blocked hours are quiet hours: those days count.
        """
        person = await known(caller, patient_id)
        kind = body.kind and await runtime.sealer.seal(caller.tenant, patient_id, f"{body.kind:<{_KIND_WIDTH}}")
        done = await run(caller, patient_id, BlockDays(block_id, body.first, body.last, kind), body.id)
        return await ranges(caller, patient_id, person, done.body["blocked"])

    @routes.get("/blocked-days")
    async def read_blocked_days(patient_id: PersonId, caller: Caller) -> r.BlockedDaysView:
        """All ranges of blocked days that can still matter: none is kept for longer than 12 weeks after its end."""
        person = await known(caller, patient_id)
        return await ranges(caller, patient_id, person, blocked_body(person.state))

    @routes.delete("/blocked-days/{block_id}")
    async def unblock_days(patient_id: PersonId, block_id: Id, caller: Caller) -> r.BlockedDaysView:
        """Take a range back; asked again it changes nothing. Patient or clinician."""
        person = await known(caller, patient_id)
        done = await run(caller, patient_id, UnblockDays(block_id), random_id())
        return await ranges(caller, patient_id, person, done.body["blocked"])

    @routes.get("/reminders")
    async def read_reminders(
        patient_id: PersonId,
        caller: Caller,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> r.RemindersView:
        """What is to come, and, newest first, every message with what became of it and why."""
        person = await known(caller, patient_id)
        position = read_cursor(cursor, order=str)
        await runtime.settle(patient_id)
        where: dict[str, Any] = {"key": patient_id, "tenant": caller.tenant}
        if position is not None:
            where["order"] = {"$lt": position["order"]}
        documents = await runtime.find(MESSAGES, where, sort=[("order", -1)], limit=limit + 1)
        items = []
        for document in documents[:limit]:
            words = await opened(caller, patient_id, document)
            items.append(message_view(patient_id, document, person.texts, words, person.contact))
        following = write_cursor({"order": documents[limit - 1]["order"]}) if len(documents) > limit else None
        coming = upcoming(person.state)
        return r.RemindersView(upcoming=coming, items=items, next_cursor=following, human=person.contact.human)

    return routes


def _json(view: BaseModel, status: int) -> Response:
    return JSONResponse(view.model_dump(mode="json"), status)
