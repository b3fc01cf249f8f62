"""Groups: open one, list those of the tenant, join with consent, leave."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from services.community.api import requests as r
from services.community.api import views as v
from services.community.api.reading import carry_out, known_group, known_person, memberships, opened, own_id
from services.community.domain import groups, pseudonyms
from services.community.domain.commands import CreateGroup, JoinGroup, LeaveGroup
from services.community.domain.model import AVATARS
from services.community.store import GROUPS, IN_ORDER, tenants_groups
from services.community.texts import pseudonym_words, texts
from shared.clinics import language_of
from shared.contracts.fields import Id
from shared.runtime.messages import Refused
from shared.runtime.runtime import Runtime
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, allow_role, may

Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]


def add_groups(routes: APIRouter, runtime: Runtime) -> None:
    """The routes under `/groups`, but for the feed."""

    @routes.post("/groups", status_code=201, response_model=v.GroupOpenedView)
    async def create_group(
        body: r.GroupBody, caller: Caller, role: Annotated[str, may("moderator", "admin")]
    ) -> Response:
        """Open a group; its name is written by staff and stored sealed. Moderator or admin."""
        command = CreateGroup(
            name=await runtime.sealer.seal(caller.tenant, body.id, body.name),
            language=body.language,
            run_by=body.run_by,
            member_limit=body.member_limit,
            salt=secrets.token_hex(16),
        )
        answer = await carry_out(runtime, caller, role, body.id, command, body.id, body.model_dump())
        return JSONResponse({**answer.body, "name": body.name}, answer.status)

    @routes.get("/groups")
    async def list_groups(caller: Caller, cursor: Cursor = None, limit: Limit = 50) -> v.GroupsView:
        """The groups of the tenant and whether the caller is in them. Patient, moderator or admin."""
        role = allow_role(caller, "moderator", "admin", "patient")
        mine = await memberships(runtime, caller, own_id(caller)) if role == "patient" else {}
        position = read_cursor(cursor, order=str)
        where = tenants_groups(caller.tenant, None if position is None else str(position["order"]))
        found = await runtime.find(GROUPS, where, IN_ORDER, limit + 1)
        named = await opened(runtime, caller, found[:limit])
        return v.GroupsView(
            items=[v.GroupView.of(one, one["name"], mine.get(group_id)) for group_id, one in named.items()],
            next_cursor=write_cursor({"order": found[limit - 1]["order"]}) if len(found) > limit else None,
        )

    @routes.get("/groups/{group_id}/pseudonyms")
    async def read_pseudonyms(group_id: Id, caller: Caller) -> v.BeforeJoiningView:
        """What a person agrees to by joining, and the pseudonyms they may choose from. Patient."""
        patient_id = own_id(caller)
        person = await known_person(runtime, caller, patient_id)
        group = await known_group(runtime, caller, group_id)
        offered = pseudonyms.offered(pseudonym_words(group.language), group.salt, patient_id)
        language = language_of(None if person.enrolment is None else person.enrolment.locale)
        return v.BeforeJoiningView(
            group_id=group_id,
            consent=texts(language)["consent.join"],
            pseudonyms=list(groups.free(group, offered)[: pseudonyms.SHOWN]),
            avatars=list(AVATARS),
        )

    @routes.post(
        "/groups/{group_id}/members", status_code=201, response_model=v.JoinedView, dependencies=[may("patient")]
    )
    async def join_group(group_id: Id, body: r.JoinBody, caller: Caller) -> Response:
        """Join with explicit consent, under a pseudonym of the generator. Only the person themselves."""
        patient_id = own_id(caller)
        person = await known_person(runtime, caller, patient_id)
        group = await known_group(runtime, caller, group_id)
        if person.consent is not None and not person.consent.on:
            raise Refused(403, "consent_withdrawn", "You took back your consent to groups; give it again first.")
        command = JoinGroup(
            patient_id=patient_id,
            offered=pseudonyms.offered(pseudonym_words(group.language), group.salt, patient_id),
            pseudonym=body.pseudonym,
            avatar=body.avatar,
            elsewhere=len((await memberships(runtime, caller, patient_id)).keys() - {group_id}),
        )
        said = {**body.model_dump(), "patient_id": patient_id}
        answer = await carry_out(runtime, caller, "patient", group_id, command, body.id, said)
        return JSONResponse(dict(answer.body), answer.status)

    @routes.post("/groups/{group_id}/leave", response_model=v.LeftView, dependencies=[may("patient")])
    async def leave_group(group_id: Id, body: r.LeaveBody, caller: Caller) -> Response:
        """Leave, in force at once; the person's posts stay as those of "a member" or are deleted. Patient."""
        patient_id = own_id(caller)
        await known_person(runtime, caller, patient_id)
        await known_group(runtime, caller, group_id)
        said = {**body.model_dump(), "patient_id": patient_id}
        command = LeaveGroup(patient_id, body.posts)
        answer = await carry_out(runtime, caller, "patient", group_id, command, body.id, said)
        return JSONResponse(dict(answer.body), answer.status)
