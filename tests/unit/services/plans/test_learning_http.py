"""Lessons over HTTP: the catalogue in three languages, giving and reading one, and who sees why a person has it."""

from typing import Any

import pytest

from services.plans.domain.lessons import LESSONS
from tests.unit.services.plans.front import Front

GIVE = {"id": "give-1", "lesson_id": "walking"}


@pytest.mark.article("P4.2", "P6.6")
@pytest.mark.parametrize("language", ["en", "es", "ar"])
async def test_the_catalogue_is_there_in_each_language_and_says_that_it_is_not_reviewed(
    front: Front, language: str
) -> None:
    told = (await front.call("GET", f"/lessons?language={language}", "patient")).json()
    assert (told["language"], told["reviewed"]) == (language, False)
    assert [one["lesson_id"] for one in told["lessons"]] == [one.lesson_id for one in LESSONS]
    assert all((one["question"] is not None) == (one["kind"] == "dialogue") for one in told["lessons"])
    flare = told["lessons"][0]["terms"][0]
    assert flare["term"] != flare["means"] != ""
    assert (await front.call("GET", "/lessons?language=fr", "patient")).status_code == 422


@pytest.mark.article("P4.1")
async def test_a_lesson_is_given_waits_is_read_and_comes_back(front: Front) -> None:
    answer = await front.call("POST", "/patients/p1/lessons", body=GIVE)
    assert (answer.status_code, answer.json()["lesson_id"]) == (201, "walking")
    assert (await front.call("POST", "/patients/p1/lessons", body=GIVE)).json() == answer.json()

    read = await front.call("POST", "/patients/p1/lessons/walking/viewed", "patient", {"id": "read-1"})
    (one,) = (await front.call("GET", "/patients/p1/lessons", "patient")).json()["lessons"]

    assert read.json() == {"lesson_id": "walking", "viewed_on": one["first_viewed_on"]}
    assert one["comes_back_on"] > one["first_viewed_on"] == one["last_viewed_on"]
    assert one["text"].startswith("Walking needs no tools")
    (event,) = await front.sent("content.viewed")
    assert event["data"] == {"lesson_id": "walking"}
    assert event["actor"]["kind"] == "patient"


@pytest.mark.article("P2.1", "H1")
async def test_a_plan_brings_lessons_about_its_tracks_and_names_others_that_fit_the_goals(front: Front) -> None:
    await front.plan()
    told = (await front.call("GET", "/patients/p1/lessons", "clinician")).json()

    assert [(one["lesson_id"], one["trigger"]["because"]) for one in told["lessons"]] == [
        ("sore_or_flare", "start"),
        ("walking", "track"),
    ]
    assert [one["waits"] for one in told["lessons"]] == [True, False]
    assert [one["lesson_id"] for one in told["recommended"]] == ["strength", "for_others"]
    assert all("family" in one["areas"] for one in told["recommended"])
    (prompt,) = (await front.call("GET", "/patients/p1/prompts", "patient")).json()["prompts"]
    assert (prompt["kind"], prompt["ref"]) == ("lesson", "sore_or_flare")


@pytest.mark.article("P4.5")
async def test_a_tag_of_the_journal_leads_to_a_dialogue_and_the_clinician_sees_which_entry(front: Front) -> None:
    await front.plan()
    await front.hear("journal.recorded", "session_logging", 1, {"entry_id": "e-1", "tags": ["hard"]}, by="patient")
    told = (await front.call("GET", "/patients/p1/lessons", "clinician")).json()["lessons"][-1]

    assert (told["lesson_id"], told["kind"]) == ("hurt_and_harm", "dialogue")
    assert told["question"].endswith("?")
    trigger = told["trigger"]
    assert (trigger["because"], trigger["entry_id"], trigger["tags"]) == ("journal", "e-1", ["hard"])


@pytest.mark.article("P4.5")
async def test_only_clinicians_see_why_a_person_has_a_lesson(front: Front) -> None:
    await front.call("POST", "/patients/p1/lessons", body=GIVE)
    seen = {
        role: (await front.call("GET", "/patients/p1/lessons", role)).json()["lessons"][0]["trigger"]
        for role in ("patient", "clinician")
    }
    assert seen["patient"] is None
    assert seen["clinician"]["because"] == "clinician"
    assert seen["clinician"]["assigned_by"]


@pytest.mark.parametrize(
    ("method", "path", "body", "may"),
    [
        ("GET", "/lessons", None, {"patient", "caregiver", "clinician", "admin"}),
        ("GET", "/patients/p1/lessons", None, {"patient", "clinician"}),
        ("POST", "/patients/p1/lessons", GIVE, {"clinician"}),
        ("POST", "/patients/p1/lessons/walking/viewed", {"id": "r", "source": "phone"}, {"patient", "clinician"}),
    ],
)
async def test_whom_a_route_is_for(front: Front, method: str, path: str, body: Any, may: set[str]) -> None:
    for role in ("patient", "caregiver", "clinician", "admin", "device"):
        status = (await front.call(method, path, role, body)).status_code
        assert (status == 403) == (role not in may), role
        assert role not in may or status in (200, 201), role
    if "p1" in path:
        assert (await front.call(method, path.replace("p1", "p2"), "clinician", body)).status_code == 404


async def test_what_is_no_lesson_is_refused(front: Front) -> None:
    answer = await front.call("POST", "/patients/p1/lessons", body={"id": "x", "lesson_id": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_lesson")
    again = await front.call("POST", "/patients/p1/lessons", body={"id": "give-1", "lesson_id": "walking"})
    assert again.status_code == 201
    other = await front.call("POST", "/patients/p1/lessons", body={"id": "give-1", "lesson_id": "sleep"})
    assert other.status_code == 409
