"""Events of `progression`: what was decided, why, and what is offered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Amount, Code, Id, Marker, Moment, Unit

MilestoneKind = Literal["first_session", "weeks_active_4"]
"""Milestones of effort and consistency; never of pain or dose (article P5.1, community 6.2 Celebrate)."""


class ProgressionDecidedV1(BaseModel):
    """One decision of the table (progression 2.5): rule, action, the dose before and after, and the text to explain it.

    `text_key` and `text_params` render the reason in the person's language; params are numbers and codes, never words.
    """

    model_config = CONTRACT
    decision_id: Id
    track_id: Id
    rule_set: Code
    rule: Code
    action: Code
    dose_before: Amount
    dose: Amount
    marker: Marker
    unit: Unit
    review: bool
    notes: tuple[Code, ...] = ()
    text_key: Code
    text_params: dict[Code, int | Code] = {}
    short_version: bool = False
    supersedes: Id | None = None


class DoseOptionV1(BaseModel):
    """One thing the person may choose; `stay` and `less` are always among them."""

    model_config = CONTRACT
    kind: Literal["step", "smaller", "stay", "less"]
    dose: Amount


class ProgressionProposedV1(BaseModel):
    """A step is offered; nothing rises without the person's yes before `expires_at` (W10)."""

    model_config = CONTRACT
    proposal_id: Id
    decision_id: Id
    track_id: Id
    dose_now: Amount
    options: Annotated[tuple[DoseOptionV1, ...], Field(min_length=2)]
    marker: Marker
    unit: Unit
    expires_at: Moment


class ProposalWithdrawnV1(BaseModel):
    """An open offer is gone, with its reason (W10): the table no longer gives it, it ran out, or it was answered."""

    model_config = CONTRACT
    proposal_id: Id
    track_id: Id
    reason: Code


class DoseChangedV1(BaseModel):
    """The dose in force changed, in the marker's base unit."""

    model_config = CONTRACT
    track_id: Id
    old_dose: Amount
    new_dose: Amount
    marker: Marker
    unit: Unit
    rule: Code
    decision_id: Id
    effective_at: Moment


class ReviewRequestedV1(BaseModel):
    """A human is asked to look; one open item per person, track and reason (W12)."""

    model_config = CONTRACT
    review_id: Id
    track_id: Id | None
    reason: Code


class MilestoneReachedV1(BaseModel):
    """The person reached a milestone of effort, once in their life with the service (community 6.2 Celebrate).

    `first_session`: their first session with any amount. `weeks_active_4`: at least one session in each of four
    consecutive periods of seven days. `reached_on` is the person's own day.
    """

    model_config = CONTRACT
    milestone_id: Id
    kind: MilestoneKind
    track_id: Id | None = None
    reached_on: date
