"""The routes by which goals stay right: what the person reads of being asked, and how each word is noted."""

from typing import Any

import pytest

from tests.unit.services.plans.front import PLAN, Front
from tests.unit.services.plans.test_aims_http import GOAL, GOALS

EVENTS = "/patients/p1/life-events"
CHECKS = "/patients/p1/goal-checks"


async def waiting(front: Front) -> list[Any]:
    """What waits for the person about their goals."""
    prompts = (await front.call("GET", "/patients/p1/prompts", "patient")).json()["prompts"]
    return [one for one in prompts if one["kind"] == "goals"]


@pytest.mark.article("P3.6")
async def test_when_life_shifts_the_person_is_asked_and_their_answer_closes_it(front: Front) -> None:
    await front.call("POST", GOALS, "patient", GOAL)
    await front.call("POST", "/patients/p1/plans", body=PLAN)
    body = {"id": "l-1", "kind": "caring", "words": "My mother lives with us now."}
    for _ in range(2):
        made = await front.call("POST", EVENTS, "patient", body)
        assert (made.status_code, made.json()["kind"]) == (201, "caring")
    (waits,) = await waiting(front)
    assert (await front.call("GET", CHECKS, "patient")).json()["asked_since"] == waits["opened_at"]

    said = await front.call("POST", CHECKS, "patient", {"id": "c-1", "answer": "same"})
    assert said.status_code == 200
    assert await waiting(front) == []
    read = (await front.call("GET", CHECKS)).json()
    assert (read["asked_since"], read["ask_on"]) == (None, said.json()["ask_on"])
    assert {(one["what"], one["code"], one["words"]) for one in read["checks"]} == {
        ("life_event", "caring", body["words"]),
        ("confirmed", "same", None),
    }
    events = await front.sent("goal.reconfirmed")
    assert [one["data"]["answer"] for one in events] == ["same"]
    assert "mother" not in str(await front.sent("prompt.opened"))


async def test_staff_say_how_they_heard_it_and_a_page_follows_the_other(front: Front) -> None:
    await front.call("POST", GOALS, "patient", GOAL)
    await front.call("POST", "/patients/p1/plans", body=PLAN)
    unheard = await front.call("POST", CHECKS, body={"id": "c-0", "answer": "same"})
    assert unheard.status_code == 403
    for number in range(3):
        noted = {"id": f"c-{number + 1}", "answer": "same", "source": "in_person"}
        assert (await front.call("POST", CHECKS, body=noted)).status_code == 200
    first = (await front.call("GET", f"{CHECKS}?limit=2", "patient")).json()
    rest = (await front.call("GET", f"{CHECKS}?limit=2&cursor={first['next_cursor']}", "patient")).json()
    assert (len(first["checks"]), len(rest["checks"]), rest["next_cursor"]) == (2, 1, None)
    assert {one["heard"] for one in (*first["checks"], *rest["checks"])} == {"in_person"}


async def test_there_is_nothing_to_confirm_without_goals_and_a_shift_is_not_ahead(front: Front) -> None:
    early = await front.call("POST", CHECKS, "patient", {"id": "c-1", "answer": "same"})
    assert (early.status_code, early.json()["code"]) == (409, "no_goals")
    ahead = await front.call("POST", EVENTS, "patient", {"id": "l-1", "kind": "moved", "on": "2999-01-01"})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "day_ahead")
    read = (await front.call("GET", CHECKS, "patient")).json()
    assert read == {"asked_since": None, "ask_on": None, "checks": [], "next_cursor": None}


@pytest.mark.parametrize("role", ["caregiver", "admin"])
async def test_nobody_else_speaks_of_the_goals(front: Front, role: str) -> None:
    assert (await front.call("GET", CHECKS, role)).status_code == 403
    assert (await front.call("POST", EVENTS, role, {"id": "l-1", "kind": "moved"})).status_code == 403
    assert (await front.call("POST", CHECKS, role, {"id": "c-1", "answer": "same"})).status_code == 403
