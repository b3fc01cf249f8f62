"""What a person lives towards: goals, and how a clinician's objective becomes an everyday action."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from services.plans.domain.terms import Marker

Author = Literal["patient", "clinician", "together"]
LifeArea = Literal["routine", "self_care", "work", "family", "social", "leisure", "community"]
Heard = Literal["app", "phone", "paper", "in_person"]
EndedBecause = Literal["reached", "retired"]

STANDING_MAX: Final = 10
"""So many goals stand at a time at most: more are no plan for a day [D]."""

ENDED_KEPT: Final = 30


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal that stands, as of its latest `revision` (1, 2, 3 ...); its words lie in the records.

    `priority` 1 is the highest. Its id is also that of the activity it is rated as (PSFS, domain/measures.md).
    """

    goal_id: str
    author: Author
    life_area: LifeArea
    priority: int = 1
    revision: int = 1


@dataclass(frozen=True, slots=True)
class EverydayAction:
    """What is done in everyday life for a goal, in sealed words; with a `marker` it can be told whether it was done.

    `amount` is in the marker's base unit (s, repetitions, m).
    """

    words_sealed: str
    marker: Marker | None = None
    amount: int | None = None
    track_id: str | None = None


@dataclass(frozen=True, slots=True)
class GoalContent:
    """All that one revision of a goal says; `words_sealed` and `why_sealed` in the words of its author.

    `objective` is a clinical one; `track_ids` are the tracks that serve it.
    """

    life_area: LifeArea
    words_sealed: str
    why_sealed: str
    priority: int = 1
    objective: bool = False
    actions: tuple[EverydayAction, ...] = ()
    track_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetGoal:
    """Write a goal down; `heard` is how the person's own words came in, where they are theirs (W3)."""

    goal_id: str
    author: Author
    content: GoalContent
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class ChangeGoal:
    """Say a goal anew, made from revision `expected`; `said` unless only what serves it changes (actions, tracks)."""

    goal_id: str
    expected: int
    content: GoalContent
    said: bool = True
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class EndGoal:
    """The goal is reached, or it is one no more."""

    goal_id: str
    because: EndedBecause
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class Aims:
    """The goals that stand, and the ids of the last that no longer do.

    On the person's own day `ask_on` they are asked whether the goals are still right, as counted in the plan
    `asked_in`. `intake` is the revision of what was told at the intake (0 for none), `motives` what moves the person.
    """

    goals: tuple[Goal, ...] = ()
    ended: tuple[str, ...] = ()
    ask_on: date | None = None
    asked_in: str | None = None
    intake: int = 0
    motives: tuple[str, ...] = ()


NO_AIMS: Final = Aims()


def patients_own(aims: Aims) -> bool:
    """Whether at least one standing goal is the person's own (P3.1)."""
    return any(one.author == "patient" for one in aims.goals)


def of_id(aims: Aims, goal_id: str) -> Goal | None:
    """The goal of this id that stands."""
    return next((one for one in aims.goals if one.goal_id == goal_id), None)


def broken(author: Author, content: GoalContent, most: Mapping[Marker, int]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a goal: field, code and what it must be (P3.3); `most` is the highest amount of a day."""
    if content.objective and author == "patient":
        yield "/objective", "objective_is_clinical", "An objective is a clinician's, or of both together."
    if content.objective and not any(action.marker is not None for action in content.actions):
        yield "/actions", "everyday_action_missing", "An objective needs an everyday action with a marker (P3.3)."
    for index, action in enumerate(content.actions):
        if action.amount is not None and action.marker is None:
            yield f"/actions/{index}/amount", "marker_missing", "An amount needs its marker."
        if action.amount is not None and action.marker is not None and not 0 < action.amount <= most[action.marker]:
            yield f"/actions/{index}/amount", "amount_range", f"An amount is 1 to {most[action.marker]}."


def made(goal_id: str, author: Author, content: GoalContent, revision: int = 1) -> Goal:
    """A goal that says this from now on."""
    return Goal(
        goal_id=goal_id,
        author=author,
        life_area=content.life_area,
        priority=content.priority,
        revision=revision,
    )


def with_goal(aims: Aims, goal: Goal) -> Aims:
    """The aims with this goal, in the place of its former revision or as the last."""
    if of_id(aims, goal.goal_id) is None:
        return replace(aims, goals=(*aims.goals, goal))
    return replace(aims, goals=tuple(goal if one.goal_id == goal.goal_id else one for one in aims.goals))


def without_goal(aims: Aims, goal_id: str) -> Aims:
    """The aims in which this goal no longer stands; only its id stays known."""
    left = tuple(one for one in aims.goals if one.goal_id != goal_id)
    return replace(aims, goals=left, ended=(*aims.ended, goal_id)[-ENDED_KEPT:])
