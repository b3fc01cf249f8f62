"""The people around a person: caregivers with what they may see, the care team with its named human, and the clinic."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from services.plans.domain.consents import CAREGIVERS, Consents, Heard, stands
from services.plans.domain.features import Feature

Scope = Literal["plan", "progress", "flare_plan"]
Role = Literal[
    "physician",
    "physiotherapist",
    "occupational_therapist",
    "psychologist",
    "nurse",
    "coach",
    "coordinator",
    "other",
]
UnlinkedBecause = Literal["withdrawn", "left", "safeguarding", "consent_withdrawn", "plan_ended"]

MAIN: Final = "main"
"""The site of everybody in a clinic that has one place only."""

CAREGIVERS_MAX: Final = 5
BARRED_MAX: Final = 8
"""So many of those who were kept away from a person stay known, the last of them."""

TEAM_MAX: Final = 12
INVITATION: Final = timedelta(days=14)
"""How long an invitation can be accepted [D]."""

CONTACT_WITHIN: Final = timedelta(days=3)
"""So long may a plan be in force without a named human before somebody is asked to name one, and so long after the last
was lost [D] (article P8.1)."""

CONTACT_AGAIN: Final = timedelta(days=28)
"""Asked again after so long; no longer may anybody be without a human contact (article P8.1)."""


@dataclass(frozen=True, slots=True)
class Caregiver:
    """Somebody whom the person invited; linked once that somebody accepted with a token of their own (`subject`).

    They may see what is in `scopes`, and the goals of these ids. How the person calls them is sealed.
    """

    caregiver_id: str
    label_sealed: str
    scopes: tuple[Scope, ...]
    goal_ids: tuple[str, ...]
    invited_at: datetime
    subject: str | None = None
    linked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One of the care team, at one site of the clinic, since when and until when; who can be reached by the person has
    a `contact_sealed`: the name and phone that they read, as sealed JSON."""

    member_id: str
    subject: str
    role: Role
    site: str
    since: datetime
    until: datetime | None = None
    contact_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """What one person's file says of the people around: their `site` within the tenant, what they consent to, who is in
    care of them, and the features they switched. `asked_at` is when a named human was asked for last, `lost_at` when
    the last named one was lost; both are None while somebody is named. `barred` are the last subjects whose link a
    clinician ended to keep the person safe."""

    site: str = MAIN
    consents: Consents = ()
    caregivers: tuple[Caregiver, ...] = ()
    team: tuple[Member, ...] = ()
    switched: Mapping[Feature, bool] = field(default_factory=dict)
    asked_at: datetime | None = None
    lost_at: datetime | None = None
    barred: tuple[str, ...] = ()


NOBODY: Final = Circle()
"""Nobody is around yet."""


def caregiver(circle: Circle, caregiver_id: str) -> Caregiver | None:
    """The invitation or link of this id, None when there is none or it is over."""
    return next((one for one in circle.caregivers if one.caregiver_id == caregiver_id), None)


def link_of(circle: Circle, subject: str) -> Caregiver | None:
    """The link of this caregiver; none without the person's standing consent to share with caregivers."""
    if not stands(circle.consents, CAREGIVERS):
        return None
    return next((one for one in circle.caregivers if one.subject == subject), None)


def expired(one: Caregiver, now: datetime) -> bool:
    """Whether an invitation was not accepted in time."""
    return one.subject is None and now >= one.invited_at + INVITATION


def keep_caregiver(circle: Circle, one: Caregiver) -> Circle:
    """The circle with an invitation or link as it is now."""
    others = tuple(known for known in circle.caregivers if known.caregiver_id != one.caregiver_id)
    return replace(circle, caregivers=(*others, one))


def without_caregivers(circle: Circle, gone: tuple[Caregiver, ...]) -> Circle:
    """The circle without these."""
    return replace(circle, caregivers=tuple(one for one in circle.caregivers if one not in gone))


def bar(circle: Circle, subject: str) -> Circle:
    """The circle that this one enters no more, whoever invites them (domain/safety.md 9.1 no. 13)."""
    others = tuple(one for one in circle.barred if one != subject)
    return replace(circle, barred=(*others, subject)[-BARRED_MAX:])


def member(circle: Circle, member_id: str) -> Member | None:
    """The member of the care team of this id, None when there is none or they left it."""
    return next((one for one in circle.team if one.member_id == member_id), None)


def with_team(circle: Circle, team: tuple[Member, ...], now: datetime) -> Circle:
    """The circle with this care team from now on. Once a human is named, the question for one is over; when the last
    who is named is lost, it begins anew (article P8.1)."""
    after = replace(circle, team=team)
    if named(after):
        return replace(after, asked_at=None, lost_at=None)
    return replace(after, asked_at=None, lost_at=now) if named(circle) else after


def keep_member(circle: Circle, one: Member, now: datetime) -> Circle:
    """The circle with this member as they are from now on, in their place."""
    if member(circle, one.member_id) is None:
        return with_team(circle, (*circle.team, one), now)
    team = tuple(one if known.member_id == one.member_id else known for known in circle.team)
    return with_team(circle, team, now)


def named(circle: Circle) -> tuple[Member, ...]:
    """Those whom the person can reach by name, who has been there longest first."""
    return tuple(sorted((one for one in circle.team if one.contact_sealed), key=lambda one: (one.since, one.member_id)))


def next_leaving(circle: Circle) -> datetime | None:
    """When the next member leaves the care team (UTC), None while nobody's end is set."""
    return min((one.until for one in circle.team if one.until is not None), default=None)


def left(circle: Circle, now: datetime) -> tuple[Member, ...]:
    """The members whose time is over."""
    return tuple(one for one in circle.team if one.until is not None and one.until <= now)


def asks_for_contact(circle: Circle, plan_since: datetime | None) -> datetime | None:
    """When somebody is asked to name a human for this person: None while one is named or no plan is in force.

    The days run from when the last named human was lost, or from the plan where there never was one.
    """
    if plan_since is None or named(circle):
        return None
    first = (circle.lost_at or plan_since) + CONTACT_WITHIN
    return first if circle.asked_at is None else max(first, circle.asked_at + CONTACT_AGAIN)


@dataclass(frozen=True, slots=True)
class InviteCaregiver:
    """Invite somebody to see these parts; the person's own decision (domain/safety.md 9.3 no. 9)."""

    caregiver_id: str
    label_sealed: str
    scopes: tuple[Scope, ...]
    goal_ids: tuple[str, ...]
    heard: Heard


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Be a caregiver, as the one who holds the token."""

    caregiver_id: str


@dataclass(frozen=True, slots=True)
class ChangeScopes:
    """Show a caregiver other parts from now on."""

    caregiver_id: str
    scopes: tuple[Scope, ...]
    goal_ids: tuple[str, ...]
    heard: Heard


@dataclass(frozen=True, slots=True)
class EndLink:
    """Show a caregiver nothing any more: the person's word, the caregiver's own, or to keep the person safe."""

    caregiver_id: str
    heard: Heard
    safeguarding: bool = False


@dataclass(frozen=True, slots=True)
class SetMember:
    """Put somebody on the care team, or change what is known of them: until the person's `last_day` with them, at the
    site of the person where no `site` is given."""

    member_id: str
    subject: str
    role: Role
    site: str | None = None
    last_day: date | None = None
    contact_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class EndMember:
    """Take somebody off the care team."""

    member_id: str
