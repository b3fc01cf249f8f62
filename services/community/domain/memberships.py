"""The person's side of being in groups: how many at most, and when a stay is over (community 6.2 Join)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from services.community.domain.model import Membership, Person

GROUPS_MAX: Final = 5
PAST_KEPT: Final = 20

EndReason = Literal["plan_ended", "too_many_groups", "consent_withdrawn"]


def active(person: Person) -> dict[str, Membership]:
    """The person's memberships of now, by group."""
    return {group_id: one for group_id, one in person.memberships.items() if one.active}


def over_at_once(person: Person, group_id: str, joined_at: datetime) -> EndReason | None:
    """Why a membership that is just heard of is over already: the plan ended or the consent was taken back meanwhile,
    or it is one too many."""
    if person.plan_ended_at is not None and joined_at <= person.plan_ended_at:
        return "plan_ended"
    if not allowed(person, joined_at):
        return "consent_withdrawn"
    if len(active(person).keys() - {group_id}) >= GROUPS_MAX:
        return "too_many_groups"
    return None


def keep(person: Person, group_id: str, membership: Membership) -> Person:
    """The person with a membership as last heard of; past ones are remembered for a while, so that none comes back."""
    every = {**person.memberships, group_id: membership}
    past = sorted((one for one in every if not every[one].active), key=lambda one: (every[one].seq, one))
    gone = set(past[:-PAST_KEPT])
    return replace(person, memberships={name: every[name] for name in sorted(every) if name not in gone})


def allowed(person: Person, joined_at: datetime | None) -> bool:
    """Whether the person's consent to groups lets a stay be that began at `joined_at`, or at a time not known.

    Who never said anything about groups in general consents by joining (6.2 Join). Taking it back ends every stay that
    began before; whoever has heard of it lets nobody in until they say yes anew.
    """
    said = person.consent
    if said is None or said.withdrawn_at is None:
        return True
    return joined_at is not None and joined_at > said.withdrawn_at


def ended_without_consent(person: Person) -> tuple[Person, Mapping[str, Membership]]:
    """The person without the memberships that their consent does not allow any more, and those memberships."""
    over = {name: one for name, one in active(person).items() if not allowed(person, one.joined_at)}
    kept = {name: replace(one, active=one.active and name not in over) for name, one in person.memberships.items()}
    return replace(person, memberships=kept), over


def ended_with_plan(person: Person, ended_at: datetime) -> tuple[Person, Mapping[str, Membership]]:
    """The person without the memberships that began before their plan ended, and those memberships."""
    over = {name: one for name, one in active(person).items() if one.joined_at is None or one.joined_at <= ended_at}
    kept = {name: replace(one, active=one.active and name not in over) for name, one in person.memberships.items()}
    latest = max(ended_at, person.plan_ended_at or ended_at)
    return replace(person, plan_ended_at=latest, memberships=kept), over


def ended_here(person: Person, group_id: str, member_id: str) -> bool:
    """Whether the person's side ended this membership, of which the group may not have heard yet."""
    known = person.memberships.get(group_id)
    return known is not None and known.member_id == member_id and not known.active
