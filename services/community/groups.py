"""What each event and command does to one group: who is in it, and what is posted there."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.community.domain import groups
from services.community.domain.commands import CreateGroup, JoinGroup, LeaveGroup
from services.community.domain.memberships import GROUPS_MAX
from services.community.domain.model import AVATARS, CommunityState, Group, Member
from services.community.store import (
    deleted_post_record,
    group_record,
    member_record,
    past_member_record,
    post_record,
)
from shared.contracts.community import (
    CelebrationSharedV1,
    MemberJoinedV1,
    MemberLeftV1,
    MembershipEndedV1,
    PostPublishedV1,
)
from shared.ids import named_id
from shared.runtime.messages import Answer, Emit, Message, Refused, Transition

Result = Transition[CommunityState]


def create_group(state: CommunityState, message: Message[CreateGroup], now: datetime) -> Result:
    """Open a group in the tenant; its id is the client's."""
    command = message.data
    if state.group is not None or state.person is not None:
        raise Refused(409, "id_in_use", "This id is in use already; a new group needs a new one.", "/id")
    group = Group(
        name=command.name,
        language=command.language,
        run_by=command.run_by,
        member_limit=command.member_limit,
        salt=command.salt,
        created_at=now,
    )
    body = {
        "group_id": message.key,
        "language": group.language,
        "run_by": group.run_by,
        "member_limit": group.member_limit,
    }
    return Transition(
        replace(state, group=group), records=(group_record(message.key, group),), answer=Answer(201, body)
    )


def join_group(state: CommunityState, message: Message[JoinGroup], now: datetime) -> Result:
    """Take a person in, at most 30 at a time, under a pseudonym that nobody has there (6.2 Join, Identity)."""
    group, command = _group(state), message.data
    if groups.member_of(group, command.patient_id) is not None:
        raise Refused(409, "already_member", "This person is a member of the group already.")
    if command.elsewhere >= GROUPS_MAX:
        raise Refused(409, "too_many_groups", f"A person is in at most {GROUPS_MAX} groups.")
    if groups.full(group):
        raise Refused(409, "group_full", "The group has as many members as it can have.")
    member_id = named_id("member", message.key, message.id)
    member = Member(
        patient_id=command.patient_id,
        pseudonym=_pseudonym(group, command),
        avatar=command.avatar or AVATARS[int(member_id[:8], 16) % len(AVATARS)],
        joined_at=now,
    )
    after = groups.with_member(group, member_id, member)
    joined = MemberJoinedV1(group_id=message.key, member_id=member_id, patient_id=command.patient_id, joined_at=now)
    body = {"group_id": message.key, "pseudonym": member.pseudonym, "avatar": member.avatar}
    return Transition(
        replace(state, group=after),
        events=(Emit(joined, occurred_at=now),),
        records=(member_record(member_id, member), group_record(message.key, after)),
        answer=Answer(201, body),
    )


def leave_group(state: CommunityState, message: Message[LeaveGroup], now: datetime) -> Result:
    """Let a member go at once; their posts become those of "a member", or are deleted (6.2 Leave)."""
    command = message.data
    found = groups.member_of(_group(state), command.patient_id)
    if found is None:
        raise Refused(409, "not_a_member", "This person is not a member of the group.")
    gone = _without(state, message, found[0], "left", now)
    deleted = found[1].posts if command.posts == "delete" else {}
    records = (*gone.records, *(deleted_post_record(post_id, number) for post_id, number in deleted.items()))
    return replace(gone, records=records, answer=Answer(200, {"group_id": message.key, "posts": command.posts}))


def on_membership_ended(state: CommunityState, message: Message[MembershipEndedV1], now: datetime) -> Result:
    """The person's side of a membership is over: the group lets them go, and their posts become those of "a member"."""
    data = message.data
    if state.group is None or data.member_id not in state.group.members:
        return Transition(state)
    return _without(state, message, data.member_id, data.reason, now)


def on_celebration_shared(state: CommunityState, message: Message[CelebrationSharedV1], now: datetime) -> Result:
    """A member shared a celebration: it is posted once; who left meanwhile posts nothing."""
    group, data = state.group, message.data
    member = group.members.get(data.member_id) if group is not None else None
    post_id = named_id("post", data.offer_id)
    if group is None or member is None or post_id in member.posts:
        return Transition(state)
    number = group.posts + 1
    posted = replace(member, posts={**member.posts, post_id: number})
    after = replace(groups.with_member(group, data.member_id, posted), posts=number)
    event = PostPublishedV1(post_id=post_id, kind="celebration", template=data.template, published_at=now)
    return Transition(
        replace(state, group=after),
        events=(Emit(event, occurred_at=now),),
        records=(post_record(post_id, number, data.member_id, data.kind, data.template, now),),
    )


def _group(state: CommunityState) -> Group:
    if state.group is None:
        raise Refused(404, "unknown_group", "There is no such group.")
    return state.group


def _pseudonym(group: Group, command: JoinGroup) -> str:
    free = groups.free(group, command.offered)
    if command.pseudonym is None:
        return free[0]
    if command.pseudonym not in command.offered:
        raise Refused(422, "unknown_pseudonym", "The pseudonym is one of those that are offered.", "/pseudonym")
    if command.pseudonym not in free:
        raise Refused(409, "pseudonym_taken", "Another member has this pseudonym.", "/pseudonym")
    return command.pseudonym


def _without(
    state: CommunityState,
    message: Message[LeaveGroup] | Message[MembershipEndedV1],
    member_id: str,
    reason: Literal["left", "plan_ended", "too_many_groups", "consent_withdrawn"],
    now: datetime,
) -> Result:
    group = _group(state)
    after = groups.without(group, member_id)
    left = MemberLeftV1(
        group_id=message.key,
        member_id=member_id,
        patient_id=group.members[member_id].patient_id,
        left_at=now,
        reason=reason,
    )
    return Transition(
        replace(state, group=after),
        events=(Emit(left, occurred_at=now),),
        records=(past_member_record(member_id, now), group_record(message.key, after)),
    )
