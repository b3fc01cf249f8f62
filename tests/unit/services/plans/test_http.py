"""The routes of plans: enrolment, what a plan must have to be safe, and the answer to an offered step."""

from typing import Any

import orjson
import pytest

from tests.unit.services.plans.front import FLARE_PLAN, PLAN, TRACK, WHY, Front


async def test_a_person_is_enrolled_once_and_can_be_read(front: Front) -> None:
    body = {"id": "p1", "tz": "Europe/Berlin", "adult": True}
    again = await front.call("POST", "/patients", body=body)
    assert (again.status_code, again.json()["tz"]) == (201, "Europe/Berlin")
    assert (await front.call("POST", "/patients", body={**body, "tz": "UTC"})).status_code == 409
    for role in ("patient", "clinician", "admin"):
        assert (await front.call("GET", "/patients/p1", role)).json()["day_starts_at"] == "03:00"


@pytest.mark.parametrize(
    "change", [{"tz": "Mars/Olympus"}, {"tz": "../etc"}, {"day_starts_at": "25:00"}, {"locale": "English"}, {"x": 1}]
)
async def test_a_wrong_enrolment_is_refused_without_an_echo(front: Front, change: dict[str, Any]) -> None:
    answer = await front.call("POST", "/patients", body={"id": "p2", "tz": "UTC", "adult": True, **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Olympus" not in answer.text


@pytest.mark.parametrize("role", ["patient", "caregiver", "moderator", "device"])
async def test_only_staff_enrols_and_only_a_clinician_plans(front: Front, role: str) -> None:
    assert (await front.call("POST", "/patients", role, {"id": "p2", "tz": "UTC", "adult": True})).status_code == 403
    assert (await front.call("POST", "/patients/p1/plans", role, PLAN)).status_code == 403


async def test_a_plan_is_activated_read_changed_and_ended(front: Front) -> None:
    made = await front.plan()
    assert made.headers["etag"] == '"1"'
    assert made.json()["tracks"] == [{"track_id": "walk", "locks": [], "clinician_approves": []}]
    read = await front.call("GET", "/patients/p1/plan", "patient")
    assert (read.headers["etag"], read.json()["tracks"][0]["goal_dose"]) == ('"1"', 1800)

    path, body = (
        "/patients/p1/plans/plan-1",
        {**PLAN, "id": "change-1", "usual_pain": 4, "usual_pain_declined": False, "why": WHY},
    )
    assert (await front.call("PUT", path, body=body)).status_code == 428
    assert (await front.call("PUT", path, body=body, etag='"2"')).status_code == 412
    assert (await front.call("PUT", path, body=body, etag="W/1")).status_code == 412
    changed = await front.call("PUT", path, body=body, etag='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    again = await front.call("PUT", path, body=body, etag='"1"')
    assert (again.status_code, again.json()) == (200, changed.json())

    ended = await front.call("POST", f"{path}/end", body={"id": "end-1", "reason": "completed"})
    assert ended.json() == {"plan_id": "plan-1", "plan_version": 2, "ended": "completed"}
    assert (await front.call("GET", "/patients/p1/plan")).json()["ended"] == "completed"


@pytest.mark.parametrize(
    "track",
    [
        {**TRACK, "marker": ["duration_s", "reps"]},
        {**TRACK, "marker": None},
        {name: value for name, value in TRACK.items() if name != "marker"},
        {**TRACK, "unit": "km"},
        {**TRACK, "unit": "stone"},
        {**TRACK, "freq": 8},
        {**TRACK, "freq": "3"},
        {**TRACK, "parameters": {"advance_days": 1}},
        {**TRACK, "parameters": {"anna": 1}},
        {**TRACK, "goal_dose": 10**9},
        {**TRACK, "goal_dose": -1},
    ],
)
async def test_a_track_that_breaks_a_rule_is_refused_and_nothing_is_stored(front: Front, track: Any) -> None:
    answer = await front.call(
        "POST", "/patients/p1/plans", body={**PLAN, "tracks": [TRACK, {**track, "track_id": "b"}]}
    )
    assert answer.status_code == 422
    assert "anna" not in answer.text
    assert (await front.call("GET", "/patients/p1/plan")).status_code == 404


@pytest.mark.article("D")
@pytest.mark.parametrize("field", ["usual_pain", "flare_plan", "pem", "review_on", "feedback", "tracks"])
async def test_what_must_be_asked_cannot_be_left_out(front: Front, field: str) -> None:
    body = {name: value for name, value in PLAN.items() if name != field}
    answer = await front.call("POST", "/patients/p1/plans", body=body)
    assert (answer.status_code, answer.json()["field"]) == (422, f"/{field}")


@pytest.mark.article("D", "P11.1")
async def test_every_missing_part_is_named_with_its_place_and_its_code(front: Front) -> None:
    track = {name: value for name, value in TRACK.items() if name != "goal_dose"}
    body = {"id": "plan-1", "flare_plan": {"steps": ["Rest."]}, "tracks": [track]}
    answer = await front.call("POST", "/patients/p1/plans", body=body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["rule"]) for error in answer.json()["errors"]] == [
        ("/usual_pain", "usual_pain_needed"),
        ("/pem", "pem_needed"),
        ("/flare_plan/phones", "phone_needed"),
        ("/tracks/0/goal_dose", "goal_or_ceiling_needed"),
        ("/feedback", "feedback_needed"),
        ("/review_on", "review_day_needed"),
        ("/goals", "goal_needed"),
    ]
    assert (answer.json()["code"], answer.json()["field"]) == ("usual_pain_needed", "/usual_pain")
    assert (await front.call("GET", "/patients/p1/plan")).status_code == 404
    assert await front.sent("plan.activated") == []


async def test_rather_not_say_is_an_answer_that_is_given_in_words(front: Front) -> None:
    await front.goal()
    body = {**PLAN, "usual_pain": None, "usual_pain_declined": False}
    assert (await front.call("POST", "/patients/p1/plans", body=body)).json()["code"] == "usual_pain_needed"
    unasked = {name: value for name, value in PLAN.items() if name != "usual_pain"}
    assert (await front.call("POST", "/patients/p1/plans", body=unasked)).json()["code"] == "usual_pain_needed"
    assert (await front.call("POST", "/patients/p1/plans", body=PLAN)).status_code == 201


async def test_an_unanswered_question_about_pem_locks_increases(front: Front) -> None:
    made = await front.plan(pem="unknown")
    assert made.json()["tracks"][0]["locks"] == ["pem"]


@pytest.mark.article("P9.5")
@pytest.mark.parametrize(
    "change",
    [
        {"steps": []},
        {"steps": ["x" * 301]},
        {"steps": ["one\ntwo"]},
        {"steps": ["step"] * 11},
        {"phones": [{"label": "x", "number": "5550100"}]},
        {"phones": [{"label": "x", "number": "+0 555 0100 100"}]},
        {"phones": [{"label": "x", "number": "+1 555"}]},
        {"phones": [{"label": "x", "number": "+1 555 0100 0100 01000"}]},
        {"phones": [{"label": "", "number": "+15550100"}]},
        {"phones": [{"label": "x", "number": "+15550100"}] * 6},
        {"steps": ["\U0001f9d8" * 300] * 10},
    ],
)
async def test_a_flare_plan_that_nobody_could_follow_is_refused(front: Front, change: dict[str, Any]) -> None:
    body = {**PLAN, "flare_plan": {**FLARE_PLAN, **change}}
    answer = await front.call("POST", "/patients/p1/plans", body=body)
    assert (answer.status_code, answer.json()["field"][:11]) == (422, "/flare_plan")


@pytest.mark.article("P9.5")
async def test_the_flare_plan_is_read_in_clear_and_kept_and_told_only_sealed(front: Front) -> None:
    for attempt in range(2):
        made = await front.plan()
        assert made.status_code == 201, f"attempt {attempt}: the same words are the same content"
    for role in ("patient", "clinician"):
        read = (await front.call("GET", "/patients/p1/plan", role)).json()
        assert (read["flare_plan"], read["review_on"], read["usual_pain_declined"]) == (FLARE_PLAN, "2026-06-01", True)
    (event,) = await front.sent("plan.activated")
    assert (event["data"]["flare_plan"], event["data"]["review_on"]) == (True, "2026-06-01")
    assert event["data"]["flare_plan_sealed"].startswith("s1.")
    kept = [raw.value for raw in front.rig.broker.topic("plans-events")]
    kept += [orjson.dumps(list(front.rig.store.records["plans"].values())), front.rig.text(front.named("p1")).encode()]
    assert not any(b"Rest a while" in (text or b"") or b"555 010" in (text or b"") for text in kept)


async def test_a_stranger_gets_no_key(front: Front) -> None:
    before = front.rig.keys.writes
    assert (await front.call("POST", "/patients/p8/plans", body=PLAN)).status_code == 404
    assert front.rig.keys.writes == before


@pytest.mark.story(13)
async def test_story_13_a_teenager_has_no_active_plan_where_the_clinic_does_not_serve_minors(front: Front) -> None:
    body = {"id": "p3", "tz": "UTC", "adult": False}
    answer = await front.call("POST", "/patients", body=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "minors_not_enabled")
    assert (await front.call("POST", "/patients/p3/plans", body=PLAN)).status_code == 404
    assert (await front.call("GET", "/patients/p3/plan")).status_code == 404
    assert await front.sent("plan.activated") == []


async def test_minors_are_served_where_the_clinic_says_so(front: Front) -> None:
    body = {"id": "p3", "tz": "UTC", "adult": False}
    answer = await front.call("POST", "/patients", body=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "minors_not_enabled", "/adult")
    assert (await front.call("POST", "/patients", body=body, tenant="young")).status_code == 201
    assert (await front.call("GET", "/patients/p3", tenant="young")).json()["adult"] is False
    await front.goal("p3", "young")
    assert (await front.call("POST", "/patients/p3/plans", body=PLAN, tenant="young")).status_code == 201
    unsaid = await front.call("POST", "/patients", body={"id": "p4", "tz": "UTC"})
    assert (unsaid.status_code, unsaid.json()["field"]) == (422, "/adult")


@pytest.mark.article("P1.3")
@pytest.mark.story(9)
async def test_an_offer_is_read_and_answered_by_the_person(front: Front) -> None:
    await front.plan()
    await front.propose()
    (offer,) = (await front.call("GET", "/patients/p1/proposals", "patient")).json()["open"]
    assert [(option["answer"], option["dose"]) for option in offer["options"]] == [("accept", 660), ("stay", 600)]

    path, body = "/patients/p1/proposals/o-1/answer", {"id": "a-1", "answer": "accept"}
    assert (await front.call("POST", path, "caregiver", body)).status_code == 403
    assert (await front.call("POST", path, "clinician", body)).status_code == 403
    yes = await front.call("POST", path, "patient", body)
    assert (yes.status_code, yes.json()["dose"]) == (200, 660)
    assert (await front.call("POST", path, "patient", body)).json() == yes.json()
    other = await front.call("POST", path, "patient", {"id": "a-2", "answer": "stay"})
    assert (other.status_code, other.json()["code"]) == (409, "proposal_answered")
    unknown = await front.call("POST", "/patients/p1/proposals/o-2/answer", "patient", {"id": "a-3", "answer": "stay"})
    assert unknown.status_code == 404
    listed = (await front.call("GET", "/patients/p1/proposals", "patient")).json()
    assert (listed["open"], [one["status"] for one in listed["closed"]]) == ([], ["answered"])

    (answered,) = await front.sent("proposal.answered")
    assert answered["actor"]["kind"] == "patient"


@pytest.mark.article("P8.1")
async def test_every_answer_to_the_person_names_a_human_in_their_language(front: Front) -> None:
    body = {"id": "p3", "tz": "UTC", "locale": "es-MX", "adult": True}
    assert (await front.call("POST", "/patients", body=body)).status_code == 201
    await front.plan("p3")
    await front.propose("p3")
    answers = [
        await front.call("GET", "/patients/p3/plan", "patient", patient="p3"),
        await front.call("GET", "/patients/p3/proposals", "patient", patient="p3"),
        await front.call(
            "POST", "/patients/p3/proposals/o-1/answer", "patient", {"id": "a", "answer": "stay"}, patient="p3"
        ),
    ]
    human = {"name": "Harbour", "phone": "+1 555 0100", "hours": "lun-vie", "messages_read": True}
    assert [answer.json()["human"] for answer in answers] == [human] * 3


async def test_staff_notes_the_persons_words_by_phone(front: Front) -> None:
    await front.plan()
    await front.propose()
    body = {"id": "a-1", "answer": "stay", "source": "phone"}
    assert (await front.call("POST", "/patients/p1/proposals/o-1/answer", "clinician", body)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/patients/p1", None),
        ("GET", "/patients/p1/plan", None),
        ("GET", "/patients/p1/proposals", None),
        ("POST", "/patients/p1/plans", PLAN),
        ("POST", "/patients/p1/plans/plan-1/end", {"id": "e", "reason": "moved"}),
    ],
)
async def test_another_tenants_person_is_not_found(front: Front, method: str, path: str, body: Any) -> None:
    assert (await front.call(method, path, body=body, tenant="other")).status_code == 404
    assert (await front.call(method, path.replace("p1", "p9"), body=body)).status_code == 404


async def test_a_person_sees_only_themselves(front: Front) -> None:
    for path in ("/patients/p1", "/patients/p1/plan", "/patients/p1/proposals"):
        assert (await front.call("GET", path, "patient", patient="p2")).status_code == 403
        assert (await front.call("GET", path, "caregiver")).status_code == 403
