"""Events of `community`: who is in which group, what may be celebrated, what was shared and published."""

from typing import Literal

from pydantic import BaseModel

from shared.contracts.fields import CONTRACT, Code, Id, Moment
from shared.contracts.progression import MilestoneKind


class MemberJoinedV1(BaseModel):
    """A person joined a group with their consent; the pseudonym stays in `community` (community 6.2 Join, Identity).

    `member_id` names this membership: who leaves and joins again gets another.
    """

    model_config = CONTRACT
    group_id: Id
    member_id: Id
    patient_id: Id
    joined_at: Moment


class MemberLeftV1(BaseModel):
    """A person is no longer in a group, by their own choice or because of a `membership.ended`."""

    model_config = CONTRACT
    group_id: Id
    member_id: Id
    patient_id: Id
    left_at: Moment
    reason: Literal["left", "plan_ended", "too_many_groups", "consent_withdrawn"]


class MembershipEndedV1(BaseModel):
    """The person's side of a membership is over: their plan ended, they joined too many groups at the same time, or
    they took back their consent to groups.

    The group lets the member go because of it, and says so by `member.left`; posts stay, as those of "a member".
    """

    model_config = CONTRACT
    group_id: Id
    member_id: Id
    ended_at: Moment
    reason: Literal["plan_ended", "too_many_groups", "consent_withdrawn"]


class CelebrationOfferedV1(BaseModel):
    """A milestone of effort may be shared, if the person wants to; nothing is posted by itself (6.2 Celebrate).

    What a suspension held back is offered again after it: the same `offer_id` with another end.
    """

    model_config = CONTRACT
    offer_id: Id
    milestone_id: Id
    kind: MilestoneKind
    expires_at: Moment


class CelebrationSharedV1(BaseModel):
    """The person shared an offered celebration with one group, with the wording that they chose from the templates."""

    model_config = CONTRACT
    offer_id: Id
    milestone_id: Id
    kind: MilestoneKind
    group_id: Id
    member_id: Id
    template: Code
    shared_at: Moment


class PostPublishedV1(BaseModel):
    """A post is in the feed of its group; `template` renders its words in the group's language."""

    model_config = CONTRACT
    post_id: Id
    kind: Literal["celebration"]
    template: Code
    published_at: Moment
