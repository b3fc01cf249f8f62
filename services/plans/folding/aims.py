"""What is said on goals becomes part of the person's file: in whose words, by whom, and told as facts alone."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.plans.domain import aims
from services.plans.domain.aims import Author, ChangeGoal, EndGoal, Goal, GoalContent, Heard, SetGoal
from services.plans.domain.goal_checks import counted
from services.plans.domain.model import PatientState
from services.plans.domain.rules import AMOUNT_MAX
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.prompts import close_prompts
from services.plans.store.aims import goal_record, words_record
from shared.clock import local_date
from shared.contracts.plans_aims import GoalEndedV1, GoalSetV1
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]


def set_goal(state: PatientState, message: Message[SetGoal], now: datetime) -> Result:
    """Write a new goal down (P3.1); 409 for an id that is taken, or while so many stand as a plan can hold."""
    person, command = person_of(state), message.data
    _may_say(command.author, message, command.heard)
    if aims.of_id(state.aims, command.goal_id) is not None or command.goal_id in state.aims.ended:
        raise Refused(409, "goal_exists", "There is a goal of this id already; change that one.", "/id")
    if len(state.aims.goals) >= aims.STANDING_MAX:
        raise Refused(409, "too_many_goals", f"At most {aims.STANDING_MAX} goals stand at a time; end one first.")
    goal = aims.made(command.goal_id, command.author, command.content)
    plan = state.plan
    if not state.aims.goals and plan is not None:
        today = local_date(now, person.tz, person.day_starts_at)
        state = replace(state, aims=counted(state.aims, plan.plan_id, today))
    return _noted(state, message, goal, command.content, command.heard, now, 201)


def change_goal(state: PatientState, message: Message[ChangeGoal], now: datetime) -> Result:
    """The goal's next revision; the one before stays readable. 412 unless it was made from the latest.

    What the person said is theirs to change; what serves it a clinician may change beside them (P3.3).
    """
    person_of(state)
    command = message.data
    goal = _standing(state, command.goal_id)
    if command.said or message.actor.kind != "clinician":
        _may_say(goal.author, message, command.heard)
    if goal.revision != command.expected:
        raise Refused(412, "goal_changed_since", "The goal was changed since this revision was read.")
    after = aims.made(goal.goal_id, goal.author, command.content, goal.revision + 1)
    return _noted(state, message, after, command.content, command.heard, now, 200)


def end_goal(state: PatientState, message: Message[EndGoal], now: datetime) -> Result:
    """The goal is reached or retired; who says it says also when it is over."""
    person_of(state)
    command = message.data
    goal = _standing(state, command.goal_id)
    _may_say(goal.author, message, command.heard)
    event = GoalEndedV1(goal_id=goal.goal_id, because=command.because)
    after = Transition(replace(state, aims=aims.without_goal(state.aims, goal.goal_id)))
    if not after.state.aims.goals:
        after = close_prompts(after.state, "goals", None, now, "needless")
    return Transition(
        after.state,
        events=(placed(event, state.person, now), *after.events),
        records=(goal_record(goal, now, command.because),),
        answer=Answer(200, {"goal_id": goal.goal_id, "because": command.because, "at": now.isoformat()}),
    )


def _may_say(author: Author, message: Message[Any], heard: Heard) -> None:
    if author == "patient":
        own_words(message, heard)
    elif message.actor.kind != "clinician":
        raise Refused(403, "only_a_clinician", "A clinician notes their own goals, and those of both together.")


def _standing(state: PatientState, goal_id: str) -> Goal:
    goal = aims.of_id(state.aims, goal_id)
    if goal is not None:
        return goal
    if goal_id in state.aims.ended:
        raise Refused(409, "goal_ended", "This goal was reached or retired; write a new one down.")
    raise Refused(404, "unknown_goal", "There is no such goal.")


def _noted(
    state: PatientState,
    message: Message[Any],
    goal: Goal,
    content: GoalContent,
    heard: Heard,
    now: datetime,
    status: int,
) -> Result:
    """A revision of a goal stands from now on."""
    broken = tuple(aims.broken(goal.author, content, AMOUNT_MAX))
    if broken:
        field, code, detail = broken[0]
        raise Refused(422, code, detail, field, errors=broken)
    event = GoalSetV1(
        goal_id=goal.goal_id,
        revision=goal.revision,
        author=goal.author,
        life_area=goal.life_area,
        priority=goal.priority,
        objective=content.objective,
        track_ids=content.track_ids,
        why_sealed=content.why_sealed,
    )
    return Transition(
        replace(state, aims=aims.with_goal(state.aims, goal)),
        events=(placed(event, state.person, now),),
        records=(goal_record(goal, now), words_record(goal, content, now, message.actor.kind, heard)),
        answer=Answer(status, {"goal_id": goal.goal_id, "revision": goal.revision, "author": goal.author}),
    )
