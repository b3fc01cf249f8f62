"""The routes of the work list: what a clinic reads and in which order, who takes, who closes, and who sees nothing."""

from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.unit.services.plans.front import Front

NOTE = "Called at noon. It is the old ache; nothing new."


async def review(front: Front, seq: int, reason: str, track: str | None = "walk", patient: str = "p1") -> None:
    data = {"review_id": f"r-{seq}", "track_id": track, "reason": reason}
    await front.hear("review.requested", "progression", seq, data, patient=patient)


async def flag(front: Front, seq: int, *signs: str, level: str, suspension: str = "s-1", patient: str = "p1") -> None:
    data = {
        "flag_id": f"f-{seq}", "suspension_id": suspension, "signs": signs, "level": level, "context": "check_in",
        "answered_at": front.rig.clock.now().isoformat(),
    }  # fmt: skip
    await front.hear("redflag.raised", "safety", seq, data, by="patient", patient=patient)


async def resumed(front: Front, seq: int) -> None:
    data = {"suspension_id": "s-1", "resumed_at": front.rig.clock.now().isoformat()}
    await front.hear("automation.resumed", "safety", seq, data, by="clinician")


async def waiting(front: Front, query: str = "", role: str = "clinician") -> list[dict[str, Any]]:
    """This test's items of the clinic's list."""
    answer = await front.call("GET", f"/work-items?limit=200{query}", role)
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["items"] if one["patient_id"].startswith(f"p{front.tests}-")]


async def own(front: Front, role: str = "clinician") -> Any:
    return (await front.call("GET", "/patients/p1/work-items", role)).json()


async def act(
    front: Front, item: dict[str, Any], verb: str, body: dict[str, Any], role: str = "clinician"
) -> httpx.Response:
    return await front.call("POST", f"/patients/p1/work-items/{item['item_id']}/{verb}", role, body)


@pytest.fixture
async def clinic(front: Front) -> Front:
    """The person has a plan, and so has another."""
    await front.call("POST", "/patients", body={"id": "p2", "tz": "UTC", "adult": True})
    for person in ("p1", "p2"):
        await front.plan(person)
    return front


async def test_the_most_urgent_comes_first_and_of_those_what_is_due_earliest(clinic: Front) -> None:
    await review(clinic, 1, "ceiling")
    await flag(clinic, 1, "trauma", level="urgent")
    await flag(clinic, 1, "cauda_equina", level="emergency", patient="p2")
    await flag(clinic, 2, "chest", level="emergency", suspension="s-2", patient="p2")
    await review(clinic, 2, "pain_9")
    found = await waiting(clinic)
    assert [one["urgency"] for one in found] == ["emergency", "emergency", "urgent", "soon", "routine"]
    assert [one["signs"] for one in found[:3]] == [["chest"], ["cauda_equina"], ["trauma"]]
    assert not any(one["overdue"] for one in found)


async def test_the_list_is_filtered_and_read_in_pages(clinic: Front) -> None:
    for seq, reason in enumerate(("ceiling", "overshoot", "plan_fit", "flare_without_end"), start=1):
        await review(clinic, seq, reason)
    await flag(clinic, 1, "chest", level="emergency", patient="p2")
    everything = await waiting(clinic)
    assert len(everything) == 5
    assert [one["kind"] for one in await waiting(clinic, "&kind=call")] == ["call"]
    assert [one["kind"] for one in await waiting(clinic, "&urgency=emergency&kind=red_flag")] == ["red_flag"]
    assert await waiting(clinic, "&status=taken") == []

    first = next(one for one in everything if one["reason"] == "ceiling")
    await act(clinic, first, "take", {"id": "t-1"})
    assert [one["reason"] for one in await waiting(clinic, "&status=taken")] == ["ceiling"]
    assert len(await waiting(clinic, "&status=open")) == 4
    assert len(await waiting(clinic)) == 5

    read: list[dict[str, Any]] = []
    more = ""
    while True:
        page = (await clinic.call("GET", f"/work-items?limit=2{more}")).json()
        assert len(page["items"]) <= 2
        read += page["items"]
        if page["next_cursor"] is None:
            break
        more = f"&cursor={page['next_cursor']}"
    assert [one for one in read if one in await waiting(clinic)] == await waiting(clinic)
    assert len({one["item_id"] for one in read}) == len(read)
    wrong = await clinic.call("GET", "/work-items?cursor=abc")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_invalid")
    assert (await clinic.call("GET", "/work-items?status=lost")).status_code == 422


async def test_each_card_of_the_list_begins_with_a_question_in_the_language_asked_for(clinic: Front) -> None:
    await review(clinic, 1, "silent_14_days")
    (item,) = await waiting(clinic)
    assert list(item)[:2] == ["question", "suggestion"]
    assert item["question"].startswith("How is the person?")
    (spanish,) = await waiting(clinic, "&language=es")
    assert spanish["question"].startswith("¿")
    own = (await clinic.call("GET", "/patients/p1/work-items?language=ar")).json()["waiting"]
    assert own[0]["question"].endswith(".")
    assert (await clinic.call("GET", "/work-items?language=xx")).status_code == 422


async def test_the_list_is_narrowed_by_site_by_who_acts_and_to_what_the_caller_took(clinic: Front) -> None:
    await review(clinic, 1, "ceiling")
    await review(clinic, 2, "flare_without_end")
    assert len(await waiting(clinic, "&site=main")) == 2
    assert await waiting(clinic, "&site=harbour") == []
    assert [one["reason"] for one in await waiting(clinic, "&role=nurse")] == ["flare_without_end"]
    assert [one["reason"] for one in await waiting(clinic, "&role=physiotherapist")] == ["ceiling"]
    assert await waiting(clinic, "&mine=true") == []
    (item,) = await waiting(clinic, "&kind=call")
    await act(clinic, item, "take", {"id": "t-1"})
    assert [one["reason"] for one in await waiting(clinic, "&mine=true")] == ["flare_without_end"]
    assert (await clinic.call("GET", "/work-items?role=king")).status_code == 422


async def test_what_somebody_took_they_give_back(clinic: Front) -> None:
    await review(clinic, 1, "ceiling")
    (item,) = await waiting(clinic)
    early = await act(clinic, item, "release", {"id": "r-1"})
    assert (early.status_code, early.json()["code"]) == (409, "not_taken")
    await act(clinic, item, "take", {"id": "t-1"})
    given = await act(clinic, item, "release", {"id": "r-2"})
    assert (given.status_code, given.json()["status"]) == (200, "open")
    assert (await act(clinic, item, "release", {"id": "r-2"})).json() == given.json()
    assert [(one["status"], one["taken_by"]) for one in await waiting(clinic)] == [("open", None)]
    assert (await act(clinic, item, "release", {"id": "r-3"}, "admin")).status_code == 403


async def test_what_waits_too_long_is_overdue(clinic: Front) -> None:
    await flag(clinic, 1, "chest", level="emergency")
    clinic.rig.clock.advance(timedelta(minutes=5))
    assert [one["overdue"] for one in await waiting(clinic)] == [False]
    clinic.rig.clock.advance(timedelta(seconds=1))
    assert [one["overdue"] for one in await waiting(clinic)] == [True]
    assert (await own(clinic))["waiting"][0]["overdue"] is True


async def test_a_review_is_taken_and_closed_with_a_note_that_only_clinicians_read(clinic: Front) -> None:
    await review(clinic, 1, "ceiling")
    (item,) = await waiting(clinic)
    taken = await act(clinic, item, "take", {"id": "t-1"})
    assert (taken.status_code, taken.json()["status"]) == (200, "taken")
    assert (await act(clinic, item, "take", {"id": "t-1"})).json() == taken.json()

    closed = await act(clinic, item, "close", {"id": "c-1", "note": NOTE})
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert (await act(clinic, item, "close", {"id": "c-1", "note": NOTE})).json() == closed.json()
    other = await act(clinic, item, "close", {"id": "c-1", "note": "another"})
    assert (other.status_code, other.json()["code"]) == (409, "id_used_for_other_content")
    late = await act(clinic, item, "take", {"id": "t-2"})
    assert (late.status_code, late.json()["code"]) == (409, "work_item_closed")

    assert await waiting(clinic) == []
    (listed,) = await waiting(clinic, "&status=closed")
    assert (listed["closed_because"], "note" in listed) == ("done", False)
    file = await own(clinic)
    assert (file["waiting"], [one["note"] for one in file["closed"]]) == ([], [NOTE])
    assert [one["note"] for one in (await own(clinic, "admin"))["closed"]] == [None]

    (opened,), (told,) = await clinic.sent("work_item.opened"), await clinic.sent("work_item.closed")
    assert (opened["actor"]["kind"], told["actor"]["kind"]) == ("system", "clinician")
    assert opened["data"]["item_id"] == told["data"]["item_id"] == item["item_id"]
    kept = [raw.value for topic in ("plans-events", "plans-journal") for raw in clinic.rig.broker.topic(topic)]
    kept.append(orjson.dumps(list(clinic.rig.store.records["work_items"].values())))
    assert not any(b"old ache" in (text or b"") for text in kept)


async def test_a_red_flag_is_closed_by_the_clinician_who_resumes(clinic: Front) -> None:
    await flag(clinic, 1, "trauma", level="urgent")
    (item,) = await waiting(clinic)
    refused = await act(clinic, item, "close", {"id": "c-1", "note": NOTE})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_suspended")
    await act(clinic, item, "take", {"id": "t-1"})
    await resumed(clinic, 2)
    assert await waiting(clinic) == []
    (closed,) = (await own(clinic))["closed"]
    assert (closed["closed_because"], closed["closed_by"], closed["note"]) == ("resumed", "u-7", None)
    (told,) = await clinic.sent("work_item.closed")
    assert told["actor"] == {"kind": "clinician", "id": "u-7"}


async def test_a_resumed_suspension_that_is_heard_of_first_leaves_nothing_waiting(clinic: Front) -> None:
    await resumed(clinic, 1)
    await flag(clinic, 2, "trauma", level="urgent")
    assert await waiting(clinic) == []
    assert [one["closed_because"] for one in (await own(clinic))["closed"]] == ["resumed"]


async def test_the_end_of_the_plan_ends_its_reviews(clinic: Front) -> None:
    await review(clinic, 1, "ceiling")
    await flag(clinic, 1, "trauma", level="urgent")
    ended = await clinic.call("POST", "/patients/p1/plans/plan-1/end", body={"id": "e-1", "reason": "withdrew"})
    assert ended.status_code == 200
    assert [one["kind"] for one in await waiting(clinic)] == ["red_flag"]
    assert [one["closed_because"] for one in (await own(clinic))["closed"]] == ["plan_ended"]


async def test_a_red_flag_of_somebody_not_enrolled_yet_can_be_seen_to(clinic: Front) -> None:
    await flag(clinic, 1, "chest", level="emergency", patient="p5")
    (item,) = await waiting(clinic)
    path = f"/patients/p5/work-items/{item['item_id']}/take"
    assert (await clinic.call("POST", path, body={"id": "t-1"})).status_code == 200
    assert (await clinic.call("GET", "/patients/p5/work-items")).json()["waiting"][0]["status"] == "taken"
    assert (await clinic.call("GET", "/patients/p6/work-items")).status_code == 404


@pytest.mark.parametrize("role", ["patient", "caregiver", "moderator", "device"])
async def test_only_staff_sees_the_work_list(clinic: Front, role: str) -> None:
    await review(clinic, 1, "ceiling")
    (item,) = await waiting(clinic)
    assert (await clinic.call("GET", "/work-items", role)).status_code == 403
    assert (await clinic.call("GET", "/patients/p1/work-items", role)).status_code == 403
    for who in (role, "admin"):
        assert (await act(clinic, item, "take", {"id": "t-1"}, who)).status_code == 403
        assert (await act(clinic, item, "close", {"id": "c-1", "note": NOTE}, who)).status_code == 403


async def test_another_clinic_sees_and_does_nothing(clinic: Front) -> None:
    await review(clinic, 1, "ceiling")
    (item,) = await waiting(clinic)
    assert (await clinic.call("GET", "/work-items", tenant="other")).json() == {"items": [], "next_cursor": None}
    assert (await clinic.call("GET", "/patients/p1/work-items", tenant="other")).status_code == 404
    path = f"/patients/p1/work-items/{item['item_id']}/take"
    assert (await clinic.call("POST", path, body={"id": "t-1"}, tenant="other")).status_code == 404
    elsewhere = await clinic.call("POST", path.replace("p1", "p2", 1), body={"id": "t-1"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "unknown_work_item")


@pytest.mark.parametrize(
    "body", [{}, {"note": ""}, {"note": "  "}, {"note": "x" * 2001}, {"note": "a\x00b"}, {"note": 7}]
)
async def test_a_note_is_words(clinic: Front, body: dict[str, Any]) -> None:
    await review(clinic, 1, "ceiling")
    (item,) = await waiting(clinic)
    answer = await act(clinic, item, "close", {"id": "c-1", **body})
    assert (answer.status_code, answer.json()["field"]) == (422, "/note")
