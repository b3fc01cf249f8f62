"""What is known about one person or one group; an aggregate is the one or the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

Language = Literal["en", "es", "ar"]
RunBy = Literal["clinic", "condition"]
Kind = Literal["first_session", "weeks_active_4"]
OfferStatus = Literal["open", "shared", "dismissed"]
Avatar = Literal[
    "leaf", "wave", "stone", "cloud", "shell", "seed", "star", "moon", "path", "lamp", "kite", "bridge"
]  # fmt: skip

AVATARS: Final[tuple[Avatar, ...]] = (
    "leaf", "wave", "stone", "cloud", "shell", "seed", "star", "moon", "path", "lamp", "kite", "bridge",
)  # fmt: skip
"""Neutral pictures; never a face (community 6.2 Identity)."""

TEMPLATES: Final[Mapping[Kind, tuple[str, ...]]] = {
    kind: tuple(f"{kind}.{tone}" for tone in ("plain", "glad", "thanks"))
    for kind in ("first_session", "weeks_active_4")
}
"""The wordings that may be chosen for each kind of milestone; there is no free text."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person of the tenant: their locale; `seq` is that of the event which said so."""

    locale: str
    seq: int


@dataclass(frozen=True, slots=True)
class Suspension:
    """Whether automation is suspended for the person, and the seq of the event that said so."""

    suspension_id: str
    on: bool
    seq: int


@dataclass(frozen=True, slots=True)
class Consent:
    """The person's last word on groups in general, the seq of the event that said so, and when they took a yes back
    last."""

    on: bool
    seq: int
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A milestone that may be shared; without `offered_at` it is held back until a suspension ends."""

    milestone_id: str
    kind: Kind
    reached_on: date
    offered_at: datetime | None = None
    expires_at: datetime | None = None
    status: OfferStatus = "open"
    group_id: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One stay in one group as the person's side knows it; `seq` is that of the group's event which said so."""

    member_id: str
    seq: int
    joined_at: datetime | None
    active: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person; offers by their id, memberships by group."""

    enrolment: Enrolment | None = None
    plan_ended_at: datetime | None = None
    suspension: Suspension | None = None
    offers: Mapping[str, Offer] = field(default_factory=dict)
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group: how they are called there, and the numbers of their posts by post id."""

    patient_id: str
    pseudonym: str
    avatar: Avatar
    joined_at: datetime
    posts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """A group with the members of now by member id; its name is sealed with the group's key.

    `salt` is random and leaves this service in no form: without it nobody can tell from a pseudonym whose it is.
    `posts` is the number of the last post; it only orders them.
    """

    name: str
    language: Language
    run_by: RunBy
    member_limit: int
    salt: str
    created_at: datetime
    members: Mapping[str, Member] = field(default_factory=dict)
    posts: int = 0


@dataclass(frozen=True, slots=True)
class CommunityState:
    """The whole state of one person (key patient_id) or one group (key group_id); the defaults are neither."""

    person: Person | None = None
    group: Group | None = None
