"""The routes of what is told before and beside any plan: the intake, what moves the person, and what they can do."""

from typing import Annotated, Any, get_args

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from services.plans.api import intake_shapes as s
from services.plans.api.aims import SOURCES
from services.plans.api.desk import Desk, json
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.domain.intake import AddAbility, Motive, PickMotives, RemoveAbility, TellIntake
from services.plans.store.aims import ABILITIES, INTAKES
from services.plans.texts.aims import NEUTRAL, aim_texts
from shared.clinics import language_of
from shared.contracts.fields import Id
from shared.runtime.messages import Refused
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, Principal, allow, found, may


def intake_router(desk: Desk) -> APIRouter:
    """The routes of the intake, of motives and of what somebody can do, under `/v1`. The person, and staff who note
    their words; caregivers read none of it."""
    routes, runtime = APIRouter(prefix="/v1", tags=["intake"]), desk.runtime

    @routes.post("/patients/{patient_id}/intake", status_code=201, response_model=s.IntakeToldView)
    async def tell_intake(
        patient_id: PersonId, body: s.IntakeBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Tell the intake, or tell it anew: what was told before stays readable. Patient or clinician."""
        await desk.known(caller, patient_id)
        command = TellIntake(
            revision=body.revision,
            words_sealed=await runtime.sealer.seal(caller.tenant, patient_id, body.plain()),
            pacing_style=body.pacing_style,
            group_preference=body.group_preference,
            values=tuple(body.values),
            heard=body.source,
        )
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get("/patients/{patient_id}/intake")
    async def read_intake(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> s.IntakesView:
        """What the person told, the latest revision first. Patient or clinician."""
        position = read_cursor(cursor, before=int)
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        first = state.aims.intake if position is None else min(int(position["before"]) - 1, state.aims.intake)
        last = max(first - limit, 0)
        wanted = [f"{patient_id}:{number}" for number in range(first, last, -1)]
        where = {"tenant": caller.tenant, "_id": {"$in": wanted}}
        records = list(await runtime.find(INTAKES, where)) if wanted else []
        records.sort(key=lambda one: -one["revision"])
        return s.IntakesView(
            revisions=[await _told(caller, patient_id, one) for one in records],
            next_cursor=write_cursor({"before": last + 1}) if last > 0 else None,
        )

    async def _told(caller: Principal, patient_id: str, record: Any) -> s.IntakeView:
        words = orjson.loads(await runtime.sealer.unseal(caller.tenant, patient_id, record["words_sealed"]))
        names = s.IntakeView.model_fields.keys() & record.keys()
        return s.IntakeView.model_validate({**{name: record[name] for name in names}, **words})

    @routes.post("/patients/{patient_id}/motives", response_model=s.MotivesPickedView)
    async def pick_motives(
        patient_id: PersonId, body: s.MotivesBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Pick what moves the person, in place of what was picked before. Patient or clinician."""
        await desk.known(caller, patient_id)
        command = PickMotives(tuple(body.motives), body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get("/patients/{patient_id}/motives")
    async def read_motives(patient_id: PersonId, caller: Caller) -> s.MotivesView:
        """What moves the person and what there is to pick, with a small win told by each. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        words = aim_texts(language_of(found(state.person).locale))

        def view(motive: Any) -> s.MotiveView:
            return s.MotiveView(motive=motive, label=words[f"motive.{motive}"], win=words[f"{NEUTRAL}.{motive}"])

        return s.MotivesView(
            picked=[view(one) for one in state.aims.motives],
            choices=[view(one) for one in get_args(Motive)],
            neutral=words[NEUTRAL],
        )

    @routes.post("/patients/{patient_id}/abilities", status_code=201, response_model=s.AbilityAddedView)
    async def add_ability(
        patient_id: PersonId, body: s.AbilityBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Note something that the person can do now, in their words. Patient or clinician."""
        await desk.known(caller, patient_id)
        words = await runtime.sealer.seal(caller.tenant, patient_id, body.words)
        command = AddAbility(body.id, words, body.on, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post("/patients/{patient_id}/abilities/{ability_id}/remove", response_model=s.AbilityRemovedView)
    async def remove_ability(
        patient_id: PersonId,
        ability_id: Id,
        body: s.RemoveBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Take an entry back; its words are not kept. Patient or clinician."""
        await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        where = {"tenant": caller.tenant, "_id": {"$in": [f"{patient_id}:{ability_id}"]}}
        if not await runtime.find(ABILITIES, where):
            raise Refused(404, "unknown_ability", "There is no such entry.")
        command = RemoveAbility(ability_id, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get("/patients/{patient_id}/abilities")
    async def read_abilities(
        patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> s.AbilitiesView:
        """What the person can do now, in their words, the latest first. Patient or clinician."""
        position = position_of(cursor)
        allow(caller, patient_id, "patient", "clinician")
        await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant, "removed": 0}
        records, following = await page(desk, ABILITIES, where, position, limit)
        names = s.AbilityView.model_fields.keys() - {"words"}
        return s.AbilitiesView(
            abilities=[
                s.AbilityView(
                    **{name: one[name] for name in names},
                    words=await runtime.sealer.unseal(caller.tenant, patient_id, one["words_sealed"]),
                )
                for one in records
            ],
            next_cursor=following,
        )

    return routes
