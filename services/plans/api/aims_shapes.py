"""What callers send on goals, and what they read of them."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt

from services.plans.api.requests import BODY, Dose, Step, plain_lines
from services.plans.domain.aims import Author, Heard, LifeArea
from shared.contracts.fields import Id, Marker

Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(plain_lines)]
Priority = Annotated[StrictInt, Field(ge=1, le=20, description="1 is the highest.")]
TrackIds = Annotated[list[Id], Field(max_length=8, description="The tracks of the plan that serve it.")]

SAID: Final = frozenset({"words", "why", "life_area", "priority"})
"""What of a goal its author says; the rest is what serves it."""


class ActionBody(BaseModel):
    """What is done in everyday life for it; with a `marker` it can be told whether it was, `amount` in base units."""

    model_config = BODY
    words: Step
    marker: Marker | None = None
    amount: Dose | None = None
    track_id: Id | None = None


class GoalBody(BaseModel):
    """A goal to write down; `id` is made by the client and names it from then on.

    `author` is whose words it is in: with `patient` they are the person's own, and staff say how they heard them.
    """

    model_config = BODY
    id: Id
    author: Author
    words: Words
    why: Words = Field(description="Why it matters to the person.")
    life_area: LifeArea
    priority: Priority = 1
    objective: StrictBool = Field(False, description="A clinical objective: it needs an everyday action with a marker.")
    actions: Annotated[list[ActionBody], Field(max_length=6)] = []
    track_ids: TrackIds = []
    source: Heard = "app"


class GoalChangeBody(BaseModel):
    """What changes of a goal; what is not sent stays as it was. `id` is made by the client and names this change."""

    model_config = BODY
    id: Id
    words: Words | None = None
    why: Words | None = None
    life_area: LifeArea | None = None
    priority: Priority | None = None
    actions: Annotated[list[ActionBody], Field(max_length=6)] | None = None
    track_ids: TrackIds | None = None
    source: Heard = "app"

    @property
    def said(self) -> bool:
        """Whether anything changes that the goal's author says."""
        return any(getattr(self, name) is not None for name in SAID)


class GoalEndBody(BaseModel):
    """A goal that is reached, or is one no more; `id` is made by the client."""

    model_config = BODY
    id: Id
    because: Literal["reached", "retired"]
    source: Heard = "app"


class GoalSetView(BaseModel):
    """A goal as it was written down; `revision` is the one that stands."""

    goal_id: str
    revision: int
    author: Author


class GoalEndedView(BaseModel):
    """A goal that stands no more."""

    goal_id: str
    because: Literal["reached", "retired"]
    at: datetime


class ActionView(BaseModel):
    """What is done in everyday life for a goal."""

    words: str
    marker: Marker | None
    amount: int | None = Field(description="In the marker's base unit: seconds, repetitions, metres.")
    track_id: str | None


class GoalView(BaseModel):
    """One revision of a goal: in whose words, why it matters, and what serves it.

    `noted_by` is the role that wrote it down, `heard` how the person's own words came in.
    """

    goal_id: str
    revision: int
    author: Author
    words: str
    why: str
    life_area: LifeArea
    priority: int
    objective: bool
    actions: list[ActionView]
    track_ids: list[str]
    in_plan: list[str] = Field(description="Those of `track_ids` that the plan in force has.")
    said_at: datetime
    noted_by: Literal["patient", "clinician"]
    heard: Heard
    ended_at: datetime | None = None
    ended_because: Literal["reached", "retired"] | None = None


class GoalsView(BaseModel):
    """All goals that stand, the most important first, and a page of those that no longer do, the latest first."""

    standing: list[GoalView]
    over: list[GoalView]
    next_cursor: str | None


class GoalRevisionsView(BaseModel):
    """What a goal said at each of its revisions, the latest first."""

    revisions: list[GoalView]
    next_cursor: str | None


def actions_in(record: Any) -> list[dict[str, Any]]:
    """The everyday actions of a revision as its record holds them."""
    found: list[dict[str, Any]] = orjson.loads(record["actions"])
    return found


def tracks_in(record: Any) -> list[str]:
    """The tracks that serve a goal, as the record of a revision holds them."""
    found: list[str] = orjson.loads(record["track_ids"])
    return found
