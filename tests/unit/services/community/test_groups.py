"""Groups over HTTP: who opens, sees, joins and leaves one, and what a pseudonym may be."""

import asyncio
from typing import Any

import orjson
import pytest

from services.community.domain.model import AVATARS
from services.community.texts import texts
from shared.ids import random_id
from tests.unit.services.community.town import Town

BODY: dict[str, Any] = {"name": "The walkers", "language": "en", "run_by": "condition"}


async def test_staff_opens_a_group_and_its_name_is_stored_sealed(town: Town) -> None:
    body = {"id": town.id("walkers"), **BODY, "name": "  Kestrel walkers  "}
    made = await town.call("POST", "/groups", "moderator", body)
    assert (made.status_code, made.json()) == (
        201,
        {
            "group_id": body["id"],
            "name": "Kestrel walkers",
            "language": "en",
            "run_by": "condition",
            "member_limit": 30,
        },
    )
    assert (await town.call("POST", "/groups", "moderator", body)).json() == made.json()
    assert (await town.call("POST", "/groups", "admin", {**body, "language": "es"})).status_code == 409
    await town.settle()
    stored = orjson.dumps([town.rig.store.aggregates, town.rig.store.records])
    assert b"Kestrel" not in stored
    assert all(b"Kestrel" not in (raw.value or b"") for log in town.rig.broker.logs.values() for raw in log)


@pytest.mark.parametrize("role", ["patient", "caregiver", "clinician", "device"])
async def test_nobody_else_opens_a_group(town: Town, role: str) -> None:
    assert (await town.call("POST", "/groups", role, {"id": town.id("g"), **BODY})).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 61},
        {"name": "two\nlines"},
        {"name": "left\u202eright"},
        {"language": "de"},
        {"run_by": "anybody"},
        {"member_limit": 31},
        {"member_limit": 7},
        {"member_limit": "8"},
        {"why": "because"},
    ],
)
async def test_a_group_that_breaks_a_rule_is_refused_without_an_echo(town: Town, change: dict[str, Any]) -> None:
    answer = await town.call("POST", "/groups", "admin", {"id": town.id("g"), **BODY, **change})
    assert answer.status_code == 422
    assert not any(str(value) in answer.json()["detail"] for value in change.values() if str(value).strip())


async def test_an_id_that_is_a_persons_makes_no_group(town: Town) -> None:
    answer = await town.call("POST", "/groups", "admin", {"id": town.id("ana"), **BODY})
    assert (answer.status_code, answer.json()["code"]) == (409, "id_in_use")


async def test_the_groups_of_a_tenant_are_listed_with_their_size_and_who_i_am_there(town: Town) -> None:
    first, second = await town.group("first"), await town.group("second", name="مشاة", language="ar")
    await town.joined(first, "ana", "ben")
    mine = (await town.ask("GET", "/groups"))["items"]
    assert [(one["group_id"], one["name"], one["language"]) for one in mine] == [
        (first, "The walkers", "en"),
        (second, "مشاة", "ar"),
    ]
    assert [(one["size"], one["members"], one["member"]) for one in mine] == [
        ("below_8", 2, True),
        ("below_8", 0, False),
    ]
    assert mine[0]["pseudonym"]
    assert mine[0]["avatar"] in AVATARS
    assert (mine[1]["pseudonym"], mine[1]["avatar"]) == (None, None)
    staff = (await town.ask("GET", "/groups", "moderator"))["items"]
    assert [one["member"] for one in staff] == [False, False]
    assert (await town.call("GET", "/groups", "moderator", tenant="elsewhere")).json()["items"] == []


async def test_a_long_list_of_groups_is_read_page_by_page(town: Town) -> None:
    made = [await town.group(f"g{number}") for number in range(5)]
    seen, cursor = [], ""
    while True:
        page = await town.ask("GET", f"/groups?limit=2{cursor}", "admin")
        seen += [one["group_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(made)


async def test_below_8_the_number_is_told_and_from_8_on_only_the_band(town: Town) -> None:
    group = await town.group(member_limit=9)
    names = [f"n{number}" for number in range(9)]
    await town.enrol(*names)
    told = []
    for name in names:
        await town.joined(group, name)
        (one,) = (await town.ask("GET", "/groups", "moderator"))["items"]
        told.append((one["size"], one["members"]))
    assert told == [*(("below_8", number) for number in range(1, 8)), ("from_8", None), ("full", None)]


@pytest.mark.article("H2", "P6.1")
async def test_a_person_joins_with_consent_under_an_offered_pseudonym(town: Town) -> None:
    group = await town.group()
    before = await town.ask("GET", f"/groups/{group}/pseudonyms")
    assert before == await town.ask("GET", f"/groups/{group}/pseudonyms")
    assert before["consent"] == texts("en")["consent.join"]
    assert len(set(before["pseudonyms"])) == 6
    body = {"id": random_id(), "consent": True, "pseudonym": before["pseudonyms"][3], "avatar": "kite"}
    joined = await town.call("POST", f"/groups/{group}/members", body=body)
    assert (joined.status_code, joined.json()) == (
        201,
        {"group_id": group, "pseudonym": body["pseudonym"], "avatar": "kite"},
    )
    assert (await town.call("POST", f"/groups/{group}/members", body=body)).json() == joined.json()
    await town.settle()
    (event,) = town.published("member.joined")
    assert (event["group_id"], event.get("patient_id")) == (group, None)
    assert event["data"]["patient_id"] == town.id("ana")
    assert body["pseudonym"] not in str(town.published())


async def test_consent_is_a_yes_and_nothing_else(town: Town) -> None:
    group = await town.group()
    for consent in (False, None, "true", 1):
        assert (await town.join(group, consent=consent)).status_code == 422
    assert (await town.call("POST", f"/groups/{group}/members", body={"id": random_id()})).status_code == 422
    assert not (await town.ask("GET", "/groups"))["items"][0]["member"]


@pytest.mark.parametrize("pseudonym", ["Ana", "Quiet River 1", "", "ana@example.org", 7, "x" * 61])
async def test_a_pseudonym_of_ones_own_is_refused(town: Town, pseudonym: Any) -> None:
    group = await town.group()
    answer = await town.join(group, pseudonym=pseudonym)
    assert answer.status_code == 422
    assert answer.json()["field"] == "/pseudonym"


async def test_what_is_offered_to_others_is_not_offered_to_me_and_each_language_has_its_own_words(town: Town) -> None:
    group = await town.group(language="es")
    others = await town.ask("GET", f"/groups/{group}/pseudonyms", me="ben")
    mine = await town.ask("GET", f"/groups/{group}/pseudonyms")
    assert not set(others["pseudonyms"]) & set(mine["pseudonyms"])
    assert mine["pseudonyms"][0].split()[0][0].isupper()
    assert (await town.join(group, pseudonym=others["pseudonyms"][0])).status_code == 422
    arabic = await town.ask("GET", f"/groups/{await town.group('ar', language='ar')}/pseudonyms")
    assert all(not name.split()[0].isascii() for name in arabic["pseudonyms"])


@pytest.mark.parametrize("role", ["moderator", "admin", "clinician", "caregiver", "device"])
async def test_only_the_person_joins_and_leaves(town: Town, role: str) -> None:
    group = await town.group()
    join = {"id": random_id(), "consent": True}
    assert (await town.call("POST", f"/groups/{group}/members", role, join)).status_code == 403
    leave = {"id": random_id(), "posts": "delete"}
    assert (await town.call("POST", f"/groups/{group}/leave", role, leave)).status_code == 403
    assert (await town.call("GET", f"/groups/{group}/pseudonyms", role)).status_code == 403


async def test_a_person_is_in_a_group_once(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    again = await town.join(group)
    assert (again.status_code, again.json()["code"]) == (409, "already_member")
    id = random_id()
    assert (await town.join(group, "ben", id=id)).status_code == 201
    assert (await town.join(group, "eva", id=id)).json()["code"] == "id_used_for_other_content"


async def test_a_group_takes_as_many_as_its_limit_also_when_all_ask_at_once(town: Town) -> None:
    group = await town.group()
    names = [f"n{number}" for number in range(34)]
    await town.enrol(*names)
    answers = await asyncio.gather(*(town.join(group, name) for name in names))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(409)) == (30, 4)
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"group_full"}
    pseudonyms = [answer.json()["pseudonym"] for answer in answers if answer.status_code == 201]
    assert len(set(pseudonyms)) == 30
    await town.leave(group, names[statuses.index(201)])
    assert (await town.join(group, names[statuses.index(409)])).status_code == 201


async def test_a_person_is_in_at_most_5_groups(town: Town) -> None:
    groups = [await town.group(f"g{number}") for number in range(6)]
    for group in groups[:5]:
        assert (await town.join(group)).status_code == 201
    sixth = await town.join(groups[5])
    assert (sixth.status_code, sixth.json()["code"]) == (409, "too_many_groups")
    await town.leave(groups[0])
    assert (await town.join(groups[5])).status_code == 201


async def test_a_sixth_membership_that_slipped_through_is_ended_again(town: Town) -> None:
    groups = [await town.group(f"g{number}") for number in range(7)]
    answers = await asyncio.gather(*(town.join(group) for group in groups))
    assert [answer.status_code for answer in answers].count(201) > 5, "all were asked before any was counted"
    await town.settle()
    listed = (await town.ask("GET", "/groups"))["items"]
    assert sum(one["member"] for one in listed) == 5
    assert {event["data"]["reason"] for event in town.published("member.left")} == {"too_many_groups"}


async def test_who_is_not_enrolled_here_or_asks_for_a_group_of_elsewhere_is_told_of_neither(town: Town) -> None:
    group = await town.group()
    body = {"id": random_id(), "consent": True}
    for path, sent in ((f"/groups/{group}/members", body), ("/groups/nowhere/members", body)):
        assert (await town.call("POST", path, body=sent, me="nobody")).status_code == 404
    assert (await town.call("POST", "/groups/nowhere/members", body=body)).status_code == 404
    foreign = [
        await town.call(method, f"/groups/{name}/{path}", role, sent, tenant="elsewhere")
        for name in (group, "nowhere")
        for method, path, role, sent in (
            ("GET", "posts", "moderator", None),
            ("GET", "posts", "patient", None),
            ("GET", "pseudonyms", "patient", None),
            ("POST", "members", "patient", body),
            ("POST", "leave", "patient", {"id": random_id(), "posts": "delete"}),
        )
    ]
    assert {answer.status_code for answer in foreign} == {404}
    assert len({answer.content for answer in foreign}) == 1


async def test_who_left_joins_again_as_somebody_new(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    left = await town.leave(group)
    assert (left.status_code, left.json()) == (200, {"group_id": group, "posts": "anonymise"})
    again = await town.leave(group)
    assert (again.status_code, again.json()["code"]) == (409, "not_a_member")
    await town.joined(group, "ana")
    joined = town.published("member.joined")
    assert len({event["data"]["member_id"] for event in joined}) == 2
    assert town.rig.state(town.id("ana")).person.memberships[group].active


async def test_leaving_twice_with_one_id_is_one_leave_and_the_same_answer(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    id = random_id()
    first, second = await town.leave(group, id=id), await town.leave(group, id=id)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert (await town.leave(group, posts="delete", id=id)).status_code == 409
    await town.settle()
    assert len(town.published("member.left")) == 1


async def test_the_end_of_a_plan_ends_every_membership_that_began_before(town: Town) -> None:
    groups = [await town.group(f"g{number}") for number in range(3)]
    await town.joined(groups[0], "ana", "ben")
    await town.joined(groups[1], "ana")
    town.later(minutes=5)
    await town.end_plan()
    left = town.published("member.left")
    assert {(event["group_id"], event["data"]["reason"]) for event in left} == {
        (group, "plan_ended") for group in groups[:2]
    }
    assert (await town.call("GET", f"/groups/{groups[0]}/posts")).status_code == 403
    assert (await town.call("GET", f"/groups/{groups[0]}/posts", me="ben")).status_code == 200
    town.later(minutes=5)
    await town.joined(groups[2], "ana")
    assert (await town.call("GET", f"/groups/{groups[2]}/posts")).status_code == 200


async def test_a_join_that_was_on_its_way_when_the_plan_ended_is_ended_too(town: Town) -> None:
    group = await town.group()
    assert (await town.join(group)).status_code == 201
    await town.end_plan()
    assert (await town.call("GET", f"/groups/{group}/posts")).status_code == 403
    assert not (await town.ask("GET", "/groups"))["items"][0]["member"]
