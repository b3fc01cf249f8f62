"""What community keeps to be read: groups, members and posts, each as an indexed document."""

from datetime import datetime
from typing import Final

from services.community.domain.model import Group, Kind, Member
from shared.clock import to_ms
from shared.runtime.messages import Record

GROUPS: Final = "groups"
MEMBERS: Final = "members"
POSTS: Final = "posts"

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    GROUPS: ((("tenant", 1),), (("tenant", 1), ("order", 1))),
    MEMBERS: ((("patient_id", 1),),),
    POSTS: ((("key", 1), ("status", 1), ("number", -1)),),
}
"""Record collections with their indexes: a tenant's groups, a person's memberships, a group's posts, newest first."""

_ONE: Final = "group"


def group_document_id(group_id: str) -> str:
    """The `_id` of the document of a group."""
    return f"{group_id}:{_ONE}"


def group_record(group_id: str, group: Group) -> Record:
    """A group as it is listed; `order` sorts a tenant's groups by when they were opened, `name` stays sealed."""
    return Record(
        GROUPS,
        _ONE,
        {
            "order": f"{to_ms(group.created_at):015d}:{group_id}",
            "name": group.name,
            "language": group.language,
            "run_by": group.run_by,
            "member_limit": group.member_limit,
            "members": len(group.members),
        },
    )


def member_record(member_id: str, member: Member) -> Record:
    """A membership of now: the only place but the group's own state where a pseudonym stands beside a person's id."""
    return Record(
        MEMBERS,
        member_id,
        {
            "patient_id": member.patient_id,
            "pseudonym": member.pseudonym,
            "avatar": member.avatar,
            "status": "active",
            "joined_ms": to_ms(member.joined_at),
        },
    )


def past_member_record(member_id: str, left_at: datetime) -> Record:
    """A membership that is over: nothing in it says whose it was."""
    return Record(MEMBERS, member_id, {"status": "left", "left_ms": to_ms(left_at)})


def post_record(post_id: str, number: int, member_id: str, kind: Kind, template: str, at: datetime) -> Record:
    """A post of a membership; who wrote it is told by the group while the membership lasts, and by nobody later."""
    return Record(
        POSTS,
        post_id,
        {
            "number": number,
            "status": "shown",
            "kind": "celebration",
            "milestone": kind,
            "template": template,
            "member_id": member_id,
            "at_ms": to_ms(at),
        },
    )


def deleted_post_record(post_id: str, number: int) -> Record:
    """What is left of a post that was deleted: its number."""
    return Record(POSTS, post_id, {"number": number, "status": "deleted"})
