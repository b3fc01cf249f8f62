"""The routes: who may call them, what they take, what they answer, and what leaves the service because of it."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.services.session_logging.desk import SESSIONS, Desk, uid, walk
from tests.unit.services.session_logging.person import NOW


async def test_a_log_is_answered_with_its_place_and_revision(desk: Desk) -> None:
    answer = await desk.post(SESSIONS, walk("s1", pain=3))

    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"{SESSIONS}/{uid('s1')}"
    assert answer.json()["session"]["amount"] == 600
    assert answer.json()["session"]["given"] == {"amount": "10", "unit": "min"}
    read = await desk.get(f"{SESSIONS}/{uid('s1')}")
    assert read.json()["session"] == answer.json()["session"]
    assert [event["type"] for event in await desk.published()] == ["session.logged"]


@pytest.mark.article("P2.5")
async def test_the_smallest_log_needs_no_start(desk: Desk) -> None:
    answer = await desk.post(SESSIONS, {"id": uid("s1"), "activity": "gardening", "amount": 15})
    assert answer.status_code == 201
    assert answer.json()["session"]["track_id"] == "t-hobby"
    assert answer.json()["session"]["started_at"] == "2026-01-20T12:00:00.000Z"


async def test_the_same_log_gives_the_same_answer_and_other_content_a_conflict(desk: Desk) -> None:
    first = await desk.post(SESSIONS, walk("s1", amount="2.50"))
    again = await desk.post(SESSIONS, walk("s1", amount=2.5), at=1)
    other = await desk.post(SESSIONS, walk("s1", amount=3))

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "id_used_for_other_content")
    assert len(await desk.published()) == 1


async def test_five_same_logs_in_parallel_over_two_instances_are_one_session(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post(SESSIONS, walk("s1"), at=i % 2) for i in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len(await desk.published()) == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"pain": 11}, "/pain"),
    ({"pain": 3.5}, "/pain"),
    ({"pain": "3"}, "/pain"),
    ({"pain": True}, "/pain"),
    ({"amount": -1}, "/amount"),
    ({"amount": 1e300}, "/amount"),
    ({"amount": "1e9999"}, "/amount"),
    ({"amount": [1]}, "/amount"),
    ({"unit": "furlongs, 12 Main Street"}, "/unit"),
    ({"unit": "parsec"}, "/unit"),
    ({"started_at": 1_767_614_400}, "/started_at"),
    ({"started_at": "1767614400"}, "/started_at"),
    ({"started_at": "2026-01-20T12:00:00"}, "/started_at"),
    ({"started_at": "9999-12-31T23:59:59-12:00"}, "/started_at"),
    ({"started_at": "2026-01-20T12:11:00Z"}, "/started_at"),
    ({"variant": None}, "/variant"),
    ({"variant": "faster"}, "/variant"),
    ({"id": "1"}, "/id"),
    ({"enjoyment": 4}, "/enjoyment"),
    ({"painn": 3}, ""),
    ({"track_id": "x" * 101}, "/track_id"),
]


async def test_bad_content_is_a_422_that_names_the_field_and_echoes_nothing(desk: Desk) -> None:
    for body, field in BAD:
        answer = await desk.post(SESSIONS, walk("s1", **body))

        assert answer.status_code == 422, (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["field"] == field, body
        for told in ("furlongs", "painn", "parsec", "faster"):
            assert told not in answer.text
    assert await desk.published() == []


CALLERS: list[tuple[tuple[str, ...], str, str | None, int]] = [
    (("patient",), "clinic", "p1", 201),
    (("caregiver",), "clinic", "p1", 201),
    (("device",), "clinic", "p1", 201),
    (("clinician",), "clinic", None, 201),
    (("patient",), "clinic", "p3", 403),
    (("caregiver",), "clinic", "p3", 403),
    (("moderator",), "clinic", None, 403),
    (("admin",), "clinic", None, 403),
    (("clinician",), "other", None, 404),
    (("patient",), "other", "p1", 404),
]


async def test_who_may_log_a_session(desk: Desk) -> None:
    for place, (roles, tenant, patient_id, status) in enumerate(CALLERS):
        caller = desk.token(*roles, tenant=tenant, patient_id=patient_id)
        answer = await desk.post(SESSIONS, walk(f"s{place}"), caller)
        assert answer.status_code == status, (roles, tenant, patient_id)


@pytest.mark.article("P6.3", "P6.4")
async def test_how_it_felt_is_for_the_person_and_the_care_team(desk: Desk) -> None:
    """Community 6.3: a dash is a 403."""
    await desk.post(SESSIONS, walk("s1", pain=3))
    caregiver = desk.token("caregiver")
    device = desk.token("device")
    for kind, body in (("morning-checks", {"pain": 1}), ("journal-entries", {"tags": ["easy"]})):
        for headers in (caregiver, device):
            path = f"/v1/patients/p1/{kind}"
            assert (await desk.get(path, headers)).status_code == 403
            assert (await desk.post(path, {"id": uid("x"), **body}, headers)).status_code == 403
    listed = (await desk.get(SESSIONS, caregiver)).json()
    assert listed["items"] == [
        {"id": uid("s1"), "local_date": "2026-01-20", "track_id": "t-walk", "activity_family": "walking", "done": True}
    ]
    one = (await desk.get(f"{SESSIONS}/{uid('s1')}", caregiver)).json()
    assert not {"pain", "mood", "missed", "percent"} & one["session"].keys()
    refused = await desk.post(SESSIONS, walk("s2", pain=3), caregiver)
    assert (refused.status_code, refused.json()["code"]) == (403, "amounts_only")


async def test_an_amendment_needs_the_revision_that_was_read(desk: Desk) -> None:
    await desk.post(SESSIONS, walk("s1"))
    path, patient = f"{SESSIONS}/{uid('s1')}", desk.patient

    async def amend(body: dict[str, Any], **headers: str) -> tuple[int, str | None]:
        answer = await desk.client.patch(path, json=body, headers={**patient, **headers})
        return answer.status_code, answer.headers.get("etag")

    assert await amend({"pain": 3}) == (428, None)
    assert await amend({"pain": 3}, **{"If-Match": "1"}) == (412, None)
    assert await amend({"pain": 3}, **{"If-Match": '"2"'}) == (412, None)
    assert await amend({}, **{"If-Match": '"1"'}) == (422, None)
    assert await amend({"pain": 3}, **{"If-Match": '"1"'}) == (200, '"2"')
    assert await amend({"pain": 3}, **{"If-Match": '"1"'}) == (200, '"2"')
    assert await amend({"pain": 4}, **{"If-Match": '"1"'}) == (412, None)
    assert await amend({"pain": None}, **{"If-Match": '"2"'}) == (200, '"3"')
    assert [event["type"] for event in await desk.published()] == ["session.logged", *["session.amended"] * 2]


async def test_amendments_in_parallel_on_one_revision_let_one_win(desk: Desk) -> None:
    await desk.post(SESSIONS, walk("s1"))
    headers = {**desk.patient, "If-Match": '"1"'}
    answers = await asyncio.gather(
        *(
            desk.clients[pain % 2].patch(f"{SESSIONS}/{uid('s1')}", json={"pain": pain}, headers=headers)
            for pain in range(4)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 3}


async def test_a_void_is_answered_alike_again_and_takes_the_session_off_the_list(desk: Desk) -> None:
    await desk.post(SESSIONS, walk("s1"))
    path = f"{SESSIONS}/{uid('s1')}"
    first = await desk.post(f"{path}/void", {"reason": "duplicate"})
    again = await desk.post(f"{path}/void", {"reason": "mistake"}, at=1)

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert (await desk.get(SESSIONS)).json()["items"] == []
    assert len((await desk.get(f"{SESSIONS}?voided=true")).json()["items"]) == 1
    amended = await desk.client.patch(path, json={"pain": 1}, headers={**desk.patient, "If-Match": '"2"'})
    assert (amended.status_code, amended.json()["code"]) == (409, "session_voided")
    assert (await desk.post(f"{SESSIONS}/{uid('s9')}/void", {})).status_code == 404
    assert [event["type"] for event in await desk.published()] == ["session.logged", "session.voided"]


async def test_pages_are_stable_while_new_sessions_arrive(desk: Desk) -> None:
    """Seven sessions share one start: the id decides among them."""
    times = [NOW - timedelta(days=day) for day in range(3)] + [NOW - timedelta(days=5)] * 7
    items = [walk(f"s{i}", started_at=at.isoformat()) for i, at in enumerate(times)]
    await desk.post(f"{SESSIONS}/batch", {"id": uid("b"), "items": items})

    seen: list[str] = []
    cursor = ""
    while True:
        page = (await desk.get(f"{SESSIONS}?limit=4{cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        await desk.post(SESSIONS, walk(f"new{len(seen)}", started_at=(NOW + timedelta(minutes=5)).isoformat()))
    assert sorted(seen) == sorted(uid(f"s{i}") for i in range(10))
    assert seen[:3] == [uid(f"s{i}") for i in range(3)]


async def test_a_list_can_be_narrowed_by_time_and_track(desk: Desk) -> None:
    for day in range(5):
        await desk.post(SESSIONS, walk(f"s{day}", started_at=(NOW - timedelta(days=day)).isoformat()))
    await desk.post(SESSIONS, {"id": uid("g"), "activity": "gardening", "amount": 15})

    async def ids(**query: str) -> list[str]:
        answer = await desk.client.get(SESSIONS, params=query, headers=desk.patient)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    since, until = (NOW - timedelta(days=3)).isoformat(), (NOW - timedelta(days=1)).isoformat()
    assert await ids(**{"from": since, "to": until}) == [uid("s2"), uid("s3")]
    assert await ids(track_id="t-hobby") == [uid("g")]
    assert (await desk.get(f"{SESSIONS}?cursor=garbage")).status_code == 400
    assert (await desk.get(f"{SESSIONS}?limit=1000")).status_code == 422
    assert (await desk.get(f"{SESSIONS}?from=yesterday")).status_code == 422


async def test_every_item_of_a_batch_gets_its_own_answer(desk: Desk) -> None:
    items: list[Any] = [
        walk("s1"),
        {**walk("s2"), "pain": "bad"},
        {"kind": "morning_check", "id": uid("c1"), "at": NOW.isoformat(), "pain": 2},
        {"kind": "song", "id": uid("x")},
        {**walk("s9"), "id": "Anna, 12 Main Street"},
        walk("s3", started_at=(NOW - timedelta(days=29)).isoformat()),
        walk("s4", started_at=(NOW + timedelta(days=1)).isoformat()),
        {**walk("s5"), "extra": "Anna"},
        {key: value for key, value in walk("s6").items() if key != "started_at"},
    ]
    answer = await desk.post(f"{SESSIONS}/batch", {"id": uid("b"), "source": "paper", "items": items})

    assert answer.status_code == 200
    body = answer.json()
    assert [item["index"] for item in body["items"]] == list(range(9))
    assert [item["outcome"] for item in body["items"]] == [
        "created", "rejected", "created", "rejected", "rejected", "history_only", "rejected", "rejected", "rejected",
    ]  # fmt: skip
    assert [item["problem"]["field"] for item in body["items"] if item["outcome"] == "rejected"] == [
        "/pain", "/kind", "/id", "/started_at", None, "/started_at",
    ]  # fmt: skip
    assert body["counts"] == {"created": 2, "exists": 0, "history_only": 1, "rejected": 6}
    assert "Anna" not in answer.text
    events = await desk.published()
    assert [event["data"]["more_follow"] for event in events] == [True, True, False]
    assert {event["source"] for event in events} == {"paper"}


async def test_a_batch_has_between_1_and_200_items(desk: Desk) -> None:
    for items in ([], [walk(f"s{i}") for i in range(201)], "x", [1]):
        assert (await desk.post(f"{SESSIONS}/batch", {"id": uid("b"), "items": items})).status_code == 422
    assert await desk.published() == []


async def test_the_same_batch_gives_the_same_answer_and_under_another_id_all_exists(desk: Desk) -> None:
    items = [walk(f"s{i}") for i in range(3)]
    first = await desk.post(f"{SESSIONS}/batch", {"id": uid("b1"), "items": items})
    again = await desk.post(f"{SESSIONS}/batch", {"id": uid("b1"), "items": items}, at=1)
    other = await desk.post(f"{SESSIONS}/batch", {"id": uid("b2"), "items": items}, at=1)

    assert again.json() == first.json()
    assert other.json()["counts"] == {"created": 0, "exists": 3, "history_only": 0, "rejected": 0}
    assert (await desk.post(SESSIONS, walk("s1"))).json()["outcome"] == "exists"
    assert len(await desk.published()) == 3


async def test_batches_and_logs_with_the_same_items_in_parallel_log_each_once(desk: Desk) -> None:
    """Interleavings over two instances, with more items than the window keeps."""
    items = [walk(f"s{i}", started_at=(NOW - timedelta(hours=i)).isoformat()) for i in range(150)]
    calls = [desk.post(f"{SESSIONS}/batch", {"id": uid(f"b{i}"), "items": items}, at=i % 2) for i in range(3)]
    calls += [desk.post(SESSIONS, items[i], at=i % 2) for i in (0, 1, 149)]
    answers = await asyncio.gather(*calls)

    assert {answer.status_code for answer in answers} <= {200, 201}
    created = sum(answer.json()["counts"]["created"] for answer in answers[:3])
    created += sum(answer.json()["outcome"] == "created" for answer in answers[3:])
    assert created == 150
    ids = Counter(event["data"]["session_id"] for event in await desk.published())
    assert set(ids.values()) == {1}
    assert len(ids) == 150


async def test_old_sessions_can_be_corrected_though_the_state_forgot_them(desk: Desk) -> None:
    items = [walk(f"s{i}", started_at=(NOW - timedelta(hours=i)).isoformat()) for i in range(200)]
    await desk.post(SESSIONS, walk("first"))
    await desk.post(f"{SESSIONS}/batch", {"id": uid("b"), "items": items})

    again = await desk.post(SESSIONS, walk("first", amount=11))
    assert again.status_code == 409
    headers = {**desk.patient, "If-Match": '"1"'}
    assert (await desk.client.patch(f"{SESSIONS}/{uid('s199')}", json={"pain": 1}, headers=headers)).status_code == 200
    assert (await desk.client.patch(f"{SESSIONS}/{uid('first')}", json={"pain": 1}, headers=headers)).status_code == 200
    assert (await desk.post(f"{SESSIONS}/{uid('s198')}/void", {})).json()["session"]["revision"] == 2
    assert (await desk.post(SESSIONS, walk("later"))).json()["outcome"] == "created"


async def test_morning_checks_are_listed_newest_first(desk: Desk) -> None:
    path = "/v1/patients/p1/morning-checks"
    for day in range(3):
        at = (NOW - timedelta(days=day)).isoformat()
        assert (await desk.post(path, {"id": uid(f"c{day}"), "at": at, "pain": day})).status_code == 201
    assert (await desk.post(path, {"id": uid("c9")})).json()["code"] == "morning_check_empty"
    assert [item["pain"] for item in (await desk.get(path)).json()["items"]] == [0, 1, 2]


@pytest.mark.article("P7.6")
async def test_a_journal_is_sealed_and_the_clinician_reads_what_is_brought_to_the_visit(desk: Desk) -> None:
    path = "/v1/patients/p1/journal-entries"
    mine = {"id": uid("j1"), "tags": ["hard"], "text": "My knee, and my neighbour's name."}
    shared = {"id": uid("j2"), "tags": ["barrier", "barrier"], "text": "Too icy.", "bring_to_visit": True}
    assert (await desk.post(path, mine)).status_code == 201
    assert (await desk.post(path, shared)).status_code == 201
    assert (await desk.post(path, shared)).status_code == 201
    assert (await desk.post(path, {"id": uid("j3")})).status_code == 422

    assert {item["text"] for item in (await desk.get(path)).json()["items"]} == {mine["text"], shared["text"]}
    read = (await desk.get(path, desk.clinician)).json()["items"]
    assert [(item["text"], item["tags"]) for item in read] == [("Too icy.", ["barrier"])]
    events = await desk.published()
    assert [event["data"] for event in events][1] == {
        "entry_id": uid("j2"),
        "tags": ["barrier"],
        "bring_to_visit": True,
    }
    assert "neighbour" not in str(events) + str(desk.rigs[0].store.records) + str(desk.rigs[0].store.aggregates)


async def test_an_unknown_person_is_a_404_on_every_route(desk: Desk) -> None:
    nobody, clinician = "/v1/patients/p7", desk.clinician
    for path in ("sessions", f"sessions/{uid('s')}", "morning-checks", "journal-entries"):
        assert (await desk.get(f"{nobody}/{path}", clinician)).status_code == 404
    bodies: dict[str, Any] = {
        "sessions": walk("s1"),
        "sessions/batch": {"id": uid("b"), "items": [walk("s1")]},
        f"sessions/{uid('s1')}/void": {},
        "morning-checks": {"id": uid("c"), "pain": 1},
        "journal-entries": {"id": uid("j"), "text": "x"},
    }
    for path, body in bodies.items():
        assert (await desk.post(f"{nobody}/{path}", body, clinician)).status_code == 404
    assert "p7" not in desk.rigs[0].store.aggregates
