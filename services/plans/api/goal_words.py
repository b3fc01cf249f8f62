"""A person's goals as they are read, with why they matter: among the goals, and wherever else they are shown."""

from collections.abc import Collection, Sequence
from typing import Any

from services.plans.api import aims_shapes as s
from services.plans.api.desk import Desk
from services.plans.domain.model import PatientState
from services.plans.store.aims import GOAL_WORDS, words_id
from shared.web.principal import Principal


async def standing_goals(
    desk: Desk, caller: Principal, patient_id: str, state: PatientState, shown: Collection[str] | None = None
) -> list[s.GoalView]:
    """The goals that stand, the most important first, or those of them that are `shown`; ask `settle` first."""
    standing = sorted(state.aims.goals, key=lambda one: (one.priority, one.goal_id))
    goals = [one for one in standing if shown is None or one.goal_id in shown]
    found = await said_at(desk, caller, patient_id, [(one.goal_id, one.revision) for one in goals])
    said = {one["goal_id"]: one for one in found}
    return [await goal_view(desk, caller, patient_id, state, said[one.goal_id]) for one in goals]


async def said_at(desk: Desk, caller: Principal, patient_id: str, revisions: Sequence[tuple[str, int]]) -> list[Any]:
    """The records of these revisions of goals, as far as there are such, in no order."""
    wanted = [f"{patient_id}:{words_id(*one)}" for one in revisions]
    if not wanted:
        return []
    return list(await desk.runtime.find(GOAL_WORDS, {"tenant": caller.tenant, "_id": {"$in": wanted}}))


async def goal_view(
    desk: Desk, caller: Principal, patient_id: str, state: PatientState, record: Any, ended: Any = None
) -> s.GoalView:
    """One revision of a goal with its words opened; `ended` is the record of a goal that stands no more."""
    plan = state.plan
    of_plan = {one.track_id for one in plan.terms.tracks} if plan is not None and not plan.ended else set()
    tracks = s.tracks_in(record)
    actions = [
        {**one, "words": await desk.unseal(caller, patient_id, one["words_sealed"])} for one in s.actions_in(record)
    ]
    plain = {name: record[name] for name in s.GoalView.model_fields.keys() & record.keys()}
    return s.GoalView.model_validate(
        {
            **plain,
            "words": await desk.unseal(caller, patient_id, record["words_sealed"]),
            "why": await desk.unseal(caller, patient_id, record["why_sealed"]),
            "actions": actions,
            "track_ids": tracks,
            "in_plan": [one for one in tracks if one in of_plan],
            "ended_at": ended and ended["ended_at"],
            "ended_because": ended and ended["ended_because"],
        }
    )
