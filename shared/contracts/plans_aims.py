"""Events of `plans` on what a person lives towards: their goals."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Code, Id
from shared.contracts.plans import Sealed


class GoalSetV1(BaseModel):
    """A goal was written down, or said anew as its next revision (article P3.1).

    `author` is whose words it is in; `priority` 1 is the highest, `track_ids` are the tracks that serve it. Of what was
    said only why it matters travels, sealed with the person's key, for messages that name it (P3.2).
    """

    model_config = CONTRACT
    goal_id: Id
    revision: Annotated[int, Field(ge=1)]
    author: Literal["patient", "clinician", "together"]
    life_area: Code
    priority: Annotated[int, Field(ge=1, le=20)]
    objective: bool = False
    track_ids: tuple[Id, ...] = ()
    why_sealed: Sealed


class GoalEndedV1(BaseModel):
    """A goal stands no more: it is reached, or it is one no more (`retired`)."""

    model_config = CONTRACT
    goal_id: Id
    because: Literal["reached", "retired"]


class GoalReconfirmedV1(BaseModel):
    """The person's own word on their goals: still the same, or changed (article P3.6).

    `prompt_id` is what asked them; None where they said it unasked.
    """

    model_config = CONTRACT
    answer: Literal["same", "changed"]
    prompt_id: Id | None = None
