"""What may be asked of community, one value per command."""

from dataclasses import dataclass
from typing import Literal

from services.community.domain.model import Avatar, Language, RunBy

LeavePosts = Literal["anonymise", "delete"]


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """Open a group; `name` comes sealed with the group's key, `salt` is made at random for it."""

    name: str
    language: Language
    run_by: RunBy
    member_limit: int
    salt: str


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """Let a person into the group, with their consent.

    `offered` are the pseudonyms they may choose from, `elsewhere` the number of other groups they are in.
    """

    patient_id: str
    offered: tuple[str, ...]
    pseudonym: str | None
    avatar: Avatar | None
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """Let a member go; what they posted stays as that of "a member", or is deleted."""

    patient_id: str
    posts: LeavePosts


@dataclass(frozen=True, slots=True)
class ShareCelebration:
    """Share an offered milestone with one group; `member_id` is the person's membership there now, if there is one."""

    offer_id: str
    group_id: str
    template: str
    member_id: str | None


@dataclass(frozen=True, slots=True)
class DismissCelebration:
    """Say "no thanks" to an offer."""

    offer_id: str


Command = CreateGroup | JoinGroup | LeaveGroup | ShareCelebration | DismissCelebration
