"""Celebrations over HTTP: what is offered, who shares it, and what is then read in the feed (article P6.2, P5.1)."""

import re
from typing import Any

import pytest

from services.community.domain.model import TEMPLATES
from services.community.texts import texts
from shared.ids import random_id
from tests.unit.services.community.town import CLINIC, Town

NEVER = re.compile(r"patient|pain|dose|diagnos|medic|flare|adheren|percent|member_id|milestone_id")
"""No key of a group's payload."""


@pytest.mark.article("P6.2")
async def test_a_milestone_is_offered_and_nothing_is_posted_before_the_person_shares_it(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    offer_id = await town.milestone()
    (offer,) = (await town.celebrations())["open"]
    assert [one["template"] for one in offer["wordings"]] == list(TEMPLATES["first_session"])
    assert (offer["text"], offer["no_thanks"]) == (texts("en")["offer.first_session"], "No, thank you")
    town.later(days=13)
    await town.settle()
    assert await town.posts(group) == []
    assert {event["type"] for event in town.published()} == {"member.joined", "celebration.offered"}

    shared = await town.share(offer_id, group, template="first_session.glad")
    assert (shared.status_code, shared.json()["status"]) == (200, "shared")
    (mine,), (theirs,) = await town.posts(group), await town.posts(group, "ben")
    assert theirs["text"] == texts("en")["post.first_session.glad"]
    assert (mine["mine"], theirs["mine"]) == (True, False)
    assert [event["type"] for event in town.published() if event["type"].startswith(("celeb", "post"))].count(
        "post.published"
    ) == 1
    closed = (await town.celebrations())["closed"]
    assert [(one["status"], one["group_id"], one["wordings"]) for one in closed] == [("shared", group, [])]


async def test_the_wordings_are_in_the_persons_language_and_the_post_in_the_groups(town: Town) -> None:
    await town.enrol("sol", locale="es-MX")
    group = await town.group(language="ar")
    await town.joined(group, "sol", "ben")
    offer = await town.milestone("sol", "weeks_active_4")
    shown = await town.celebrations("sol")
    assert (shown["language"], shown["direction"]) == ("es", "ltr")
    assert shown["open"][0]["wordings"][0]["text"] == texts("es")["post.weeks_active_4.plain"]
    assert shown["groups"][0]["language"] == "ar"
    assert (await town.share(offer, group, "sol", template="weeks_active_4.plain")).status_code == 200
    feed = await town.ask("GET", f"/groups/{group}/posts", me="ben")
    assert (feed["language"], feed["direction"]) == ("ar", "rtl")
    assert feed["items"][0]["text"] == texts("ar")["post.weeks_active_4.plain"]


async def test_the_person_is_told_to_which_groups_they_could_share(town: Town) -> None:
    groups = [await town.group(f"g{number}", name=f"Group {number}") for number in range(3)]
    assert (await town.celebrations())["groups"] == []
    for group in groups[:2]:
        await town.join(group)
    shown = (await town.celebrations())["groups"]
    assert [one["name"] for one in shown] == ["Group 0", "Group 1"]
    assert all(one["pseudonym"] for one in shown)
    assert [(one["size"], one["members"]) for one in shown] == [("below_8", 1)] * 2


async def test_an_offer_is_open_for_14_days(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    offer = await town.milestone()
    town.later(days=14, milliseconds=-1)
    assert len((await town.celebrations())["open"]) == 1
    town.later(milliseconds=1)
    shown = await town.celebrations()
    assert (shown["open"], [one["status"] for one in shown["closed"]]) == ([], ["expired"])
    late = await town.share(offer, group)
    assert (late.status_code, late.json()["code"]) == (409, "celebration_expired")
    assert await town.posts(group) == []


async def test_an_offer_is_shared_once(town: Town) -> None:
    first, second = await town.group("first"), await town.group("second")
    for group in (first, second):
        await town.joined(group, "ana")
    offer, id = await town.milestone(), random_id()
    answers = [await town.share(offer, first, id=id) for _ in range(3)]
    assert all((answer.status_code, answer.json()) == (200, answers[0].json()) for answer in answers)
    again = await town.share(offer, first)
    elsewhere = await town.share(offer, second)
    assert [(one.status_code, one.json()["code"]) for one in (again, elsewhere)] == [(409, "already_shared")] * 2
    assert (await town.share(offer, second, id=id)).json()["code"] == "id_used_for_other_content"
    assert (len(await town.posts(first)), len(await town.posts(second))) == (1, 0)


async def test_no_thanks_is_final(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    offer, id = await town.milestone(), random_id()
    assert (await town.dismiss(offer, id=id)).json()["status"] == "dismissed"
    assert (await town.dismiss(offer, id=id)).status_code == 200
    shown = await town.celebrations()
    assert (shown["open"], [one["status"] for one in shown["closed"]]) == ([], ["dismissed"])
    answer = await town.share(offer, group)
    assert (answer.status_code, answer.json()["code"]) == (409, "celebration_dismissed")
    assert (await town.dismiss(offer)).status_code == 409


async def test_while_suspended_offers_are_held_back_and_shown_after_resume(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    before = await town.milestone()
    town.later(days=10)
    await town.suspend()
    assert await town.milestone(kind="weeks_active_4") == ""
    shown = await town.celebrations()
    assert (shown["open"], shown["closed"], shown["held_back"]) == ([], [], True)
    refused = await town.share(before, group)
    assert (refused.status_code, refused.json()["code"]) == (409, "automation_suspended")
    assert len(town.published("celebration.offered")) == 1

    town.later(days=30)
    await town.resume()
    shown = await town.celebrations()
    assert (len(shown["open"]), shown["held_back"]) == (2, False)
    offered = town.published("celebration.offered")
    assert len(offered) == 3, "what was open before is offered again, with another end"
    assert {event["data"]["offer_id"] for event in offered} == {one["offer_id"] for one in shown["open"]}
    town.later(days=13)
    assert len((await town.celebrations())["open"]) == 2
    assert (await town.share(before, group)).status_code == 200


async def test_what_had_expired_before_a_suspension_does_not_come_back(town: Town) -> None:
    await town.milestone()
    town.later(days=15)
    await town.suspend()
    await town.resume()
    shown = await town.celebrations()
    assert (shown["open"], [one["status"] for one in shown["closed"]]) == ([], ["expired"])


async def test_a_milestone_told_twice_is_offered_once(town: Town) -> None:
    data = {"milestone_id": random_id(), "kind": "first_session", "reached_on": "2026-03-02"}
    for _ in range(2):
        await town.tell("progression", "milestone.reached", "ana", data)
    assert len((await town.celebrations())["open"]) == 1
    assert len(town.published("celebration.offered")) == 1


@pytest.mark.parametrize("template", ["weeks_active_4.plain", "first_session.own", "first_session"])
async def test_a_wording_that_is_not_offered_is_refused(town: Town, template: str) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    answer = await town.share(await town.milestone(), group, template=template)
    assert (answer.status_code, answer.json()["field"]) == (422, "/template")


async def test_it_is_shared_only_to_a_group_of_ones_own(town: Town) -> None:
    group = await town.group()
    offer = await town.milestone()
    stranger = await town.share(offer, group)
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_a_member")
    assert (await town.share(offer, "nowhere")).status_code == 404
    assert (await town.share("no-such-offer", group)).status_code == 404
    await town.joined(group, "ana")
    await town.leave(group)
    assert (await town.share(offer, group)).status_code == 403
    assert [one["status"] for one in (await town.celebrations())["open"]] == ["open"]


async def test_who_joined_a_moment_ago_shares_although_their_own_side_has_not_heard_of_it(town: Town) -> None:
    group = await town.group()
    offer = await town.milestone()
    await town.join(group)
    assert town.rig.state(town.id("ana")).person.memberships == {}
    assert (await town.share(offer, group)).status_code == 200
    assert len(await town.posts(group)) == 1


@pytest.mark.article("P6.2")
@pytest.mark.parametrize("role", ["clinician", "caregiver", "moderator", "admin", "device"])
async def test_nobody_but_the_person_sees_or_shares_what_they_may_celebrate(town: Town, role: str) -> None:
    path, offer = f"/patients/{town.id('ana')}/celebrations", await town.milestone()
    body = {"id": random_id(), "group_id": "g", "template": "first_session.plain"}
    asked = [
        await town.call("GET", path, role),
        await town.call("POST", f"{path}/{offer}/share", role, body),
        await town.call("POST", f"{path}/{offer}/dismiss", role, {"id": random_id()}),
        await town.call("GET", path, me="ben"),
        await town.call("POST", f"{path}/{offer}/share", body=body, me="ben"),
    ]
    assert {answer.status_code for answer in asked} == {403}
    assert (await town.call("GET", path, tenant="elsewhere")).status_code == 404


async def test_the_feed_is_for_members_and_moderators(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    path = f"/groups/{group}/posts"
    allowed = {role: (await town.call("GET", path, role)).status_code for role in ("patient", "moderator")}
    denied = {role: (await town.call("GET", path, role)) for role in ("clinician", "caregiver", "admin", "device")}
    assert allowed == {"patient": 200, "moderator": 200}
    assert {answer.status_code for answer in denied.values()} == {403}
    stranger = await town.call("GET", path, me="ben")
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_a_member")


async def test_who_left_is_a_member_without_a_name_and_reads_nothing_any_more(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    await town.share(await town.milestone(), group)
    named = (await town.posts(group, "ben"))[0]["author"]
    await town.leave(group)
    assert (await town.call("GET", f"/groups/{group}/posts")).status_code == 403
    (post,) = await town.posts(group, "ben")
    assert post["author"] == {"name": "a member", "avatar": None}
    assert named["name"] not in str(post)
    await town.settle()
    await town.joined(group, "ana")
    assert [(one["author"]["name"], one["mine"]) for one in await town.posts(group)] == [("a member", False)]


async def test_who_leaves_may_take_their_posts_along(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    for name in ("ana", "ben"):
        await town.share(await town.milestone(name), group, name)
    await town.leave(group, posts="delete")
    (post,) = await town.posts(group, "ben")
    assert post["mine"]
    gone = [one for one in town.rig.store.records["posts"].values() if one["key"] == group and one["status"] != "shown"]
    assert len(gone) == 1
    assert set(gone[0]) == {"_id", "id", "key", "tenant", "seq", "number", "status"}


async def test_what_was_on_its_way_when_its_author_left_is_not_posted(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    offer = await town.milestone()
    body = {"id": random_id(), "group_id": group, "template": "first_session.plain"}
    path = f"/patients/{town.id('ana')}/celebrations/{offer}/share"
    assert (await town.call("POST", path, body=body)).status_code == 200
    await town.leave(group, posts="delete")
    await town.settle()
    assert await town.posts(group, "ben") == []
    assert town.published("post.published") == []


async def test_the_feed_is_read_page_by_page_and_new_posts_move_nothing(town: Town) -> None:
    group = await town.group()
    names = [f"n{number}" for number in range(7)]
    await town.enrol(*names)
    await town.joined(group, "ana", *names)
    for name in names[:5]:
        await town.share(await town.milestone(name), group, name)
    first = await town.ask("GET", f"/groups/{group}/posts?limit=2")
    for name in names[5:]:
        await town.share(await town.milestone(name), group, name)
    second = await town.ask("GET", f"/groups/{group}/posts?limit=2&cursor={first['next_cursor']}")
    third = await town.ask("GET", f"/groups/{group}/posts?limit=2&cursor={second['next_cursor']}")
    read = [post["post_id"] for page in (first, second, third) for post in page["items"]]
    newest_first = [post["post_id"] for post in await town.posts(group)]
    assert read == newest_first[2:]
    assert third["next_cursor"] is None
    assert (await town.call("GET", f"/groups/{group}/posts?cursor=abc")).status_code == 400


async def test_no_group_payload_leads_to_a_person_or_tells_how_they_are(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    await town.share(await town.milestone(), group)
    read: list[Any] = [
        await town.ask("GET", f"/groups/{group}/posts", me="ben"),
        await town.ask("GET", f"/groups/{group}/posts", "moderator"),
        await town.ask("GET", "/groups", me="ben"),
        await town.ask("GET", f"/groups/{group}/pseudonyms", me="eva"),
    ]
    assert [key for body in read for key in _keys(body) if NEVER.search(key)] == []
    assert town.id("ana") not in str(read)
    members = town.rig.state(group).group.members
    assert not any(id in str(read) for id in members)
    assert town.rig.state(group).group.salt not in str(read)


async def test_help_is_always_beside_the_feed(town: Town) -> None:
    group = await town.group(language="es")
    help_ = (await town.ask("GET", f"/groups/{group}/posts", "moderator"))["help"]
    assert help_ == {
        "name": CLINIC.name,
        "phone": CLINIC.phone,
        "hours": CLINIC.hours["es"],
        "messages_read": False,
        "emergency_number": "112",
        "crisis_line": "116 123",
    }


async def test_a_cut_between_the_share_and_kafka_loses_and_doubles_nothing(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    offer = await town.milestone()
    town.rig.broker.down = True
    try:
        body = {"id": random_id(), "group_id": group, "template": "first_session.plain"}
        path = f"/patients/{town.id('ana')}/celebrations/{offer}/share"
        assert (await town.call("POST", path, body=body)).status_code == 200
        assert await town.posts(group) == []
    finally:
        town.rig.broker.down = False
    await town.settle()
    await town.rig.consume(town.rig.broker.topic("community-events"))
    await town.settle()
    assert len(await town.posts(group, "ben")) == 1
    assert len({event["event_id"] for event in town.published("post.published")}) == 1


def _keys(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [*node, *(key for value in node.values() for key in _keys(value))]
    return [key for value in node for key in _keys(value)] if isinstance(node, list) else []
