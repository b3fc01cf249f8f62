"""Who takes back the consent to groups is in none any more, as when leaving, and joins again only after a new yes."""

import pytest

from tests.unit.services.community.town import Town


async def say(town: Town, word: str, episode: str, purpose: str = "group", **more: object) -> None:
    """The person's word on a purpose, as plans tells it."""
    at = town.now.isoformat()
    data = {"consent_id": episode, "purpose": purpose, **more}
    rest = {"text_version": 1, "language": "en", "given_at": at} if word == "granted" else {"withdrawn_at": at}
    await town.tell("plans", f"consent.{word}", "ana", {**data, **rest})


@pytest.mark.article("P8.4")
async def test_taking_back_the_consent_to_groups_ends_every_membership_as_leaving_does(town: Town) -> None:
    first, second = await town.group("first"), await town.group("second")
    await say(town, "granted", "co-1")
    await town.joined(first, "ana", "ben")
    await town.joined(second, "ana")
    await town.share(await town.milestone(), first)
    await say(town, "withdrawn", "co-1")
    assert [one["member"] for one in (await town.ask("GET", "/groups"))["items"]] == [False, False]
    assert [one["data"]["reason"] for one in town.published("member.left")] == ["consent_withdrawn"] * 2
    (post,) = await town.posts(first, "ben")
    assert post["author"] == {"name": "a member", "avatar": None}
    assert (await town.call("GET", f"/groups/{first}/posts")).status_code == 403
    offer = await town.milestone("ana", "weeks_active_4")
    assert (await town.share(offer, first, template="weeks_active_4.plain")).status_code == 403


async def test_nobody_is_let_in_without_it_until_the_person_says_yes_anew(town: Town) -> None:
    group = await town.group()
    await say(town, "granted", "co-1")
    await say(town, "withdrawn", "co-1")
    refused = await town.join(group)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_withdrawn")
    before = town.now.isoformat()
    town.later(minutes=1)
    await say(town, "granted", "co-2", withdrawn_before=before)
    assert (await town.join(group)).status_code == 201
    await town.settle()
    assert [one["member"] for one in (await town.ask("GET", "/groups"))["items"]] == [True]


async def test_a_person_who_joins_just_as_the_consent_goes_is_let_go_again(town: Town) -> None:
    group = await town.group()
    await say(town, "granted", "co-1")
    assert (await town.join(group)).status_code == 201
    await say(town, "withdrawn", "co-1")
    await town.settle()
    assert [one["data"]["reason"] for one in town.published("membership.ended")] == ["consent_withdrawn"]
    assert [one["member"] for one in (await town.ask("GET", "/groups"))["items"]] == [False]


async def test_a_word_on_another_purpose_or_none_at_all_keeps_nobody_out(town: Town) -> None:
    group = await town.group()
    await say(town, "granted", "co-1", "research")
    await say(town, "withdrawn", "co-1", "research")
    await town.joined(group, "ana")
    assert [one["member"] for one in (await town.ask("GET", "/groups"))["items"]] == [True]
