"""The agreement over HTTP: drafted, read, accepted; every version and change read again, and what differs."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import from_ms, to_ms
from tests.unit.services.plans.front import FLARE_PLAN, PLAN, TRACK, WHY, Front

DRAFT = {name: value for name, value in PLAN.items() if name != "accepted"}
OTHER_FLARE = {"steps": ["Rest a while.", "Then half."], "phones": FLARE_PLAN["phones"]}
PATH = "/patients/p1/plans/plan-1"
SWIM = {**TRACK, "track_id": "swim", "activity_family": "swimming"}


def change(id: str = "c-1", **changes: Any) -> dict[str, Any]:
    """The next version, accepted."""
    return {**PLAN, "id": id, "why": WHY, **changes}


async def waiting(front: Front) -> list[tuple[str, str]]:
    """What of the agreement waits for the person."""
    prompts = (await front.call("GET", "/patients/p1/prompts", "patient")).json()["prompts"]
    return [(one["kind"], one["ref"]) for one in prompts if one["kind"] in ("agreement", "change_note")]


@pytest.mark.article("P1.2")
async def test_the_person_reads_the_draft_and_says_yes_and_only_then_it_is_in_force(front: Front) -> None:
    await front.goal()
    made = await front.call("POST", "/patients/p1/plans", body=DRAFT)
    assert (made.status_code, made.headers["etag"], made.json()["missing"]) == (202, '"1"', ["patient"])
    assert (await front.call("GET", "/patients/p1/plan")).status_code == 404
    assert await front.sent("plan.activated") == []
    assert await waiting(front) == [("agreement", made.json()["draft_id"])]

    read = await front.call("GET", "/patients/p1/draft", "patient")
    body = read.json()
    assert (read.headers["etag"], body["status"], body["made_from"]) == ('"1"', "open", 0)
    assert (body["terms"]["flare_plan"], body["terms"]["tracks"][0]["freq"]) == (FLARE_PLAN, 3)
    assert [(one["of"], one["by"]) for one in body["accepted"]] == [("clinician", None)]

    path = f"/patients/p1/drafts/{body['draft_id']}/accept"
    yes = {"id": "yes-1"}
    assert (await front.call("POST", path, "patient", yes)).status_code == 428
    assert (await front.call("POST", path, "patient", yes, etag='"2"')).json()["code"] == "draft_changed_since"
    assert (await front.call("POST", path, "caregiver", yes, etag='"1"')).status_code == 403
    assert (await front.call("POST", path, "clinician", yes, etag='"1"')).status_code == 403
    done = await front.call("POST", path, "patient", yes, etag=read.headers["etag"])
    assert (done.status_code, done.headers["etag"], done.json()["plan_version"]) == (200, '"1"', 1)
    again = await front.call("POST", path, "patient", yes, etag=read.headers["etag"])
    assert (again.status_code, again.json()) == (200, done.json())

    plan = (await front.call("GET", "/patients/p1/plan")).json()
    assert [(one["of"], one["how"], one["by"] is None) for one in plan["accepted"]] == [
        ("clinician", "clinician", False),
        ("patient", "app", False),
    ]
    assert plan["feedback"] == "app"
    assert (await front.call("GET", "/patients/p1/draft")).status_code == 404
    (over,) = (await front.call("GET", "/patients/p1/drafts", "patient")).json()["drafts"]
    assert over["status"] == "accepted"
    assert len(await front.sent("plan.activated")) == 1


async def test_a_draft_is_amended_declined_in_words_and_withdrawn(front: Front) -> None:
    await front.plan()
    draft = {**DRAFT, "id": "c-1", "why": WHY, "next_change_on": "2026-04-01"}
    made = (await front.call("PUT", PATH, body=draft, etag='"1"')).json()
    path = f"/patients/p1/drafts/{made['draft_id']}"
    amended = await front.call("PUT", path, body={**draft, "id": "c-2", "usual_fatigue": 3}, etag='"1"')
    assert (amended.status_code, amended.headers["etag"]) == (202, '"2"')
    no = {"id": "no-1", "reason": "too_much", "words": "Not in this month."}
    assert (await front.call("POST", f"{path}/decline", "patient", no, etag='"1"')).status_code == 412
    declined = await front.call("POST", f"{path}/decline", "patient", no, etag='"2"')
    assert declined.json() == {"draft_id": made["draft_id"], "revision": 2, "status": "declined"}
    second = (await front.call("PUT", PATH, body={**draft, "id": "c-3"}, etag='"1"')).json()
    assert (await front.call("PUT", PATH, body={**draft, "id": "c-4"}, etag='"1"')).json()["code"] == "draft_open"
    withdraw = f"/patients/p1/drafts/{second['draft_id']}/withdraw"
    assert (await front.call("POST", withdraw, "patient", {"id": "w-1", "reason": "mistake"})).status_code == 403
    assert (await front.call("POST", withdraw, body={"id": "w-1", "reason": "mistake"})).status_code == 200

    drafts = (await front.call("GET", "/patients/p1/drafts", "patient")).json()["drafts"]
    found = {one["draft_id"]: one for one in drafts}
    one = found[made["draft_id"]]
    assert (one["status"], one["ended_reason"], one["ended_words"]) == ("declined", "too_much", no["words"])
    assert (one["why"]["words"], one["why"]["next_change_on"]) == (WHY["words"], "2026-04-01")
    assert (one["terms"]["usual_fatigue"], one["ended_by"]) == (3, None)
    assert found[second["draft_id"]]["status"] == "withdrawn"
    assert (await front.call("GET", "/patients/p1/plan")).json()["plan_version"] == 1
    assert await front.sent("plan.changed") == []


@pytest.mark.article("P11.5")
async def test_any_version_is_read_again_by_its_number_and_by_a_moment(front: Front) -> None:
    began = to_ms(front.rig.clock.now())
    await front.plan()
    for version in (1, 2):
        front.rig.clock.advance(timedelta(hours=1))
        body = change(f"c-{version}", usual_fatigue=version)
        assert (await front.call("PUT", PATH, body=body, etag=f'"{version}"')).status_code == 200
    front.rig.clock.advance(timedelta(hours=1))
    await front.call("POST", f"{PATH}/end", body={"id": "e-1", "reason": "completed"})

    async def at(hours: float) -> Any:
        moment = from_ms(began + int(hours * 3_600_000)).isoformat().replace("+", "%2B")
        return await front.call("GET", f"/patients/p1/plan?at={moment}", "patient")

    stood = [(await at(hours)).json() for hours in (0, 0.9, 1, 2.5, 3)]
    assert [(one["plan_version"], one["usual_fatigue"], one["ended"]) for one in stood] == [
        (1, None, None), (1, None, None), (2, 1, None), (3, 2, None), (3, 2, "completed"),
    ]  # fmt: skip
    assert (await at(-1)).status_code == 404
    assert (await front.call("GET", "/patients/p1/plan?at=yesterday")).status_code == 422

    page = (await front.call("GET", f"{PATH}/versions?limit=2", "patient")).json()
    assert [one["plan_version"] for one in page["versions"]] == [3, 2]
    rest = (await front.call("GET", f"{PATH}/versions?limit=2&cursor={page['next_cursor']}")).json()
    assert ([one["plan_version"] for one in rest["versions"]], rest["next_cursor"]) == ([1], None)
    second = (await front.call("GET", f"{PATH}/versions/2", "patient")).json()
    assert (second["usual_fatigue"], second["why"]["words"]) == (1, WHY["words"])
    assert (await front.call("GET", f"{PATH}/versions/4")).status_code == 404
    assert (await front.call("GET", "/patients/p1/plans/other/versions")).status_code == 404


@pytest.mark.article("P11.5")
async def test_two_versions_differ_in_named_places_and_in_words(front: Front) -> None:
    await front.plan()
    tracks = [{**TRACK, "freq": 4}, SWIM]
    await front.call("PUT", PATH, body=change(flare_plan=OTHER_FLARE, tracks=tracks), etag='"1"')
    told = (await front.call("GET", f"{PATH}/versions/2/difference?from=1", "patient")).json()
    assert (told["before"], told["after"]) == (1, 2)
    places = {one["path"]: (one["before"], one["after"]) for one in told["differences"]}
    assert list(places) == ["/flare_plan/steps", "/tracks/swim", "/tracks/walk/freq"]
    assert places["/flare_plan/steps"] == (FLARE_PLAN["steps"], OTHER_FLARE["steps"])
    assert places["/tracks/walk/freq"] == (3, 4)
    assert (places["/tracks/swim"][0], places["/tracks/swim"][1]["activity_family"]) == (None, "swimming")
    back = (await front.call("GET", f"{PATH}/versions/1/difference?from=2", "patient")).json()["differences"]
    assert {one["path"]: (one["after"], one["before"]) for one in back} == places
    since = (await front.call("GET", f"{PATH}/versions/2/difference", "patient")).json()
    assert since == told


@pytest.mark.article("P11.6")
async def test_each_change_is_told_with_why_and_is_seen_by_the_person(front: Front) -> None:
    await front.plan()
    front.rig.clock.advance(timedelta(hours=1))
    body = change(usual_fatigue=2, next_change_on="2026-04-01")
    assert (await front.call("PUT", PATH, body=body, etag='"1"')).status_code == 200
    second, began = (await front.call("GET", "/patients/p1/changes", "patient")).json()["changes"]
    assert (began["what"], began["reason"], began["seen_at"] is None) == (["plan"], "first", False)
    assert (second["what"], second["reason"], second["words"]) == (["usual_fatigue"], "review", WHY["words"])
    assert (second["by"], second["by_id"], second["plan_version"]) == ("clinician", None, 2)
    assert (second["next_change_on"], second["seen_at"]) == ("2026-04-01", None)

    assert await waiting(front) == [("change_note", second["change_id"])]
    path = f"/patients/p1/changes/{second['change_id']}/seen"
    assert (await front.call("POST", path, "clinician", {"id": "s-0"})).status_code == 403
    assert (await front.call("POST", path, "patient", {"id": "s-1"})).json()["status"] == "seen"
    page = (await front.call("GET", "/patients/p1/changes?limit=1")).json()
    assert (page["changes"][0]["seen_how"], page["changes"][0]["by_id"] is None) == ("app", False)
    assert page["next_cursor"] is not None
    assert await waiting(front) == []


async def test_what_was_written_travels_sealed_or_not_at_all(front: Front) -> None:
    await front.goal()
    body = {**DRAFT, "why": {"reason": "wish", "words": "kestrel over wet slate"}}
    made = (await front.call("POST", "/patients/p1/plans", body=body)).json()
    no = {"id": "no-1", "reason": "other", "words": "kestrel over wet slate"}
    path = f"/patients/p1/drafts/{made['draft_id']}/decline"
    assert (await front.call("POST", path, "patient", no, etag='"1"')).status_code == 200
    await front.rig.rest()
    assert not any(b"kestrel" in (raw.value or b"") for raw in front.rig.broker.topic("plans-events"))
    assert "kestrel" not in str([front.rig.store.aggregates, front.rig.store.records])


async def test_of_two_clinicians_who_write_at_once_one_is_first(front: Front) -> None:
    await front.plan()
    tried = [front.call("PUT", PATH, body=change(f"c-{n}", usual_fatigue=n), etag='"1"') for n in range(4)]
    answers = sorted([one.status_code for one in await asyncio.gather(*tried)])
    assert answers == [200, 412, 412, 412]
    drafts = [{name: v for name, v in change(f"d-{n}").items() if name != "accepted"} for n in range(4)]
    tried = [front.call("PUT", PATH, body=one, etag='"2"') for one in drafts]
    answers = sorted([one.status_code for one in await asyncio.gather(*tried)])
    assert answers == [202, 409, 409, 409]


async def test_a_version_that_is_none_is_no_way_around_the_version_in_force(front: Front) -> None:
    await front.plan()
    assert (await front.call("PUT", PATH, body=change(), etag='"0"')).json()["code"] == "plan_changed_since"


async def test_the_page_of_routes_describes_a_version_in_force_and_a_draft(front: Front) -> None:
    paths = (await front.client.get("/openapi.json")).json()["paths"]
    for method, path in (
        ("post", "/v1/patients/{patient_id}/plans"),
        ("put", "/v1/patients/{patient_id}/plans/{plan_id}"),
        ("put", "/v1/patients/{patient_id}/drafts/{draft_id}"),
    ):
        answers = paths[path][method]["responses"]
        told = {code: str(one["content"]) for code, one in answers.items() if code in ("200", "201", "202")}
        assert len(told) == 2
        assert "DraftedView" in told["202"]
        assert "PlanInForceView" in str([text for code, text in told.items() if code != "202"])


@pytest.mark.parametrize(
    "path",
    ["/patients/p1/draft", "/patients/p1/drafts", "/patients/p1/changes", f"{PATH}/versions", f"{PATH}/versions/1"],
)
async def test_a_stranger_is_not_found_and_nobody_elses_file_is_open(front: Front, path: str) -> None:
    assert (await front.call("GET", path.replace("p1", "p9"))).status_code == 404
    assert (await front.call("GET", path, tenant="other")).status_code == 404
    assert (await front.call("GET", path, "patient", patient="p2")).status_code == 403
    assert (await front.call("GET", path, "caregiver")).status_code == 403
