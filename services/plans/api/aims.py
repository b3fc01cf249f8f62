"""The routes of goals: written down in whose words, why they matter, and what is done for them in everyday life."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Header
from fastapi.responses import Response

from services.plans.api import aims_shapes as s
from services.plans.api.desk import Desk, json
from services.plans.api.goal_words import goal_view, said_at, standing_goals
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.api.scopes import goals_shown
from services.plans.domain.aims import ChangeGoal, EndGoal, EverydayAction, GoalContent, SetGoal, of_id
from services.plans.domain.model import PatientState
from services.plans.store.aims import GOALS
from shared.contracts.fields import Id
from shared.runtime.messages import Refused
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, Principal, allow, may

SOURCES: Final = {"app": "app", "phone": "phone", "paper": "paper", "in_person": "clinician"}
"""The way a message came in (vocabulary 0.2), by how the person's own words were heard."""

_IF_MATCH: Final = re.compile(r'^"([1-9]\d{0,8})"$')


def aims_router(desk: Desk) -> APIRouter:
    """The routes of goals, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["goals"])

    async def sealed(caller: Principal, patient_id: str, text: str) -> str:
        return await desk.runtime.sealer.seal(caller.tenant, patient_id, text)

    async def actions_of(caller: Principal, patient_id: str, bodies: list[s.ActionBody]) -> tuple[EverydayAction, ...]:
        return tuple(
            [
                EverydayAction(await sealed(caller, patient_id, one.words), one.marker, one.amount, one.track_id)
                for one in bodies
            ]
        )

    @routes.post("/patients/{patient_id}/goals", status_code=201, response_model=s.GoalSetView)
    async def set_goal(
        patient_id: PersonId, body: s.GoalBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Write a goal down: the person's own, or a clinician's or one of both. Patient or clinician."""
        await desk.known(caller, patient_id)
        content = GoalContent(
            life_area=body.life_area,
            words_sealed=await sealed(caller, patient_id, body.words),
            why_sealed=await sealed(caller, patient_id, body.why),
            priority=body.priority,
            objective=body.objective,
            actions=await actions_of(caller, patient_id, body.actions),
            track_ids=tuple(body.track_ids),
        )
        command = SetGoal(body.id, body.author, content, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.patch("/patients/{patient_id}/goals/{goal_id}", response_model=s.GoalSetView)
    async def change_goal(
        patient_id: PersonId,
        goal_id: Id,
        body: s.GoalChangeBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
        if_match: Annotated[str | None, Header(description="The revision that was read, in quotes.")] = None,
    ) -> Response:
        """Say a goal anew; If-Match names the revision that was read, what is not sent stays. Patient or clinician."""
        expected = _revision(if_match)
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        before = next(iter(await said_at(desk, caller, patient_id, [(goal_id, expected)])), None)
        if before is None:
            known = of_id(state.aims, goal_id) is not None or goal_id in state.aims.ended
            raise _stale() if known else Refused(404, "unknown_goal", "There is no such goal.")

        async def either(text: str | None, name: str) -> str:
            return before[name] if text is None else await sealed(caller, patient_id, text)

        content = GoalContent(
            life_area=body.life_area or before["life_area"],
            words_sealed=await either(body.words, "words_sealed"),
            why_sealed=await either(body.why, "why_sealed"),
            priority=body.priority or before["priority"],
            objective=before["objective"],
            actions=tuple(EverydayAction(**one) for one in s.actions_in(before))
            if body.actions is None
            else await actions_of(caller, patient_id, body.actions),
            track_ids=tuple(s.tracks_in(before) if body.track_ids is None else body.track_ids),
        )
        command = ChangeGoal(goal_id, expected, content, body.said, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post("/patients/{patient_id}/goals/{goal_id}/end", response_model=s.GoalEndedView)
    async def end_goal(
        patient_id: PersonId,
        goal_id: Id,
        body: s.GoalEndBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """A goal is reached, or is one no more, in its author's word. Patient or clinician."""
        await desk.known(caller, patient_id)
        command = EndGoal(goal_id, body.because, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get("/patients/{patient_id}/goals")
    async def read_goals(patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50) -> s.GoalsView:
        """The person's goals with why they matter. Patient or clinician; a caregiver reads those they are shown."""
        position = position_of(cursor)
        state, shown = await goals_shown(desk, caller, patient_id, "patient", "clinician")
        await desk.runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant, "standing": 0}
        over, following = await page(desk, GOALS, where, position, limit) if shown is None else ([], None)
        said = {
            one["goal_id"]: one
            for one in await said_at(desk, caller, patient_id, [(one["goal_id"], one["revision"]) for one in over])
        }
        return s.GoalsView(
            standing=await standing_goals(desk, caller, patient_id, state, shown),
            over=[await goal_view(desk, caller, patient_id, state, said[one["goal_id"]], one) for one in over],
            next_cursor=following,
        )

    @routes.get("/patients/{patient_id}/goals/{goal_id}/revisions")
    async def read_revisions(
        patient_id: PersonId, goal_id: Id, caller: Caller, cursor: Cursor = None, limit: Limit = 50
    ) -> s.GoalRevisionsView:
        """What a goal said before and says now. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        position = read_cursor(cursor, before=int)
        state = await desk.known(caller, patient_id)
        await desk.runtime.settle(patient_id)
        top = await _latest_revision(caller, patient_id, state, goal_id)
        first = top if position is None else min(int(position["before"]) - 1, top)
        wanted = [(goal_id, number) for number in range(first, max(first - limit, 0), -1)]
        records = sorted(await said_at(desk, caller, patient_id, wanted), key=lambda one: -one["revision"])
        more = first - limit > 0
        return s.GoalRevisionsView(
            revisions=[await goal_view(desk, caller, patient_id, state, one) for one in records],
            next_cursor=write_cursor({"before": records[-1]["revision"]}) if more and records else None,
        )

    async def _latest_revision(caller: Principal, patient_id: str, state: PatientState, goal_id: str) -> int:
        standing = of_id(state.aims, goal_id)
        if standing is not None:
            return standing.revision
        where = {"tenant": caller.tenant, "_id": {"$in": [f"{patient_id}:{goal_id}"]}}
        found = await desk.runtime.find(GOALS, where)
        if not found:
            raise Refused(404, "unknown_goal", "There is no such goal.")
        return int(found[0]["revision"])

    return routes


def _revision(if_match: str | None) -> int:
    if if_match is None:
        raise Refused(428, "precondition_required", "The request needs an If-Match header with the goal's revision.")
    if (match := _IF_MATCH.match(if_match.strip())) is None:
        raise _stale()
    return int(match[1])


def _stale() -> Refused:
    return Refused(412, "goal_changed_since", "The goal was changed since this revision was read.")
