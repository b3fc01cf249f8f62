"""What community keeps to be read: groups, members and posts, each as an indexed document."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

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

IN_ORDER: Final = (("order", 1),)
NEWEST_FIRST: Final = (("number", -1),)
_ONE: Final = "group"


def tenants_groups(tenant: str, after: str | None) -> dict[str, Any]:
    """The query for a tenant's groups after a place in their order."""
    return {"tenant": tenant} | ({} if after is None else {"order": {"$gt": after}})


def groups_by_id(tenant: str, group_ids: Iterable[str]) -> dict[str, Any]:
    """The query for some groups of a tenant."""
    return {"_id": {"$in": [f"{group_id}:{_ONE}" for group_id in group_ids]}, "tenant": tenant}


def persons_memberships(tenant: str, patient_id: str) -> dict[str, Any]:
    """The query for a person's memberships of now."""
    return {"patient_id": patient_id, "tenant": tenant, "status": "active"}


def groups_posts(tenant: str, group_id: str, before: int | None) -> dict[str, Any]:
    """The query for a group's posts, those before the post of a number; new posts only come in front of it."""
    where: dict[str, Any] = {"key": group_id, "tenant": tenant, "status": "shown"}
    return where | ({} if before is None else {"number": {"$lt": before}})


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
