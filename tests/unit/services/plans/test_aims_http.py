"""The routes of goals: written down, read with why they matter, said anew with the old kept, and ended."""

from typing import Any

import pytest

from tests.unit.services.plans.front import PLAN, Front

GOAL: dict[str, Any] = {
    "id": "g-1",
    "author": "patient",
    "words": "To the park with the children.",
    "why": "They wait for it.",
    "life_area": "family",
    "priority": 2,
    "actions": [{"words": "Down to the gate and back."}],
    "track_ids": ["walk", "later"],
}
OBJECTIVE: dict[str, Any] = {
    "id": "o-1",
    "author": "clinician",
    "words": "Stronger legs.",
    "why": "For the stairs at home.",
    "life_area": "routine",
    "objective": True,
    "actions": [{"words": "Stairs to the bedroom.", "marker": "reps", "amount": 12}],
}
GOALS = "/patients/p1/goals"


@pytest.mark.article("P3.2")
async def test_a_goal_is_read_with_why_it_matters_in_the_persons_words(front: Front) -> None:
    made = await front.call("POST", GOALS, "patient", GOAL)
    assert (made.status_code, made.json()) == (201, {"goal_id": "g-1", "revision": 1, "author": "patient"})
    again = await front.call("POST", GOALS, "patient", GOAL)
    assert (again.status_code, again.json()) == (201, made.json())
    assert (await front.call("POST", GOALS, "patient", {**GOAL, "why": "Other."})).status_code == 409
    await front.call("POST", "/patients/p1/plans", body=PLAN)
    assert (await front.call("POST", GOALS, body=OBJECTIVE)).status_code == 201

    first, second = (await front.call("GET", GOALS, "clinician")).json()["standing"]
    assert [first["goal_id"], second["goal_id"]] == ["o-1", "g-1"]
    assert (second["words"], second["why"], second["life_area"]) == (GOAL["words"], GOAL["why"], "family")
    assert (second["noted_by"], second["heard"], second["in_plan"]) == ("patient", "app", ["walk"])
    assert first["actions"] == [{"words": "Stairs to the bedroom.", "marker": "reps", "amount": 12, "track_id": None}]

    visit = (await front.call("GET", "/patients/p1/visit-summary", "patient")).json()
    assert [one["why"] for one in visit["goals"]] == [OBJECTIVE["why"], GOAL["why"]]

    events = await front.sent("goal.set")
    assert [one["data"]["author"] for one in events] == ["patient", "clinician"]
    assert "park" not in str(events)
    assert "wait" not in str(events)


async def test_a_goal_is_said_anew_and_what_it_said_before_stays_readable(front: Front) -> None:
    await front.call("POST", GOALS, "patient", GOAL)
    change, path = {"id": "c-1", "words": "To the lake with the children."}, f"{GOALS}/g-1"
    assert (await front.call("PATCH", path, "patient", change)).status_code == 428
    for _ in range(2):
        done = await front.call("PATCH", path, "patient", change, etag='"1"')
        assert (done.status_code, done.json()["revision"]) == (200, 2)
    assert (await front.call("PATCH", path, "patient", {**change, "id": "c-2"}, etag='"1"')).status_code == 412
    assert (await front.call("PATCH", path, "patient", {**change, "id": "c-3"}, etag='"7"')).status_code == 412
    assert (await front.call("PATCH", f"{GOALS}/none", "patient", {"id": "c-4"}, etag='"1"')).status_code == 404

    (now,) = (await front.call("GET", GOALS, "patient")).json()["standing"]
    assert (now["words"], now["why"], now["revision"]) == (change["words"], GOAL["why"], 2)
    page = (await front.call("GET", f"{path}/revisions?limit=1", "patient")).json()
    assert [one["words"] for one in page["revisions"]] == [change["words"]]
    page = (await front.call("GET", f"{path}/revisions?limit=1&cursor={page['next_cursor']}", "patient")).json()
    assert ([one["words"] for one in page["revisions"]], page["next_cursor"]) == ([GOAL["words"]], None)
    assert (await front.call("GET", f"{GOALS}/none/revisions", "patient")).status_code == 404


@pytest.mark.article("P3.3")
async def test_a_clinician_puts_everyday_actions_beside_a_persons_goal_and_changes_none_of_its_words(
    front: Front,
) -> None:
    await front.call("POST", GOALS, "patient", GOAL)
    action = {"words": "Ten stairs.", "marker": "reps", "amount": 10}
    path = f"{GOALS}/g-1"
    refused = await front.call("PATCH", path, body={"id": "c-1", "why": "It is good for you."}, etag='"1"')
    assert (refused.status_code, refused.json()["code"]) == (403, "only_the_persons_own_answer")
    done = await front.call("PATCH", path, body={"id": "c-2", "actions": [action]}, etag='"1"')
    assert done.status_code == 200
    (goal,) = (await front.call("GET", GOALS, "patient")).json()["standing"]
    assert (goal["author"], goal["why"], goal["noted_by"]) == ("patient", GOAL["why"], "clinician")
    assert goal["actions"] == [{**action, "track_id": None}]
    noted = {"id": "c-3", "why": "I promised them.", "source": "phone"}
    assert (await front.call("PATCH", path, body=noted, etag='"2"')).status_code == 200


async def test_an_objective_without_an_everyday_action_is_refused_by_name(front: Front) -> None:
    vague = await front.call("POST", GOALS, body={**OBJECTIVE, "actions": [{"words": "Move more."}]})
    assert (vague.status_code, vague.json()["code"]) == (422, "everyday_action_missing")
    await front.call("POST", GOALS, body=OBJECTIVE)
    emptied = await front.call("PATCH", f"{GOALS}/o-1", body={"id": "c-1", "actions": []}, etag='"1"')
    assert (emptied.status_code, emptied.json()["code"]) == (422, "everyday_action_missing")


async def test_a_goal_ends_in_its_authors_word_and_stays_readable_page_by_page(front: Front) -> None:
    for number in range(3):
        await front.call("POST", GOALS, "patient", {**GOAL, "id": f"g-{number}"})
    await front.call("POST", GOALS, body=OBJECTIVE)
    end = {"id": "e-0", "because": "reached"}
    assert (await front.call("POST", f"{GOALS}/g-0/end", "clinician", end)).status_code == 403
    assert (await front.call("POST", f"{GOALS}/o-1/end", "patient", end)).status_code == 403
    for number in range(3):
        done = await front.call("POST", f"{GOALS}/g-{number}/end", "patient", {**end, "id": f"e-{number}"})
        assert (done.status_code, done.json()["because"]) == (200, "reached")
    again = await front.call("POST", f"{GOALS}/g-0/end", "patient", {**end, "id": "e-9"})
    assert (again.status_code, again.json()["code"]) == (409, "goal_ended")
    gone = await front.call("PATCH", f"{GOALS}/g-0", "patient", {"id": "c-1", "priority": 1}, etag='"1"')
    assert gone.status_code == 409
    assert (await front.call("POST", f"{GOALS}/none/end", "patient", {**end, "id": "e-8"})).status_code == 404
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await front.call("GET", f"{GOALS}?limit=2{cursor}", "patient")).json()
        assert [one["goal_id"] for one in page["standing"]] == ["o-1"]
        seen += [one["goal_id"] for one in page["over"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == ["g-0", "g-1", "g-2"]
    assert page["over"][0]["ended_because"] == "reached"
    assert {one["data"]["because"] for one in await front.sent("goal.ended")} == {"reached"}


@pytest.mark.parametrize("role", ["caregiver", "admin", "moderator"])
async def test_nobody_else_reads_or_writes_goals(front: Front, role: str) -> None:
    assert (await front.call("GET", GOALS, role)).status_code == 403
    assert (await front.call("POST", GOALS, role, GOAL)).status_code == 403
    assert (await front.call("GET", "/patients/p2/goals")).status_code == 404
