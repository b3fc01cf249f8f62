"""Celebrations: what is offered to a person, and their own choice to share it or not."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.community.api import requests as r
from services.community.api import views as v
from services.community.api.reading import carry_out, groups_named, known_group, known_person, memberships
from services.community.domain import offers
from services.community.domain.commands import DismissCelebration, ShareCelebration
from services.community.domain.groups import member_of
from services.community.domain.memberships import ended_here
from services.community.people import unknown_celebration
from services.community.texts import DIRECTION
from shared.clinics import language_of
from shared.contracts.fields import Id
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, allow, may


def add_celebrations(routes: APIRouter, runtime: Runtime) -> None:
    """The routes under `/patients/{patient_id}/celebrations`; each is for the person alone (6.2 Celebrate)."""

    @routes.get("/patients/{patient_id}/celebrations")
    async def read_celebrations(patient_id: PersonId, caller: Caller) -> v.CelebrationsView:
        """What may be shared now, in which words and where; nothing is posted without the person. Patient."""
        allow(caller, patient_id, "patient")
        person = await known_person(runtime, caller, patient_id)
        language = language_of(None if person.enrolment is None else person.enrolment.locale)
        mine = {
            group_id: one
            for group_id, one in (await memberships(runtime, caller, patient_id)).items()
            if not ended_here(person, group_id, one["id"])
        }
        named = await groups_named(runtime, caller, sorted(mine))
        now = runtime.clock.now()
        shown = [
            v.CelebrationView.of(offer_id, offer, offers.told(person, offer, now), language)
            for offer_id, offer in sorted(
                person.offers.items(), key=lambda one: (one[1].reached_on, one[0]), reverse=True
            )
        ]
        return v.CelebrationsView(
            language=language,
            direction=DIRECTION[language],
            open=[one for one in shown if one.status == "open"],
            closed=[one for one in shown if one.status not in ("open", "held_back")],
            held_back=any(one.status == "held_back" for one in shown),
            groups=[
                v.OwnGroupView.of(one, mine[group_id])
                for group_id, one in sorted(named.items(), key=lambda item: str(item[1]["order"]))
            ],
        )

    @routes.post("/patients/{patient_id}/celebrations/{offer_id}/share", response_model=v.CelebrationAnsweredView)
    async def share_celebration(
        patient_id: PersonId, offer_id: Id, body: r.ShareBody, caller: Caller, role: Annotated[str, may("patient")]
    ) -> Response:
        """Share an offer with one group, once. Only the person themselves."""
        person = await known_person(runtime, caller, patient_id)
        if offer_id not in person.offers:
            raise unknown_celebration()
        member = member_of(await known_group(runtime, caller, body.group_id), patient_id)
        command = ShareCelebration(offer_id, body.group_id, body.template, member and member[0])
        said = {**body.model_dump(), "offer_id": offer_id}
        answer = await carry_out(runtime, caller, role, patient_id, command, body.id, said)
        return JSONResponse(dict(answer.body), answer.status)

    @routes.post("/patients/{patient_id}/celebrations/{offer_id}/dismiss", response_model=v.CelebrationAnsweredView)
    async def dismiss_celebration(
        patient_id: PersonId, offer_id: Id, body: r.DismissBody, caller: Caller, role: Annotated[str, may("patient")]
    ) -> Response:
        """Say "no thanks"; the offer does not come again. Only the person themselves."""
        await known_person(runtime, caller, patient_id)
        said = {**body.model_dump(), "offer_id": offer_id}
        answer = await carry_out(runtime, caller, role, patient_id, DismissCelebration(offer_id), body.id, said)
        return JSONResponse(dict(answer.body), answer.status)
