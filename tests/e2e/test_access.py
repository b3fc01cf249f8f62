"""Who may call what: every route of every service, every role, the own and another tenant, in one table."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_access import COUNTS, EVERYBODY, Counts, Row, World
from tests.support.e2e_clinic import OTHER_TENANT, OWN_ONLY, fresh, terms
from tests.support.e2e_routes import Route, routes

DENIED_TO_CAREGIVERS: Final = re.compile(r"pain|mood|missed|percent")
"""No key of any answer to a caregiver (domain/community.md 6.3)."""

OTHERS_ENTRY: Final = (403, "own_entries_only")
"""Caregivers and devices correct only what they wrote themselves."""


def walk() -> dict[str, Any]:
    return {"id": fresh(), "track_id": "walking", "amount": 10, "unit": "min"}


def only_id() -> dict[str, Any]:
    return {"id": fresh()}


def a_goal() -> dict[str, Any]:
    words = {"words": "To the park with the children.", "why": "They wait for it.", "life_area": "family"}
    return {"id": fresh(), "author": "patient", "source": "paper", **words}


def an_energy_map() -> dict[str, Any]:
    return {"id": fresh(), "weekday": [0, 1, 3, 2, 1, 0], "weekend": [0, 1, 2, 3, 1, 0], "source": "paper"}


def ahead(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


DIARY: Final = "patient clinician caregiver device"
TABLE: Final[dict[Route, Row]] = {
    # The groups come first: further down the plan ends, and with it the membership.
    Route("community", "POST", "/groups"): Row(
        "moderator admin", lambda: {"id": fresh(), "name": "Walkers", "language": "en", "run_by": "clinic"}, 201
    ),
    Route("community", "GET", "/groups"): Row("patient moderator admin"),
    Route("community", "GET", "/groups/{group_id}/pseudonyms"): Row("patient"),
    Route("community", "POST", "/groups/{group_id}/members"): Row(
        "patient", lambda: {"id": fresh(), "consent": True}, (409, "already_member")
    ),
    Route("community", "GET", "/groups/{group_id}/posts"): Row("patient moderator"),
    Route("community", "POST", "/groups/{group_id}/leave"): Row(
        "patient", lambda: {"id": fresh(), "posts": "anonymise"}
    ),
    Route("community", "GET", "/patients/{patient_id}/celebrations"): Row("patient"),
    Route("community", "POST", "/patients/{patient_id}/celebrations/{offer_id}/share"): Row(
        "patient",
        lambda: {"id": fresh(), "group_id": "g-1", "template": "first_session.plain"},
        (404, "unknown_celebration"),
    ),
    Route("community", "POST", "/patients/{patient_id}/celebrations/{offer_id}/dismiss"): Row(
        "patient", lambda: {"id": fresh()}, (404, "unknown_celebration")
    ),
    # So do flares and pauses, which only a person with a plan in force has.
    Route("progression", "POST", "/patients/{patient_id}/flare"): Row("patient caregiver clinician", only_id),
    Route("progression", "POST", "/patients/{patient_id}/flare/settling"): Row(
        "patient clinician", lambda: {"id": fresh(), "settling": False}
    ),
    Route("progression", "POST", "/patients/{patient_id}/flare/end"): Row("patient clinician", only_id),
    Route("progression", "POST", "/patients/{patient_id}/flare/questions"): Row(
        "patient clinician", lambda: {"id": fresh(), "worse": False, "hard": False, "limits": False}
    ),
    Route("progression", "POST", "/patients/{patient_id}/pause"): Row(
        "patient clinician", lambda: {"id": fresh(), "reason": "travel"}
    ),
    Route("progression", "POST", "/patients/{patient_id}/pause/resume"): Row("patient clinician", only_id),
    Route("progression", "GET", "/patients/{patient_id}/standing"): Row("patient clinician"),
    Route("progression", "GET", "/patients/{patient_id}/questions"): Row("patient clinician"),
    Route("progression", "POST", "/patients/{patient_id}/questions/{question_id}/answer"): Row(
        "patient clinician", lambda: {"id": fresh(), "answers": {"moving": "same"}}, (409, "question_closed")
    ),
    # What only holds while a plan is in force.
    Route("progression", "POST", "/patients/{patient_id}/tracks/{track_id}/step"): Row("patient clinician", only_id),
    Route("progression", "POST", "/patients/{patient_id}/tracks/{track_id}/less"): Row("patient clinician", only_id),
    Route("progression", "POST", "/patients/{patient_id}/tracks/{track_id}/bouts"): Row(
        "patient clinician", lambda: {"id": fresh(), "bouts": 1}
    ),
    Route("progression", "POST", "/patients/{patient_id}/proposals/{proposal_id}/approve"): Row(
        "clinician", lambda: {"id": fresh(), "approve": True}, (404, "unknown_proposal")
    ),
    Route("plans", "POST", "/patients/{patient_id}/overrides"): Row(
        "clinician", lambda: {"id": fresh(), "name": "rpe_cap", "value": 5, "reason": "symptoms"}, 201
    ),
    Route("plans", "POST", "/patients/{patient_id}/overrides/{override_id}/end"): Row(
        "clinician", only_id, (404, "unknown_override")
    ),
    Route("plans", "GET", "/patients/{patient_id}/overrides"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/measures"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "instrument": "nrs", "values": {"pain": 3}, "source": "paper"},
        201,
    ),
    Route("plans", "GET", "/patients/{patient_id}/measures"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/measures/due"): Row("patient clinician"),
    Route("plans", "PUT", "/patients/{patient_id}/review-protocol"): Row(
        "clinician", lambda: {"id": fresh(), "agenda": "The stairs."}
    ),
    Route("plans", "POST", "/patients/{patient_id}/reviews"): Row("clinician", only_id, 201),
    Route("plans", "POST", "/patients/{patient_id}/reviews/{review_id}/complete"): Row(
        "clinician",
        lambda: {"id": fresh(), "gains": "Longer walks.", "still_hard": "The stairs.", "targets": "The park."},
        (409, "review_not_open"),
    ),
    Route("plans", "GET", "/patients/{patient_id}/reviews"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/visit-summary"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/consents"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/consents/history"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/consents"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "purpose": "group", "text_version": 99, "language": "en", "source": "paper"},
        (409, "text_changed"),
    ),
    Route("plans", "POST", "/patients/{patient_id}/consents/{consent_id}/withdraw"): Row(
        "patient clinician", lambda: {"id": fresh(), "source": "paper"}, (404, "unknown_consent")
    ),
    Route("plans", "GET", "/patients/{patient_id}/caregivers"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/caregivers"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "label": "My sister", "scopes": ["plan"], "source": "paper"},
        (409, "no_consent"),
    ),
    Route("plans", "POST", "/patients/{patient_id}/caregivers/{caregiver_id}/accept"): Row(
        "caregiver", only_id, (404, "unknown_caregiver")
    ),
    Route("plans", "PUT", "/patients/{patient_id}/caregivers/{caregiver_id}/scopes"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "scopes": ["plan"], "source": "paper"},
        (404, "unknown_caregiver"),
    ),
    Route("plans", "POST", "/patients/{patient_id}/caregivers/{caregiver_id}/end"): Row(
        "patient clinician caregiver",
        lambda: {"id": fresh(), "source": "paper"},
        (404, "unknown_caregiver"),
        but={"caregiver": (403, "own_link_only")},
    ),
    # A caregiver reads these only once the person linked them.
    Route("plans", "GET", "/patients/{patient_id}/caregiver-tips"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/care-team"): Row("patient clinician admin"),
    Route("plans", "POST", "/patients/{patient_id}/care-team/{member_id}/end"): Row(
        "clinician admin", only_id, (404, "unknown_member")
    ),
    Route("plans", "PUT", "/patients/{patient_id}/care-team/{member_id}"): Row(
        "clinician admin", lambda: {"id": fresh(), "subject": "u-1", "role": "nurse"}
    ),
    Route("plans", "GET", "/patients/{patient_id}/features"): Row("patient clinician"),
    Route("plans", "PUT", "/patients/{patient_id}/features/{feature}"): Row(
        "patient clinician", lambda: {"id": fresh(), "on": True, "source": "paper"}
    ),
    Route("plans", "POST", "/patients/{patient_id}/goals"): Row("patient clinician", a_goal, 201),
    Route("plans", "GET", "/patients/{patient_id}/goals"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/goal-checks"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/goal-checks"): Row(
        "patient clinician", lambda: {"id": fresh(), "answer": "same", "source": "phone"}
    ),
    Route("plans", "POST", "/patients/{patient_id}/intake"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "revision": 99, "story": "It began.", "source": "paper"},
        (409, "intake_changed_since"),
    ),
    Route("plans", "GET", "/patients/{patient_id}/intake"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/motives"): Row(
        "patient clinician", lambda: {"id": fresh(), "motives": ["sleep"], "source": "paper"}
    ),
    Route("plans", "GET", "/patients/{patient_id}/motives"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/abilities"): Row(
        "patient clinician", lambda: {"id": fresh(), "words": "Round the block.", "source": "paper"}, 201
    ),
    Route("plans", "GET", "/patients/{patient_id}/abilities"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/abilities/{ability_id}/remove"): Row(
        "patient clinician", only_id, (404, "unknown_ability")
    ),
    Route("plans", "POST", "/patients/{patient_id}/life-events"): Row(
        "patient clinician", lambda: {"id": fresh(), "kind": "moved"}, 201
    ),
    Route("plans", "PATCH", "/patients/{patient_id}/goals/{goal_id}"): Row(
        "patient clinician", only_id, (404, "unknown_goal"), headers=(("If-Match", '"1"'),)
    ),
    Route("plans", "POST", "/patients/{patient_id}/goals/{goal_id}/end"): Row(
        "patient clinician", lambda: {"id": fresh(), "because": "reached"}, (404, "unknown_goal")
    ),
    Route("plans", "GET", "/patients/{patient_id}/goals/{goal_id}/revisions"): Row(
        "patient clinician", None, (404, "unknown_goal")
    ),
    Route("plans", "GET", "/activities"): Row("patient clinician caregiver"),
    Route("plans", "GET", "/patients/{patient_id}/activities/{activity_id}"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/accommodations"): Row(
        "patient clinician", lambda: {"id": fresh(), "kind": "time", "code": "other", "words": "After tea."}, 201
    ),
    Route("plans", "GET", "/patients/{patient_id}/accommodations"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/accommodations/{accommodation_id}/end"): Row(
        "patient clinician", only_id, (404, "unknown_accommodation")
    ),
    Route("plans", "POST", "/patients/{patient_id}/barriers"): Row(
        "patient clinician", lambda: {"id": fresh(), "code": "weather", "source": "paper"}, 201
    ),
    Route("plans", "GET", "/patients/{patient_id}/barriers"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/barriers/{barrier_id}/end"): Row(
        "patient clinician", lambda: {"id": fresh(), "source": "paper"}, (404, "unknown_barrier")
    ),
    Route("plans", "PUT", "/patients/{patient_id}/energy"): Row("patient clinician", an_energy_map),
    Route("plans", "GET", "/patients/{patient_id}/energy"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/routine"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/flare-plan"): Row("patient clinician"),
    Route("plans", "GET", "/lessons"): Row("patient caregiver clinician admin"),
    Route("plans", "GET", "/patients/{patient_id}/lessons"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/lessons"): Row(
        "clinician", lambda: {"id": fresh(), "lesson_id": "walking"}, 201
    ),
    Route("plans", "POST", "/patients/{patient_id}/lessons/{lesson_id}/viewed"): Row(
        "patient clinician", lambda: {"id": fresh(), "source": "paper"}, (404, "unknown_lesson")
    ),
    Route("plans", "POST", "/patients/{patient_id}/tracks/{track_id}/tryout"): Row(
        "patient clinician", lambda: {"id": fresh(), "keep": True, "source": "paper"}, (409, "not_tried_out")
    ),
    Route("plans", "POST", "/patients"): Row(
        "clinician admin", lambda: {"id": fresh(), "tz": "UTC", "locale": "en", "adult": True}, 201
    ),
    Route("plans", "GET", "/patients/{patient_id}"): Row("patient clinician admin"),
    Route("plans", "POST", "/patients/{patient_id}/plans"): Row("clinician", terms, (409, "plan_in_force")),
    Route("plans", "PUT", "/patients/{patient_id}/plans/{plan_id}"): Row(
        "clinician", lambda: terms(why={"reason": "wish", "words": "As we said."}), headers=(("If-Match", '"1"'),)
    ),
    Route("plans", "GET", "/patients/{patient_id}/plans/{plan_id}/versions"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/plans/{plan_id}/versions/{number}"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/plans/{plan_id}/versions/{number}/difference"): Row(
        "patient clinician"
    ),
    Route("plans", "GET", "/patients/{patient_id}/draft"): Row("patient clinician", comes_to=404),
    Route("plans", "GET", "/patients/{patient_id}/drafts"): Row("patient clinician"),
    Route("plans", "PUT", "/patients/{patient_id}/drafts/{draft_id}"): Row(
        "clinician", terms, (404, "unknown_draft"), headers=(("If-Match", '"1"'),)
    ),
    Route("plans", "POST", "/patients/{patient_id}/drafts/{draft_id}/accept"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "source": "paper"},
        (404, "unknown_draft"),
        headers=(("If-Match", '"1"'),),
    ),
    Route("plans", "POST", "/patients/{patient_id}/drafts/{draft_id}/decline"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "reason": "not_now", "source": "paper"},
        (404, "unknown_draft"),
        headers=(("If-Match", '"1"'),),
    ),
    Route("plans", "POST", "/patients/{patient_id}/drafts/{draft_id}/withdraw"): Row(
        "clinician", lambda: {"id": fresh(), "reason": "talk_first"}, (404, "unknown_draft")
    ),
    Route("plans", "GET", "/patients/{patient_id}/changes"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/prompts"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/changes/{change_id}/seen"): Row(
        "patient clinician", lambda: {"id": fresh(), "source": "paper"}, (404, "unknown_change")
    ),
    Route("plans", "POST", "/patients/{patient_id}/plans/{plan_id}/end"): Row(
        "clinician", lambda: {"id": fresh(), "reason": "completed"}
    ),
    Route("plans", "GET", "/patients/{patient_id}/plan"): Row("patient clinician"),
    Route("plans", "GET", "/patients/{patient_id}/proposals"): Row("patient clinician"),
    Route("plans", "POST", "/patients/{patient_id}/proposals/{proposal_id}/answer"): Row(
        "patient clinician",
        lambda: {"id": fresh(), "answer": "stay", "source": "paper"},
        (404, "unknown_proposal"),
    ),
    Route("plans", "GET", "/work-items"): Row("clinician admin"),
    Route("plans", "GET", "/patients/{patient_id}/work-items"): Row("clinician admin"),
    Route("plans", "POST", "/patients/{patient_id}/work-items/{item_id}/take"): Row(
        "clinician", lambda: {"id": fresh()}, (404, "unknown_work_item")
    ),
    Route("plans", "POST", "/patients/{patient_id}/transfer"): Row(
        "clinician admin", lambda: {"id": fresh(), "to_site": "main", "note": "Moved house."}, (409, "same_site")
    ),
    Route("plans", "GET", "/patients/{patient_id}/transfers"): Row("patient clinician admin"),
    Route("plans", "POST", "/patients/{patient_id}/work-items/{item_id}/release"): Row(
        "clinician", lambda: {"id": fresh()}, (404, "unknown_work_item")
    ),
    Route("plans", "POST", "/patients/{patient_id}/work-items/{item_id}/close"): Row(
        "clinician", lambda: {"id": fresh(), "note": "Called; all is well."}, (404, "unknown_work_item")
    ),
    Route("session_logging", "POST", "/patients/{patient_id}/sessions"): Row(DIARY, walk, 201),
    Route("session_logging", "GET", "/patients/{patient_id}/sessions"): Row("patient clinician caregiver"),
    Route("session_logging", "POST", "/patients/{patient_id}/sessions/batch"): Row(
        DIARY, lambda: {"id": fresh(), "items": [{**walk(), "started_at": "2026-01-05T10:00:00Z"}]}
    ),
    Route("session_logging", "GET", "/patients/{patient_id}/sessions/{session_id}"): Row(DIARY),
    Route("session_logging", "PATCH", "/patients/{patient_id}/sessions/{session_id}"): Row(
        DIARY,
        lambda: {"effort": 3},
        (412, "revision_stale"),
        headers=(("If-Match", '"77"'),),
        but={"caregiver": OTHERS_ENTRY, "device": OTHERS_ENTRY},
    ),
    Route("session_logging", "POST", "/patients/{patient_id}/sessions/{session_id}/void"): Row(
        DIARY, dict, but={"caregiver": OTHERS_ENTRY, "device": OTHERS_ENTRY}
    ),
    Route("session_logging", "POST", "/patients/{patient_id}/morning-checks"): Row(
        "patient clinician", lambda: {"id": fresh(), "pain": 2}, 201
    ),
    Route("session_logging", "GET", "/patients/{patient_id}/morning-checks"): Row("patient clinician"),
    Route("session_logging", "POST", "/patients/{patient_id}/journal-entries"): Row(
        "patient clinician", lambda: {"id": fresh(), "tags": ["easy"]}, 201
    ),
    Route("session_logging", "GET", "/patients/{patient_id}/journal-entries"): Row("patient clinician"),
    Route("progression", "GET", "/patients/{patient_id}/tracks"): Row("patient clinician"),
    Route("progression", "GET", "/patients/{patient_id}/decisions"): Row("patient clinician"),
    Route("progression", "GET", "/patients/{patient_id}/adherence"): Row("patient clinician"),
    Route("progression", "GET", "/patients/{patient_id}/decisions/{decision_id}"): Row("patient clinician"),
    Route("reminders", "PUT", "/patients/{patient_id}/cues/{cue_id}"): Row(
        "patient clinician", lambda: {"id": fresh(), "time": "18:00", "track_id": "walking"}
    ),
    Route("reminders", "GET", "/patients/{patient_id}/cues"): Row("patient clinician"),
    Route("reminders", "PUT", "/patients/{patient_id}/quiet-hours"): Row(
        "patient clinician", lambda: {"id": fresh(), "start": "22:00", "end": "07:00"}
    ),
    Route("reminders", "GET", "/patients/{patient_id}/quiet-hours"): Row("patient clinician"),
    Route("reminders", "PUT", "/patients/{patient_id}/blocked-days/{block_id}"): Row(
        "patient clinician", lambda: {"id": fresh(), "first": ahead(30), "last": ahead(33), "kind": "travel"}
    ),
    Route("reminders", "GET", "/patients/{patient_id}/blocked-days"): Row("patient clinician"),
    Route("reminders", "DELETE", "/patients/{patient_id}/blocked-days/{block_id}"): Row("patient clinician"),
    Route("reminders", "GET", "/patients/{patient_id}/reminders"): Row("patient clinician"),
    Route("safety", "GET", "/patients/{patient_id}/red-flags"): Row(
        "patient clinician caregiver", strangers="patient caregiver"
    ),
    Route("safety", "POST", "/patients/{patient_id}/red-flags"): Row(
        "patient clinician caregiver",
        lambda: {"id": fresh(), "context": "check_in", "yes": []},
        strangers="patient caregiver",
    ),
    Route("safety", "GET", "/patients/{patient_id}/suspension"): Row("patient clinician", strangers="patient"),
    Route("safety", "POST", "/patients/{patient_id}/suspension/resume"): Row(
        "clinician", lambda: {"id": fresh(), "suspension_id": "s-1", "note": "Seen today."}, (409, "not_suspended")
    ),
    Route("safety", "POST", "/patients/{patient_id}/suspension"): Row(
        "clinician", lambda: {"id": fresh(), "reason": "medical"}, 201
    ),
    Route("safety", "GET", "/patients/{patient_id}/red-flags/history"): Row("clinician"),
}


@pytest.fixture(scope="module")
def world(stack: Running, pytestconfig: pytest.Config) -> World:
    return World.made(stack, TABLE, pytestconfig.stash.setdefault(COUNTS, Counts()))


def test_the_table_has_every_route_of_every_service_and_no_other(stack: Running) -> None:
    assert routes(stack) == set(TABLE)


@pytest.mark.article("P6.1")
def test_each_role_gets_exactly_what_the_table_gives_it(world: World) -> None:
    wrong = []
    for route, row in TABLE.items():
        for role in EVERYBODY:
            if route.path.endswith("/void"):
                world.ids["session_id"] = world.person.log()["id"]
            asked = world.ask("their own clinic, person, group", route, role, world.person)
            if (fault := asked.fault(row.expected(role))) is not None:
                wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


def test_patients_caregivers_and_devices_reach_nobody_but_the_person_they_speak_for(world: World) -> None:
    """Nor does a token reach anybody that names nobody."""
    wrong = []
    for route, _ in world.about("patient_id"):
        for role in sorted(OWN_ONLY):
            for about, named in ((world.other, world.person.id), (world.nobody, world.person.id), (world.person, "")):
                asked = world.ask("another person", route, role, about, named=named)
                if (fault := asked.fault((403, "forbidden"))) is not None:
                    wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


def test_an_unknown_person_is_404_for_those_who_may_ask_and_403_for_all_others(world: World) -> None:
    wrong = []
    for route, row in world.about("patient_id"):
        for role in EVERYBODY:
            fault = world.ask("an unknown person", route, role, world.nobody).fault(row.unknown(role))
            if fault is not None:
                wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


def test_another_tenants_person_is_told_from_an_unknown_one_by_nothing(world: World) -> None:
    """The same answer, but for the id of the request, whether the person exists next door or nowhere.

    Whoever answers a red flag about themselves is told what to do in any case, and whether it could be kept.
    """
    wrong = []
    for route, row in world.about("patient_id"):
        for role in EVERYBODY:
            here, nowhere = (
                world.ask("another tenant's person", route, role, about, tenant=OTHER_TENANT)
                for about in (world.person, world.nobody)
            )
            if (fault := here.fault(row.unknown(role))) is not None:
                wrong.append(f"{route} {role}: {fault}")
            if role in row.strangers.split() and route.method == "POST":
                assert here.answer.json()["recorded"] == "not_recorded"
            elif here.without_id != nowhere.without_id:
                wrong.append(f"{route} {role}: {here.answer.text}, but {nowhere.answer.text}")
    assert wrong == []


def test_an_unknown_group_is_404_for_those_who_may_ask_and_403_for_all_others(world: World) -> None:
    wrong = []
    for route, row in world.about("group_id"):
        for role in EVERYBODY:
            asked = world.ask("an unknown group", route, role, world.person, group_id=fresh())
            if (fault := asked.fault(row.unknown(role))) is not None:
                wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


def test_another_tenants_group_is_told_from_an_unknown_one_by_nothing(world: World) -> None:
    wrong = []
    for route, row in world.about("group_id"):
        for role in EVERYBODY:
            here, nowhere = (
                world.ask("another tenant's group", route, role, world.person, tenant=OTHER_TENANT, group_id=group)
                for group in (world.ids["group_id"], fresh())
            )
            if (fault := here.fault(row.unknown(role))) is not None:
                wrong.append(f"{route} {role}: {fault}")
            if here.without_id != nowhere.without_id:
                wrong.append(f"{route} {role}: {here.answer.text}, but {nowhere.answer.text}")
    assert wrong == []


def test_a_list_of_a_whole_clinic_names_nobody_and_nothing_of_another(world: World) -> None:
    wrong = []
    ours = {world.person.id, world.other.id, *(id for id in world.ids.values() if len(id) > 30)}
    for route, row in world.about("clinic"):
        for role in EVERYBODY:
            asked = world.ask("another tenant's clinic", route, role, world.person, tenant=OTHER_TENANT)
            if (fault := asked.fault(row.expected(role))) is not None:
                wrong.append(f"{route} {role}: {fault}")
            if found := [id for id in ours if id in asked.answer.text]:
                wrong.append(f"{route} {role}: names {found}")
    assert wrong == []


def test_a_thing_is_not_reached_through_another_person(world: World) -> None:
    wrong = []
    for route, row in world.about("patient_id"):
        if not {"{session_id}", "{decision_id}", "{plan_id}"} & set(route.path.split("/")):
            continue
        for role in row.roles.split():
            if (fault := world.ask("through another person", route, role, world.other).fault(404)) is not None:
                wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


def test_a_wrong_role_is_told_so_whatever_it_sends(world: World) -> None:
    """Before its body is judged, so that nobody learns rules by trying."""
    wrong = []
    for route, row in TABLE.items():
        for role in EVERYBODY if row.body is not None else ():
            if role not in row.roles.split():
                asked = world.ask("a wrong role, a bad body", route, role, world.person, body={"nonsense": 1})
                if (fault := asked.fault((403, "forbidden"))) is not None:
                    wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


@pytest.mark.article("P6.3")
def test_a_caregiver_is_told_nothing_about_how_it_felt(world: World) -> None:
    asked = [
        world.ask("a caregiver's reading", route, "caregiver", world.person).answer
        for route, row in world.about("patient_id")
        if "caregiver" in row.roles.split()
    ]
    assert [answer.text for answer in asked if answer.is_success]
    assert [key for answer in asked for key in _keys(answer.json()) if DENIED_TO_CAREGIVERS.search(key)] == []


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from _keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value)
