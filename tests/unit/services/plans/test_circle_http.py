"""The routes about the people around a person: what each of them reads, and what the person gives and takes back."""

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from services.plans.domain import consents, features
from tests.unit.services.plans.front import GOAL, Front

NEVER: Final = re.compile(r"pain|mood|missed|percent|fatigue|pem|subject")
"""No key of any answer to a caregiver (community 6.3), and nothing of how the person is or who they are."""

YES = {"id": "co-1", "purpose": "sharing_with_caregiver", "text_version": consents.TEXT_VERSION, "language": "en"}
SISTER = {"id": "ca-1", "label": "My sister", "scopes": ["plan", "flare_plan"], "goal_ids": ["goal-1"]}
KIM = {"subject": "u-7", "role": "nurse", "contact": {"label": "Nurse Kim", "number": "+1 555 010 0142"}}
CAREGIVERS, CONSENTS = "/patients/p1/caregivers", "/patients/p1/consents"


async def as_caregiver(front: Front, method: str, path: str, body: Any = None, subject: str = "sis") -> httpx.Response:
    token = front.issuer.mint(["caregiver"], "clinic", patient_id=front.named("p1"), subject=subject)
    headers = {"Authorization": f"Bearer {token}"}
    return await front.client.request(method, f"/v1{front.named(path)}", json=body, headers=headers)


async def shared(front: Front, **changes: Any) -> None:
    """The person's sister sees the plan and the flare plan."""
    assert (await front.call("POST", CONSENTS, "patient", YES)).status_code == 201
    assert (await front.call("POST", CAREGIVERS, "patient", {**SISTER, **changes})).status_code == 201
    accepted = await as_caregiver(front, "POST", f"{CAREGIVERS}/ca-1/accept", {"id": "acc-1"})
    assert (accepted.status_code, accepted.json()["status"]) == (200, "linked")


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


@pytest.mark.article("P6.3")
async def test_a_caregiver_reads_what_the_person_shows_and_no_word_of_how_they_are(front: Front) -> None:
    await front.plan()
    assert (await as_caregiver(front, "GET", "/patients/p1/plan")).status_code == 403
    await shared(front)
    read = [
        await as_caregiver(front, "GET", f"/patients/p1/{path}")
        for path in ("plan", "caregiver-tips", "caregiver-tips?language=ar", "goals", "flare-plan")
    ]
    assert [answer.status_code for answer in read] == [200] * 5
    assert [one["goal_id"] for one in read[3].json()["standing"]] == ["goal-1"]
    assert [name for answer in read for name in keys(answer.json()) if NEVER.search(name)] == []
    (track,) = read[0].json()["tracks"]
    assert (track["track_id"], track["freq"]) == ("walk", 3)
    assert len(read[1].json()["tips"]) >= 5
    assert read[2].json()["direction"] == "rtl"


@pytest.mark.article("P6.1")
async def test_each_scope_opens_its_own_page_and_all_else_stays_shut(front: Front) -> None:
    await front.plan()
    await shared(front, scopes=["flare_plan"], goal_ids=[])
    told = {
        path: (await as_caregiver(front, "GET", f"/patients/p1/{path}")).status_code
        for path in (
            *("plan", "flare-plan", "caregiver-tips", "goals", "consents", "consents/history", "caregivers"),
            *("care-team", "features", "proposals", "overrides", "prompts", "work-items", "plans/plan-1/versions"),
        )
    }
    assert {path for path, status in told.items() if status == 200} == {"flare-plan", "caregiver-tips"}
    assert set(told.values()) == {200, 403}


async def test_a_scope_that_is_taken_back_is_gone_with_the_next_request(front: Front) -> None:
    await front.plan()
    await shared(front)
    less = {"id": "sc-1", "scopes": ["flare_plan"]}
    assert (await front.call("PUT", f"{CAREGIVERS}/ca-1/scopes", "patient", less)).json()["goal_ids"] == []
    assert (await as_caregiver(front, "GET", "/patients/p1/plan")).status_code == 403
    assert (await as_caregiver(front, "GET", "/patients/p1/flare-plan")).headers["cache-control"] == "no-store"
    await front.call("POST", f"{CONSENTS}/co-1/withdraw", "patient", {"id": "back-1"})
    for path in ("flare-plan", "goals", "caregiver-tips"):
        assert (await as_caregiver(front, "GET", f"/patients/p1/{path}")).status_code == 403
    assert [one["data"]["because"] for one in await front.sent("caregiver.unlinked")] == ["consent_withdrawn"]
    (linked, again) = await front.sent("caregiver.linked")
    assert linked["seq"] < again["seq"]
    assert (linked["data"]["scopes"], again["data"]["scopes"]) == (["flare_plan", "plan"], ["flare_plan"])
    assert "sister" not in str([linked, again])


@pytest.mark.article("P8.4")
async def test_access_without_consent_is_denied_and_audited(front: Front, capsys: pytest.CaptureFixture[str]) -> None:
    await front.plan()
    capsys.readouterr()
    assert (await as_caregiver(front, "GET", "/patients/p1/plan")).json()["code"] == "forbidden"
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "access.audited" in one]
    assert '"outcome":"denied"' in line
    assert '"roles":["caregiver"]' in line
    assert front.named("p1") not in line


async def test_only_the_invited_caregiver_is_linked_and_another_one_sees_nothing(front: Front) -> None:
    await front.plan()
    await shared(front)
    assert (await as_caregiver(front, "GET", "/patients/p1/plan", subject="else")).status_code == 403
    used = await as_caregiver(front, "POST", f"{CAREGIVERS}/ca-1/accept", {"id": "acc-2"}, subject="else")
    assert (used.status_code, used.json()["code"]) == (409, "invitation_used")
    again = await as_caregiver(front, "POST", f"{CAREGIVERS}/ca-1/accept", {"id": "acc-1"})
    assert again.status_code == 200
    left = await as_caregiver(front, "POST", f"{CAREGIVERS}/ca-1/end", {"id": "end-1"})
    assert (left.status_code, left.json()["status"]) == (200, "over")
    assert (await as_caregiver(front, "GET", "/patients/p1/plan")).status_code == 403


@pytest.mark.article("P8.7")
async def test_the_person_reads_whom_they_invited_and_staff_note_only_the_persons_words(front: Front) -> None:
    await shared(front)
    (mine,) = (await front.call("GET", CAREGIVERS, "patient")).json()["caregivers"]
    assert (mine["label"], mine["status"], mine["subject"]) == ("My sister", "linked", None)
    (theirs,) = (await front.call("GET", CAREGIVERS, "clinician")).json()["caregivers"]
    assert theirs["subject"] == "sis"
    assert (await front.call("POST", CAREGIVERS, "clinician", {**SISTER, "id": "ca-2"})).status_code == 403
    noted = {**SISTER, "id": "ca-2", "source": "in_person"}
    assert (await front.call("POST", CAREGIVERS, "clinician", noted)).status_code == 201
    page = (await front.call("GET", f"{CAREGIVERS}?limit=1", "patient")).json()
    assert page["next_cursor"]
    rest = (await front.call("GET", f"{CAREGIVERS}?limit=1&cursor={page['next_cursor']}", "patient")).json()
    assert {page["caregivers"][0]["caregiver_id"], rest["caregivers"][0]["caregiver_id"]} == {"ca-1", "ca-2"}


async def test_a_consent_is_asked_in_the_persons_language_given_taken_back_and_kept_in_its_history(
    front: Front,
) -> None:
    asked = (await front.call("GET", CONSENTS, "patient")).json()
    assert [one["purpose"] for one in asked["purposes"]] == list(consents.PURPOSES)
    assert {one["stands"] for one in asked["purposes"]} == {False}
    assert (await front.call("GET", f"{CONSENTS}?language=ar", "patient")).json()["direction"] == "rtl"
    given = await front.call("POST", CONSENTS, "patient", YES)
    assert (await front.call("POST", CONSENTS, "patient", YES)).json() == given.json()
    await front.call("POST", f"{CONSENTS}/co-1/withdraw", "clinician", {"id": "back-1", "source": "phone"})
    words = (await front.call("GET", f"{CONSENTS}/history", "patient")).json()["words"]
    assert {(one["word"], one["heard"], one["noted_by"]) for one in words} == {
        ("granted", "app", None),
        ("withdrawn", "phone", None),
    }
    (one,) = (await front.call("GET", f"{CONSENTS}/history?limit=1", "clinician")).json()["words"]
    assert one["noted_by"]
    seqs = [one["seq"] for name in ("consent.granted", "consent.withdrawn") for one in await front.sent(name)]
    assert seqs == sorted(seqs)


@pytest.mark.article("P8.1")
async def test_the_person_reads_who_cares_for_them_and_whom_they_reach_by_name(front: Front) -> None:
    at = "/patients/p1/care-team"
    await front.call("PUT", f"{at}/me-2", "admin", {"id": "m-1", "subject": "u-8", "role": "physician"})
    assert (await front.call("PUT", f"{at}/me-1", "clinician", {"id": "m-2", **KIM})).json()["named"] is True
    team = (await front.call("GET", at, "patient")).json()
    assert [(one["name"], one["phone"], one["subject"]) for one in team["members"]] == [
        ("Nurse Kim", "+1 555 010 0142", None),
        (None, None, None),
    ]
    assert (team["site"], team["human"]["phone"]) == ("main", "+1 555 0100")
    assert (await front.call("GET", at, "clinician")).json()["members"][0]["subject"] == "u-7"
    events = await front.sent("careteam.changed")
    assert [len(one["data"]["members"]) for one in events] == [1, 2]
    assert "Kim" not in str(events)
    assert (await front.call("POST", f"{at}/me-1/end", body={"id": "m-3"})).status_code == 200
    assert len((await front.call("GET", at, "patient")).json()["members"]) == 1


@pytest.mark.article("H3")
async def test_with_every_feature_off_the_plan_works_as_before(front: Front) -> None:
    await front.plan()
    before = (await front.call("GET", "/patients/p1/plan", "patient")).json()
    shown = (await front.call("GET", "/patients/p1/features", "patient")).json()
    assert {one["feature"] for one in shown["features"] if one["on"]} == features.AT_START
    assert [one["at_start"] for one in shown["features"]].count(True) <= 3
    for one in features.FEATURES:
        body = {"id": f"off-{one}", "on": False}
        assert (await front.call("PUT", f"/patients/p1/features/{one}", "patient", body)).status_code == 200
    shown = (await front.call("GET", "/patients/p1/features", "patient")).json()
    assert not [one for one in shown["features"] if one["on"]]
    assert (await front.call("GET", "/patients/p1/plan", "patient")).json() == before
    await front.propose()
    (offer,) = (await front.call("GET", "/patients/p1/proposals", "patient")).json()["open"]
    answer = {"id": "a-1", "answer": "accept"}
    path = f"/patients/p1/proposals/{offer['proposal_id']}/answer"
    assert (await front.call("POST", path, "patient", answer)).status_code == 200
    end = await front.call("POST", "/patients/p1/plans/plan-1/end", body={"id": "e-1", "reason": "completed"})
    assert end.status_code == 200


async def test_a_goal_is_shown_to_a_caregiver_by_its_id_and_no_other(front: Front) -> None:
    await front.plan()
    await front.call("POST", "/patients/p1/goals", "patient", {**GOAL, "id": "goal-2", "source": "app"})
    await shared(front, goal_ids=["goal-2", "goal-9"])
    mine = (await front.call("GET", "/patients/p1/goals", "patient")).json()
    assert {one["goal_id"] for one in mine["standing"]} == {"goal-1", "goal-2"}
    shown = (await as_caregiver(front, "GET", "/patients/p1/goals")).json()
    assert ([one["goal_id"] for one in shown["standing"]], shown["over"]) == (["goal-2"], [])
    assert (await as_caregiver(front, "GET", "/patients/p1/goals/goal-2/revisions")).status_code == 403
