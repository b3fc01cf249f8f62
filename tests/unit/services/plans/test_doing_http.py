"""The routes about doing: who writes and reads, in which words, and what is adapted in every instruction."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.services.plans.front import TRACK, Front

CHAIR = {"id": "a-1", "kind": "equipment", "code": "chair", "words": "The blue one by the window."}
RAIN = {"id": "b-1", "code": "weather", "words": "I walk in the hall.", "activity_id": "walk_indoors"}
ENERGY: dict[str, Any] = {"id": "m-1", "weekday": [0, 1, 3, 2, 1, 0], "weekend": [0, 0, 2, 2, 2, 0]}


def strength(name: str, priority: int) -> dict[str, Any]:
    return {
        "track_id": name, "activity_family": "strength", "marker": "reps", "unit": "reps", "freq": 3, "goal_dose": 20,
        "priority": priority, "activity_id": name,
    }  # fmt: skip


LEGS = [strength("sit_to_stand", 1), strength("heel_raise", 2)]
DAY: dict[str, Any] = {"tracks": [*LEGS, {**TRACK, "priority": 3, "pace": "talk"}]}


@pytest.mark.article("P1.5")
async def test_what_is_adapted_stands_in_every_instruction_that_the_person_reads(front: Front) -> None:
    await front.plan(**DAY)
    made = await front.call("POST", "/patients/p1/accommodations", "patient", CHAIR)
    assert (
        made.status_code,
        (await front.call("POST", "/patients/p1/accommodations", "patient", CHAIR)).status_code,
    ) == (
        201,
        201,
    )
    floor = {"id": "a-2", "kind": "position", "code": "no_floor"}
    assert (await front.call("POST", "/patients/p1/accommodations", body=floor)).status_code == 201
    routine = (await front.call("GET", "/patients/p1/routine?energy=all", "patient")).json()
    steps = [one for one in routine["steps"] if one["step"] == "activity"]
    one = (await front.call("GET", "/patients/p1/activities/hip_bridge", "patient")).json()
    for instruction in (*steps, one):
        assert [(it["text"], it["words"]) for it in instruction["adapted"]] == [
            ("With a chair.", "The blue one by the window."),
            ("Not on the floor.", None),
        ]
    assert [it["unfit"] for it in steps] == [None, None, None]
    assert one["unfit"].startswith("This may not suit")
    assert one["how"] == "Lie on your back with bent knees and lift your hips a little."
    (event, _) = await front.sent("accommodation.documented")
    assert event["data"] == {"accommodation_id": "a-1", "kind": "equipment", "standing": True}
    assert "blue" not in str(event)


async def test_what_is_adapted_is_read_ended_and_then_read_without_its_words(front: Front) -> None:
    await front.call("POST", "/patients/p1/accommodations", "patient", CHAIR)
    read = (await front.call("GET", "/patients/p1/accommodations", "clinician")).json()
    assert [(it["words"], bool(it["noted_by"])) for it in read["standing"]] == [(CHAIR["words"], True)]
    assert (await front.call("POST", "/patients/p1/accommodations/a-1/end", body={"id": "x-1"})).status_code == 200
    after = (await front.call("GET", "/patients/p1/accommodations", "patient")).json()
    assert after["standing"] == []
    assert [(it["words"], it["noted_by"]) for it in after["over"]] == [(None, None)]
    assert after["over"][0]["ended_at"]


async def test_what_no_longer_stands_is_read_page_by_page(front: Front) -> None:
    for number in range(5):
        body = {"id": f"b-{number}", "code": "time", "words": f"Plan {number}."}
        await front.call("POST", "/patients/p1/barriers", "patient", body)
    seen, cursor = [], ""
    for _ in range(3):
        read = (await front.call("GET", f"/patients/p1/barriers?limit=2{cursor}", "patient")).json()
        assert [it["barrier_id"] for it in read["standing"]] == ["b-4"]
        seen += [it["barrier_id"] for it in read["over"]]
        cursor = f"&cursor={read['next_cursor']}"
        if read["next_cursor"] is None:
            break
    assert sorted(seen) == ["b-0", "b-1", "b-2", "b-3"]


@pytest.mark.article("P5.6")
async def test_on_a_day_on_which_the_journal_tells_of_rain_the_indoor_plan_is_offered(front: Front) -> None:
    await front.plan(**DAY)
    assert (await front.call("POST", "/patients/p1/barriers", "patient", RAIN)).status_code == 201
    before = (await front.call("GET", "/patients/p1/routine", "patient")).json()
    assert before["plan_b"] == []
    await front.hear("journal.recorded", "session_logging", 1, {"entry_id": "j-1", "tags": ["barrier"]})
    (plan_b,) = (await front.call("GET", "/patients/p1/routine", "patient")).json()["plan_b"]
    assert (plan_b["text"], plan_b["words"], plan_b["noted_by"]) == ("The weather is bad", RAIN["words"], None)
    assert plan_b["instead"]["name"] == "Walking indoors"
    read = (await front.call("GET", "/patients/p1/barriers", "patient")).json()
    assert (read["today"], [it["entry_id"] for it in read["noted"]]) == (True, ["j-1"])
    first, second = await front.sent("barrier.recorded")
    assert (first["data"]["code"], first["data"]["plan_b"]) == ("weather", True)
    assert (second["data"].get("code"), second["data"]["plan_b"]) == (None, True)
    front.rig.clock.advance(timedelta(days=1))
    assert (await front.call("GET", "/patients/p1/routine", "patient")).json()["plan_b"] == []


@pytest.mark.article("P10.5", "P3.4")
async def test_the_routine_alternates_muscles_with_rests_and_keeps_the_first_goal_when_there_is_little_energy(
    front: Front,
) -> None:
    await front.plan(**DAY)
    whole = (await front.call("GET", "/patients/p1/routine", "patient")).json()
    assert [it.get("track_id", it.get("rest_s")) for it in whole["steps"]] == [
        "sit_to_stand", 60, "walk", 60, "heel_raise",
    ]  # fmt: skip
    assert (whole["energy"], whole["left_out"], whole["stopped"]) == ("all", [], None)
    assert whole["steps"][2]["pace"] == "So that you can talk."
    one = (await front.call("GET", "/patients/p1/routine?energy=one", "patient")).json()
    assert [it["track_id"] for it in one["steps"]] == ["sit_to_stand"]
    assert one["left_out"] == ["heel_raise", "walk"]
    longer = (await front.call("GET", "/patients/p1/routine?rest_s=120", "patient")).json()
    assert [it["rest_s"] for it in longer["steps"] if it["step"] == "rest"] == [120, 120]
    assert (await front.call("GET", "/patients/p1/routine?rest_s=59", "patient")).status_code == 422


@pytest.mark.article("P10.5")
async def test_with_one_muscle_alone_the_routine_has_a_longer_rest_and_says_why(front: Front) -> None:
    await front.plan(tracks=LEGS)
    steps = (await front.call("GET", "/patients/p1/routine", "patient")).json()["steps"]
    assert (steps[1]["rest_s"], steps[1]["same"]) == (120, True)
    assert steps[1]["text"] == "The same muscles work again, so rest a bit longer: 120 seconds."


@pytest.mark.article("P10.1", "P10.2", "P10.3")
async def test_the_energy_map_is_set_by_the_person_and_read_with_its_best_block_and_the_week(front: Front) -> None:
    await front.plan(**DAY)
    body = {**ENERGY, "budget": 8, "points": [{"track_id": "walk", "points": 1}]}
    assert (await front.call("PUT", "/patients/p1/energy", body=body)).status_code == 403
    assert (
        await front.call("PUT", "/patients/p1/energy", body={**body, "id": "m-2", "source": "phone"})
    ).status_code == 200
    read = (await front.call("GET", "/patients/p1/energy", "patient")).json()
    assert (read["blocks"][2], read["blocks"][5]["end"]) == (
        {"start": "10:00", "end": "14:00", "weekday": 3, "weekend": 2},
        "02:00",
    )
    assert read["best"] == {"weekday": "10:00", "weekend": "10:00"}
    assert [(it["track_id"], it["points"], it["within"]) for it in read["week"]] == [
        ("sit_to_stand", 6, True),
        ("heel_raise", 6, False),
        ("walk", 3, False),
    ]
    (event,) = await front.sent("energymap.updated")
    assert event["data"].keys() == {"starts", "weekday", "weekend"}
    routine = (await front.call("GET", "/patients/p1/routine", "patient")).json()
    assert (routine["energy"], [it["track_id"] for it in routine["steps"]]) == ("some", ["sit_to_stand"])


async def test_while_a_human_looks_at_a_warning_sign_the_routine_rests_and_names_whom_to_call(front: Front) -> None:
    await front.plan(**DAY)
    flag = {
        "flag_id": "f-1", "suspension_id": "s-1", "signs": ["chest"], "level": "emergency", "context": "check_in",
        "answered_at": front.rig.clock.now().isoformat(),
    }  # fmt: skip
    await front.hear("redflag.raised", "safety", 1, flag)
    routine = (await front.call("GET", "/patients/p1/routine", "patient")).json()
    assert (routine["steps"], routine["left_out"]) == ([], [])
    assert routine["stopped"] == "Your exercises rest for now. Talk to your clinic first."
    assert routine["human"]["phone"] == "+1 555 0100"


async def test_without_a_plan_in_force_the_routine_and_the_week_are_empty(front: Front) -> None:
    routine = (await front.call("GET", "/patients/p1/routine", "patient")).json()
    assert (routine["steps"], routine["text"]) == ([], None)
    energy = (await front.call("GET", "/patients/p1/energy", "patient")).json()
    assert (energy["blocks"], energy["week"], energy["budget"]) == ([], [], None)


@pytest.mark.parametrize(
    ("path", "body", "rule"),
    [
        ("accommodations", {**CHAIR, "code": "bench"}, "unknown_accommodation"),
        ("accommodations", {**CHAIR, "kind": "taste"}, "literal_error"),
        ("accommodations", {"id": "a-1", "kind": "time", "code": "other"}, "words_needed"),
        ("accommodations", {**CHAIR, "words": "two\nlines"}, "value_error"),
        ("accommodations", {**CHAIR, "words": "   "}, "string_too_short"),
        ("barriers", {**RAIN, "activity_id": "bench"}, "unknown_activity"),
        ("barriers", {**RAIN, "code": "bench"}, "literal_error"),
        ("energy", {**ENERGY, "weekday": [0, 1, 4, 2, 1, 0]}, "less_than_equal"),
        ("energy", {**ENERGY, "weekend": [0, 1]}, "too_short"),
        ("energy", {**ENERGY, "starts": ["06:00"] * 6}, "blocks_in_order"),
    ],
)
async def test_what_is_not_of_the_list_is_refused_without_an_echo(
    front: Front, path: str, body: dict[str, Any], rule: str
) -> None:
    method = "PUT" if path == "energy" else "POST"
    answer = await front.call(method, f"/patients/p1/{path}", "patient", body)
    assert answer.status_code == 422
    assert [one["rule"] for one in answer.json()["errors"]] == [rule]
    assert "bench" not in answer.text


@pytest.mark.parametrize("path", ["accommodations", "barriers", "energy", "routine", "activities/arm_curl"])
async def test_only_the_person_and_clinicians_of_the_same_clinic_read(front: Front, path: str) -> None:
    for role in ("caregiver", "admin", "moderator", "device"):
        assert (await front.call("GET", f"/patients/p1/{path}", role)).status_code == 403
    assert (await front.call("GET", f"/patients/p1/{path}", tenant="another")).status_code == 404
    assert (await front.call("GET", f"/patients/p2/{path}", "patient")).status_code == 403
    assert (await front.call("GET", f"/patients/p1/{path}", "patient")).status_code == 200
