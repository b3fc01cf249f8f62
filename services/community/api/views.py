"""What callers read of groups, celebrations and posts; nothing in it leads from a group to a person."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel

from services.community.domain import groups
from services.community.domain.model import TEMPLATES, Group, Member, Offer
from services.community.domain.offers import Told
from services.community.texts import post_text, texts
from shared.clinics import Clinic
from shared.clock import from_ms


class GroupView(BaseModel):
    """A group of the tenant; `members` is told only below 8, where it says how few see what is posted.

    `member` says whether the caller is in it, and as whom.
    """

    group_id: str
    name: str
    language: str
    run_by: str
    size: groups.Size
    members: int | None
    member: bool
    pseudonym: str | None
    avatar: str | None

    @classmethod
    def of(cls, document: Mapping[str, Any], name: str, mine: Mapping[str, Any] | None) -> Self:
        """The view of a stored group; `mine` is the caller's membership there."""
        members = int(document["members"])
        size = groups.size(members, int(document["member_limit"]))
        return cls(
            group_id=document["key"],
            name=name,
            language=document["language"],
            run_by=document["run_by"],
            size=size,
            members=members if size == "below_8" else None,
            member=mine is not None,
            pseudonym=None if mine is None else mine["pseudonym"],
            avatar=None if mine is None else mine["avatar"],
        )


class GroupsView(BaseModel):
    """A page of a tenant's groups, in the order in which they were opened."""

    items: list[GroupView]
    next_cursor: str | None


class GroupOpenedView(BaseModel):
    """A group as it was opened."""

    group_id: str
    name: str
    language: str
    run_by: str
    member_limit: int


class BeforeJoiningView(BaseModel):
    """What a person reads and chooses from before they join."""

    group_id: str
    consent: str
    pseudonyms: list[str]
    avatars: list[str]


class JoinedView(BaseModel):
    """How the person is called in the group from now on."""

    group_id: str
    pseudonym: str
    avatar: str


class LeftView(BaseModel):
    """What became of the posts of somebody who left."""

    group_id: str
    posts: str


class WordingView(BaseModel):
    """A wording to choose, and how it reads in the person's language."""

    template: str
    text: str


class CelebrationView(BaseModel):
    """A milestone and what became of it: `open` until `expires_at`, or `shared`, `dismissed`, `expired`."""

    offer_id: str
    kind: str
    reached_on: date
    status: Told
    expires_at: datetime | None
    text: str
    no_thanks: str
    wordings: list[WordingView]
    group_id: str | None

    @classmethod
    def of(cls, offer_id: str, offer: Offer, told: Told, language: str) -> Self:
        """The view of an offer in a language; only an open one can be shared, so only it has wordings."""
        words = texts(language)
        choices = TEMPLATES[offer.kind] if told == "open" else ()
        return cls(
            offer_id=offer_id,
            kind=offer.kind,
            reached_on=offer.reached_on,
            status=told,
            expires_at=offer.expires_at,
            text=words[f"offer.{offer.kind}"],
            no_thanks=words["answer.no_thanks"],
            wordings=[WordingView(template=one, text=post_text(one, language)) for one in choices],
            group_id=offer.group_id,
        )


class OwnGroupView(BaseModel):
    """A group that the person could share to, as whom, and how many would see it (the number only below 8)."""

    group_id: str
    name: str
    language: str
    pseudonym: str
    size: groups.Size
    members: int | None

    @classmethod
    def of(cls, document: Mapping[str, Any], mine: Mapping[str, Any]) -> Self:
        """The view of a stored group and of the person's membership there."""
        view = GroupView.of(document, document["name"], mine)
        return cls(
            group_id=view.group_id,
            name=view.name,
            language=view.language,
            pseudonym=str(view.pseudonym),
            size=view.size,
            members=view.members,
        )


class CelebrationsView(BaseModel):
    """What may be celebrated now, where, and what became of earlier offers.

    While automation is suspended nothing is open; `held_back` then says that something may come later.
    """

    language: str
    direction: Literal["ltr", "rtl"]
    open: list[CelebrationView]
    closed: list[CelebrationView]
    held_back: bool
    groups: list[OwnGroupView]


class CelebrationAnsweredView(BaseModel):
    """What the person decided on an offer."""

    offer_id: str
    status: str
    group_id: str | None = None
    template: str | None = None


class AuthorView(BaseModel):
    """Who posted: a pseudonym and a neutral picture, or "a member" for somebody who left."""

    name: str
    avatar: str | None


class PostView(BaseModel):
    """One post, in the group's language."""

    post_id: str
    kind: str
    text: str
    author: AuthorView
    mine: bool
    published_at: datetime

    @classmethod
    def of(cls, document: Mapping[str, Any], group: Group, me: str | None) -> Self:
        """The view of a stored post for a reader whose membership is `me`."""
        author: Member | None = group.members.get(document["member_id"])
        left = texts(group.language)["author.left"]
        return cls(
            post_id=document["id"],
            kind=document["kind"],
            text=post_text(document["template"], group.language),
            author=AuthorView(name=left, avatar=None)
            if author is None
            else AuthorView(name=author.pseudonym, avatar=author.avatar),
            mine=me is not None and document["member_id"] == me,
            published_at=from_ms(document["at_ms"]),
        )


class HelpView(BaseModel):
    """Whom to turn to, always beside the feed (community 6.2 Content help)."""

    name: str
    phone: str
    hours: str
    messages_read: bool
    emergency_number: str
    crisis_line: str

    @classmethod
    def of(cls, clinic: Clinic, language: str) -> Self:
        """The clinic's people and the country's numbers."""
        human = clinic.human(language)
        return cls(
            name=human.name,
            phone=human.phone,
            hours=human.hours,
            messages_read=human.messages_read,
            emergency_number=clinic.emergency_number,
            crisis_line=clinic.crisis_line,
        )


class FeedView(BaseModel):
    """A page of a group's posts, newest first, in the group's language; `help` is always there."""

    language: str
    direction: Literal["ltr", "rtl"]
    items: list[PostView]
    next_cursor: str | None
    help: HelpView | None
