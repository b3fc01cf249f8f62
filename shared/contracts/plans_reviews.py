"""Events of `plans` about questionnaires and reviews: one was answered, came due, was done; never what was said."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Code, Id


class MeasureRecordedV1(BaseModel):
    """The person answered an instrument, declined it, or left it out; the numbers stay in `plans`.

    `review_id` is the review that it is a part of.
    """

    model_config = CONTRACT
    measure_id: Id
    instrument: Code
    outcome: Literal["answered", "declined", "not_now"]
    review_id: Id | None = None


class ReviewDueV1(BaseModel):
    """The person's day of a review has come, or a clinician began it before."""

    model_config = CONTRACT
    review_id: Id
    plan_id: Id
    due_on: date


class ReviewCompletedV1(BaseModel):
    """A review was done: every domain answered or declined, its summary written; the next is on `next_on`.

    `on_time` says that the interval was kept; `plan_versions` counts the changes of the plan since the last review.
    """

    model_config = CONTRACT
    review_id: Id
    plan_id: Id
    due_on: date
    completed_on: date
    next_on: date
    on_time: bool
    plan_versions: Annotated[int, Field(ge=0)]
