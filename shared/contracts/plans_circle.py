"""Events of `plans` about the people around a person: consents, caregivers, the care team, and features."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Id, Moment

Purpose = Literal[
    "care",
    "sharing_with_caregiver",
    "group",
    "research",
    "wearables",
    "messages_by_sms",
    "messages_by_email",
    "messages_by_voice",
]
Scope = Literal["plan", "progress", "flare_plan"]
TeamRole = Literal[
    "physician",
    "physiotherapist",
    "occupational_therapist",
    "psychologist",
    "nurse",
    "coach",
    "coordinator",
    "other",
]
Feature = Literal["reminders", "lessons", "checkins", "group", "sharing", "wearables"]


class ConsentGrantedV1(BaseModel):
    """The person said yes to one purpose; the event with the highest `seq` about a purpose says what holds.

    `consent_id` names this episode; `text_version` and `language` are of the text that they read. Where an earlier yes
    was taken back, `withdrawn_before` is when that was last: what rested on it stays ended.
    """

    model_config = CONTRACT
    consent_id: Id
    purpose: Purpose
    text_version: Annotated[int, Field(ge=1)]
    language: Literal["en", "es", "ar"]
    given_at: Moment
    withdrawn_before: Moment | None = None


class ConsentWithdrawnV1(BaseModel):
    """The person took the yes of this episode back: nothing that rests on it happens from `withdrawn_at` on."""

    model_config = CONTRACT
    consent_id: Id
    purpose: Purpose
    withdrawn_at: Moment


class CaregiverLinkedV1(BaseModel):
    """A caregiver whom the person invited may see these parts; sent again, with a higher `seq`, when they change.

    `subject` is the random id in the caregiver's own token.
    """

    model_config = CONTRACT
    caregiver_id: Id
    subject: Id
    scopes: tuple[Scope, ...]
    goal_ids: tuple[Id, ...] = ()
    linked_at: Moment


class CaregiverUnlinkedV1(BaseModel):
    """A caregiver may see nothing any more: the person's word, their own, the consent behind it, or for safety."""

    model_config = CONTRACT
    caregiver_id: Id
    subject: Id
    because: Literal["withdrawn", "left", "safeguarding", "consent_withdrawn", "plan_ended"]
    unlinked_at: Moment


class TeamMemberV1(BaseModel):
    """One of the care team by the random id of their account; `named` ones can be reached by the person by name."""

    model_config = CONTRACT
    subject: Id
    role: TeamRole
    site: Id
    named: bool = False


class CareteamChangedV1(BaseModel):
    """Who is in care of the person now, and at which `site` of the clinic the person is; all of it, no difference."""

    model_config = CONTRACT
    site: Id
    members: tuple[TeamMemberV1, ...]
    changed_at: Moment


class FeaturesChangedV1(BaseModel):
    """Which features the person uses now: all that are on, no difference."""

    model_config = CONTRACT
    on: tuple[Feature, ...]
    changed_at: Moment
