"""Groups: who is in one, what it is told of its size, and which pseudonyms are free (community 6.2)."""

from dataclasses import replace
from typing import Final, Literal

from services.community.domain.model import Group, Member

MEMBERS_MIN, MEMBERS_MAX = 8, 30
"""A group is made for 8 to 30 people; 30 is a hard limit."""

Size = Literal["below_8", "from_8", "full"]

SMALL: Final = 8


def member_of(group: Group, patient_id: str) -> tuple[str, Member] | None:
    """The membership of a person in the group now, with its id."""
    return next(((id, one) for id, one in group.members.items() if one.patient_id == patient_id), None)


def full(group: Group) -> bool:
    """Whether nobody else can join."""
    return len(group.members) >= min(group.member_limit, MEMBERS_MAX)


def size(members: int, limit: int) -> Size:
    """The band that is told of a group's size; below 8 it is also told how few see what is posted."""
    if members >= limit:
        return "full"
    return "below_8" if members < SMALL else "from_8"


def free(group: Group, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The offered pseudonyms that no member has."""
    taken = {member.pseudonym for member in group.members.values()}
    return tuple(name for name in offered if name not in taken)


def with_member(group: Group, member_id: str, member: Member) -> Group:
    """The group with a member, or with what changed of one."""
    members = {**group.members, member_id: member}
    return replace(group, members={id: members[id] for id in sorted(members)})


def without(group: Group, member_id: str) -> Group:
    """The group after a member left."""
    return replace(group, members={id: one for id, one in group.members.items() if id != member_id})
