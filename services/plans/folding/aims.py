"""What is said on goals becomes part of the person's file: in whose words, by whom, and told as facts alone."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.plans.domain import aims
from services.plans.domain.aims import Author, Goal, GoalContent, Heard, SetGoal
from services.plans.domain.model import PatientState
from services.plans.folding.around import person_of, placed
from services.plans.store.aims import goal_record, words_record
from shared.contracts.plans_aims import GoalSetV1
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]


def set_goal(state: PatientState, message: Message[SetGoal], now: datetime) -> Result:
    """Write a new goal down (P3.1); 409 for an id that is taken, or while so many stand as a plan can hold."""
    person_of(state)
    command = message.data
    if aims.of_id(state.aims, command.goal_id) is not None or command.goal_id in state.aims.ended:
        raise Refused(409, "goal_exists", "There is a goal of this id already; change that one.", "/id")
    if len(state.aims.goals) >= aims.STANDING_MAX:
        raise Refused(409, "too_many_goals", f"At most {aims.STANDING_MAX} goals stand at a time; end one first.")
    return _noted(state, message, aims.made(command), command.content, command.heard, now, 201)


def own(message: Message[Any], heard: Heard) -> None:
    """W3: what is the person's comes from themselves, or from staff who heard it by phone, on paper or face to face."""
    if message.actor.kind == "patient" or (message.actor.kind == "clinician" and heard in aims.STAFF_HEARD):
        return
    raise Refused(403, "only_the_persons_own_words", "Only the person says this, or staff noting their words (W3).")


def _may_say(author: Author, message: Message[Any], heard: Heard) -> None:
    if author == "patient":
        own(message, heard)
    elif message.actor.kind != "clinician":
        raise Refused(403, "only_a_clinician", "A clinician notes their own goals, and those of both together.")


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
    _may_say(goal.author, message, heard)
    broken = tuple(aims.broken(goal.author, content))
    if broken:
        field, code, detail = broken[0]
        raise Refused(422, code, detail, field, errors=broken)
    event = GoalSetV1(
        goal_id=goal.goal_id,
        revision=goal.revision,
        author=goal.author,
        life_area=goal.life_area,
        priority=goal.priority,
        objective=goal.objective,
        track_ids=goal.track_ids,
        why_sealed=content.why_sealed,
    )
    said = heard if goal.author == "patient" else None
    return Transition(
        replace(state, aims=aims.with_goal(state.aims, goal)),
        events=(placed(event, state.person, now),),
        records=(goal_record(goal, now), words_record(goal, content, now, message.actor.kind, said)),
        answer=Answer(status, {"goal_id": goal.goal_id, "revision": goal.revision, "author": goal.author}),
    )
