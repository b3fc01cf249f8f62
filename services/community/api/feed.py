"""The feed of a group: newest first, for its members and for moderators."""

from fastapi import APIRouter

from services.community.api import views as v
from services.community.api.groups import Cursor, Limit
from services.community.api.reading import known_group, own_id
from services.community.domain.groups import member_of
from services.community.store import NEWEST_FIRST, POSTS, groups_posts
from services.community.texts import DIRECTION
from shared.clinics import Clinics
from shared.contracts.fields import Id
from shared.runtime.messages import Refused
from shared.runtime.runtime import Runtime
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, allow_role


def add_feed(routes: APIRouter, runtime: Runtime, clinics: Clinics) -> None:
    """The route of the feed."""

    @routes.get("/groups/{group_id}/posts")
    async def read_posts(group_id: Id, caller: Caller, cursor: Cursor = None, limit: Limit = 50) -> v.FeedView:
        """What was posted, in the order of time and no other. A member, or a moderator; nobody else (6.3)."""
        role = allow_role(caller, "moderator", "patient")
        group = await known_group(runtime, caller, group_id)
        me = member_of(group, own_id(caller)) if role == "patient" else None
        if role == "patient" and me is None:
            raise Refused(403, "not_a_member", "Only members of a group read what is posted there.")
        position = read_cursor(cursor, number=int)
        await runtime.settle(group_id)
        where = groups_posts(caller.tenant, group_id, None if position is None else int(position["number"]))
        found = await runtime.find(POSTS, where, NEWEST_FIRST, limit + 1)
        clinic = clinics.of(caller.tenant)
        return v.FeedView(
            language=group.language,
            direction=DIRECTION[group.language],
            items=[v.PostView.of(document, group, me and me[0]) for document in found[:limit]],
            next_cursor=write_cursor({"number": found[limit - 1]["number"]}) if len(found) > limit else None,
            help=None if clinic is None else v.HelpView.of(clinic, group.language),
        )
