"""The routes of questionnaires, reviews and the visit: who says and reads what, in which order and which words."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.local.issuer import open_issuer
from services.plans.domain.reviews import SECTIONS
from services.plans.waiting import count_reviews
from tests.unit.services.plans.front import GOAL, PLAN, Front

MEASURES, REVIEWS, VISIT = (f"/patients/p1/{name}" for name in ("measures", "reviews", "visit-summary"))
PEG: dict[str, Any] = {"instrument": "peg", "values": {"pain": 4, "enjoyment": 5, "activity": 6}}
SUMMARY = {"gains": "You walk to the market.", "still_hard": "The stairs.", "targets": "The park with the children."}


async def submit(front: Front, id: str, role: str = "patient", **body: Any) -> httpx.Response:
    return await front.call("POST", MEASURES, role, {"id": id, **body})


async def reviewed(front: Front, *, without: str = "") -> str:
    """A review that was begun early, in which every part is answered or declined, but for one."""
    review_id: str = (await front.call("POST", REVIEWS, body={"id": "open-1"})).json()["review_id"]
    await answered(front, review_id, without=without)
    return review_id


async def answered(front: Front, review_id: str, *, without: str = "") -> None:
    """Every part of a review is answered or declined, but for one."""
    parts: dict[str, dict[str, Any]] = {
        "open": {"instrument": "open", "words": "I want to walk with the children."},
        "pain": PEG,
        "mood": {"instrument": "open", "domain": "mood", "reasons": {"words": "declined"}},
        "sleep": {"instrument": "sleep", "values": {"sleep": 6}},
        "qol": {"instrument": "pgic", "values": {"change": 2}},
        "heard": {"instrument": "checkin", "values": {"satisfaction": 8, "heard": 9}},
    }
    for part, body in parts.items():
        if part != without:
            answer = await submit(front, f"m-{part}", review_id=review_id, **body)
            assert answer.status_code == 201, answer.text


@pytest.mark.article("P11.2", "P11.4", "P11.7", "P12.4")
async def test_a_review_is_answered_closed_with_its_summary_and_read_by_both(front: Front) -> None:
    await front.plan()
    review_id = await reviewed(front)
    done = await front.call("POST", f"{REVIEWS}/{review_id}/complete", body={"id": "done-1", **SUMMARY})
    assert done.status_code == 200, done.text
    again = await front.call("POST", f"{REVIEWS}/{review_id}/complete", body={"id": "done-1", **SUMMARY})
    assert again.json() == done.json()
    for role in ("patient", "clinician"):
        (one,) = (await front.call("GET", REVIEWS, role)).json()["reviews"]
        assert {name: one[name] for name in SECTIONS} == SUMMARY
        assert (one["status"], one["on_time"], one["plan_versions"], one["missing"]) == ("done", True, 0, [])
        assert {part["part"]: part["outcome"] for part in one["parts"]}["mood"] == "declined"
    plan = (await front.call("GET", "/patients/p1/plan", "patient")).json()
    assert plan["review_on"] == done.json()["next_on"]
    (event,) = await front.sent("review.completed")
    assert "walk" not in str(event)


@pytest.mark.article("P11.2")
async def test_a_review_that_is_not_whole_names_what_is_open(front: Front) -> None:
    await front.plan()
    review_id = await reviewed(front, without="sleep")
    answer = await front.call("POST", f"{REVIEWS}/{review_id}/complete", body={"id": "done-1", "gains": "Some."})
    assert answer.status_code == 422
    fields = {one["pointer"] for one in answer.json()["errors"]}
    assert fields == {"/parts/sleep", "/still_hard", "/targets"}
    (one,) = (await front.call("GET", REVIEWS)).json()["reviews"]
    assert (one["status"], one["missing"]) == ("open", ["sleep"])


@pytest.mark.article("P11.3", "P7.3")
async def test_in_a_review_the_open_question_comes_first_and_its_words_are_kept_sealed(front: Front) -> None:
    await front.plan()
    review_id = (await front.call("POST", REVIEWS, body={"id": "open-1"})).json()["review_id"]
    due = (await front.call("GET", f"{MEASURES}/due", "patient")).json()
    assert (due["review_id"], due["parts"][0]["part"]) == (review_id, "open")
    assert due["opening"].endswith("How have your days been?")
    assert {one["instrument"] for one in due["forms"]} == {"peg", "sleep", "pgic", "checkin"}
    assert (await submit(front, "m-1", review_id=review_id, **PEG)).json()["code"] == "open_question_first"
    said = await submit(front, "m-2", instrument="open", words="Only my sister helps me.", review_id=review_id)
    assert said.status_code == 201
    assert (await submit(front, "m-3", review_id=review_id, **PEG)).status_code == 201
    stored = str(front.rig.store.__dict__)
    assert "sister" not in stored
    measures = (await front.call("GET", MEASURES)).json()["measures"]
    assert [one["words"] for one in measures] == [None, "Only my sister helps me."]


async def test_scores_and_what_changed_are_read_page_by_page_with_verified_codes(front: Front) -> None:
    await front.plan()
    await submit(front, "m-1", **PEG)
    front.rig.clock.advance(timedelta(days=2))
    again = await submit(front, "m-2", instrument="peg", values={"pain": 2, "enjoyment": 2, "activity": 2})
    assert again.json()["changes"] == [{"score": "mean", "by": -3.0, "detectable": True}]
    seen: list[str] = []
    read: dict[str, Any] = {}
    cursor, pages = "", 0
    while pages == 0 or cursor:
        after = f"&cursor={cursor}" if cursor else ""
        read = (await front.call("GET", f"{MEASURES}?instrument=peg&limit=1{after}", "patient")).json()
        seen += [one["measure_id"] for one in read["measures"]]
        cursor, pages = read["next_cursor"], pages + 1
    assert seen == ["m-2", "m-1"]
    assert read["measures"][0]["scores"] == [{"score": "mean", "value": 5.0}]
    assert read["measures"][0]["loinc"] == "91147-9"


async def test_only_a_clinician_reads_the_name_of_a_score(front: Front) -> None:
    await front.call("POST", "/patients", body={"id": "p2", "tz": "UTC", "adult": True}, tenant="equipped")
    phq4 = {"id": "m-1", "instrument": "phq4", "values": {"nervous": 3, "worry": 2, "interest": 0, "down": 0}}
    path = "/patients/p2/measures"
    noted = await front.call("POST", path, "patient", phq4, tenant="equipped", patient="p2")
    assert noted.status_code == 201, noted.text
    assert "Somebody of your clinic will read this" in noted.json()["text"]
    assert noted.json()["human"]["phone"] == "+1 555 0100"
    assert "anxiety" not in noted.json()["text"]
    bands = {}
    for role in ("patient", "clinician"):
        (one,) = (await front.call("GET", path, role, tenant="equipped", patient="p2")).json()["measures"]
        bands[role] = one["band"]
    assert bands == {"patient": None, "clinician": "mild"}
    (item,) = (await front.call("GET", "/patients/p2/work-items", tenant="equipped")).json()["waiting"]
    assert (item["reason"], item["urgency"]) == ("phq4_positive", "soon")


@pytest.mark.parametrize(("instrument", "code"), [("phq4", "nobody_acts_on_it"), ("promis_fatigue", "licence_needed")])
async def test_what_the_clinic_has_not_switched_on_is_409(front: Front, instrument: str, code: str) -> None:
    answer = await submit(front, "m-1", instrument=instrument, values={"i1": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.article("P11.3")
async def test_what_comes_next_says_why_not_before(front: Front) -> None:
    await front.plan(review_on="2026-12-01")
    due = (await front.call("GET", f"{MEASURES}/due", "patient")).json()
    assert [one["instrument"] for one in due["due"]] == ["checkin", "peg"]
    assert (due["asked"], due["forms"], due["items_left"], due["human"]["name"]) == (None, [], 12, "Harbour")


@pytest.mark.article("P7.6")
async def test_the_visit_summary_lists_what_was_flagged_and_nothing_else_of_the_journal(front: Front) -> None:
    await front.plan()
    await submit(front, "m-1", **PEG)
    for seq, (id, brought) in enumerate((("j-1", True), ("j-2", False)), start=1):
        data = {"entry_id": id, "tags": ["hard"], "bring_to_visit": brought}
        await front.hear("journal.recorded", "session_logging", seq, data)
    await front.propose()
    await front.call("POST", "/patients/p1/proposals/o-1/answer", "patient", {"id": "a-1", "answer": "stay"})
    for role in ("patient", "clinician"):
        seen = (await front.call("GET", VISIT, role)).json()
        assert [one["entry_id"] for one in seen["brought"]] == ["j-1"]
        assert [(one["instrument"], one["scores"][0]["value"]) for one in seen["scores"]] == [("peg", 5.0)]
        assert [(one["proposal_id"], one["answer"]) for one in seen["offers"]] == [("o-1", "stay")]
        assert [one["goal_id"] for one in seen["goals"]] == [GOAL["id"]]
        assert (seen["since"], seen["next_review_on"]) == (None, PLAN["review_on"])


@pytest.mark.article("P11.1")
async def test_a_clinician_says_whose_task_it_is_and_what_it_is_about(front: Front) -> None:
    await front.plan()
    body = {"id": "s-1", "owner": "u-7", "agenda": "The stairs, and sleep."}
    made = await front.call("PUT", "/patients/p1/review-protocol", body=body)
    assert made.json() == {"owner": "u-7", "next_on": PLAN["review_on"]}
    seen = {role: (await front.call("GET", REVIEWS, role)).json()["protocol"] for role in ("patient", "clinician")}
    assert seen["clinician"] == {"owner": "u-7", "agenda": "The stairs, and sleep.", "next_on": PLAN["review_on"]}
    assert seen["patient"] == {**seen["clinician"], "owner": None}


@pytest.mark.parametrize(
    ("method", "path", "roles", "body"),
    [
        ("POST", MEASURES, {"patient", "clinician"}, {"id": "m-1", "source": "phone", **PEG}),
        ("GET", MEASURES, {"patient", "clinician"}, None),
        ("GET", f"{MEASURES}/due", {"patient", "clinician"}, None),
        ("GET", REVIEWS, {"patient", "clinician"}, None),
        ("POST", REVIEWS, {"clinician"}, {"id": "o-1"}),
        ("PUT", "/patients/p1/review-protocol", {"clinician"}, {"id": "s-1"}),
        ("POST", f"{REVIEWS}/r-1/complete", {"clinician"}, {"id": "d-1", **SUMMARY}),
        ("GET", VISIT, {"patient", "clinician"}, None),
    ],
)
async def test_who_may_ask_is_the_same_in_every_clinic(
    front: Front, method: str, path: str, roles: set[str], body: Any
) -> None:
    for role in ("patient", "clinician", "caregiver", "admin", "moderator", "device"):
        answer = await front.call(method, path, role, body)
        assert (answer.status_code == 403) == (role not in roles)
        if role == "clinician":
            assert (await front.call(method, path, role, body, tenant="another")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"instrument": "peg", "values": {"pain": 11}},
        {"instrument": "peg", "values": {"pain": 3.5}},
        {"instrument": "peg", "values": {"pain": "kestrel"}},
        {"instrument": "kestrel"},
        {"instrument": "open", "words": "kestrel", "values": {"pain": 1}},
        {"instrument": "peg", "reasons": {"pain": "kestrel"}},
        {"instrument": "peg", "kestrel": 1},
    ],
)
async def test_a_wrong_answer_is_refused_without_an_echo(front: Front, body: Any) -> None:
    answer = await submit(front, "m-1", **body)
    assert answer.status_code == 422
    assert "kestrel" not in answer.text


@pytest.fixture
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """A house of its own with one person on a plan, since everything in it is counted, and time passes."""
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    await made.call("POST", "/patients", body={"id": "p1", "tz": "Europe/Berlin", "adult": True})
    await made.plan()
    yield made
    await made.client.aclose()


@pytest.mark.article("P11.1")
async def test_a_review_that_came_due_is_closed_on_the_work_list_by_being_done(alone: Front) -> None:
    alone.rig.clock.set(datetime(2026, 6, 2, 9, tzinfo=UTC))
    await alone.rig.runtime.timers.tick()
    waiting = (await alone.call("GET", "/patients/p1/work-items")).json()["waiting"]
    assert "review_due" in [one["reason"] for one in waiting]
    review_id = (await alone.call("GET", f"{MEASURES}/due")).json()["review_id"]
    await answered(alone, review_id)
    done = await alone.call("POST", f"{REVIEWS}/{review_id}/complete", body={"id": "done-1", **SUMMARY})
    assert done.status_code == 200, done.text
    read = await alone.call("GET", "/patients/p1/work-items")
    assert read.status_code == 200
    closed = {one["reason"]: one["closed_because"] for one in read.json()["closed"]}
    assert closed["review_due"] == "reviewed"


@pytest.mark.article("P11.7")
async def test_reviews_that_were_done_are_counted_over_all_clinics_with_what_changed(alone: Front) -> None:
    review_id = await reviewed(alone)
    await alone.call("POST", f"{REVIEWS}/{review_id}/complete", body={"id": "done-1", **SUMMARY})
    await alone.rig.rest()

    async def told() -> list[float | None]:
        await count_reviews(alone.rig.runtime)
        value = alone.rig.runtime.metrics.registry.get_sample_value
        kept = [value("pacewell_plans_reviews_done", {"service": "plans", "on_time": one}) for one in ("yes", "no")]
        return [*kept, value("pacewell_plans_review_plan_versions", {"service": "plans"})]

    assert await told() == [1, 0, 0]
    alone.rig.clock.advance(timedelta(weeks=13))
    assert await told() == [0, 0, 0]
