"""Who may call what: every route of the four services, every role, the own and another tenant, in one table."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import httpx
import pytest

from deploy.local.supervisor import Running
from shared.web.principal import ROLES
from tests.support.e2e_clinic import OTHER_TENANT, OWN_ONLY, Clinic, Somebody, fresh, terms
from tests.support.e2e_problems import not_a_problem
from tests.support.e2e_routes import Route, routes

Body = Callable[[], dict[str, Any]]
DENIED_TO_CAREGIVERS: Final = re.compile(r"pain|mood|missed|percent")
"""No key of any answer to a caregiver (domain/community.md 6.3)."""


@dataclass(frozen=True)
class Row:
    """Who may, what a good request holds, what it comes to, and for whom it comes to something else."""

    roles: str
    body: Body | None = None
    comes_to: int | tuple[int, str] = 200
    headers: tuple[tuple[str, str], ...] = ()
    but: Mapping[str, tuple[int, str]] = field(default_factory=dict)


OTHERS_ENTRY: Final = (403, "own_entries_only")
"""Caregivers and devices correct only what they wrote themselves."""


def walk() -> dict[str, Any]:
    return {"id": fresh(), "track_id": "walking", "amount": 10, "unit": "min"}


DIARY: Final = "patient clinician caregiver device"
TABLE: Final[dict[Route, Row]] = {
    Route("plans", "POST", "/patients"): Row(
        "clinician admin", lambda: {"id": fresh(), "tz": "UTC", "locale": "en", "adult": True}, 201
    ),
    Route("plans", "GET", "/patients/{patient_id}"): Row("patient clinician admin"),
    Route("plans", "POST", "/patients/{patient_id}/plans"): Row("clinician", terms, (409, "plan_in_force")),
    Route("plans", "PUT", "/patients/{patient_id}/plans/{plan_id}"): Row(
        "clinician", terms, headers=(("If-Match", '"1"'),)
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
    Route("progression", "GET", "/patients/{patient_id}/decisions/{decision_id}"): Row("patient clinician"),
    Route("reminders", "PUT", "/patients/{patient_id}/cues/{cue_id}"): Row(
        "patient clinician", lambda: {"id": fresh(), "time": "18:00", "track_id": "walking"}
    ),
    Route("reminders", "GET", "/patients/{patient_id}/cues"): Row("patient clinician"),
    Route("reminders", "PUT", "/patients/{patient_id}/quiet-hours"): Row(
        "patient clinician", lambda: {"id": fresh(), "start": "22:00", "end": "07:00"}
    ),
    Route("reminders", "GET", "/patients/{patient_id}/quiet-hours"): Row("patient clinician"),
    Route("reminders", "GET", "/patients/{patient_id}/reminders"): Row("patient clinician"),
}


@dataclass(frozen=True)
class World:
    """A person with a plan, a session and a decision; somebody else of the clinic; nobody; the clinic next door."""

    clinic: Clinic
    person: Somebody
    other: Somebody
    nobody: Somebody
    plan_id: str
    session_id: str
    decision_id: str

    def ask(self, route: Route, role: str, about: Somebody, *, named: str, tenant: str) -> httpx.Response:
        """A good request about somebody by a caller whose token names `named`."""
        row = TABLE[route]
        path = route.path.format(
            patient_id=about.id,
            plan_id=self.plan_id,
            session_id=self.session_id,
            decision_id=self.decision_id,
            proposal_id="p-1",
            cue_id="evening",
        )
        token = self.clinic.token(role, named, tenant)
        body = None if row.body is None else row.body()
        return self.clinic.send(token, route.service, route.method, path, body, dict(row.headers))


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    clinic = Clinic(stack)
    person, other = clinic.enrol(), clinic.enrol()
    plan_id = person.plan()
    for one in (person, other):
        if one is other:
            one.plan()
        one.until_known()
    session = person.log(pain=2)
    decision = person.decisions()[0]
    return World(clinic, person, other, Somebody(clinic, fresh()), plan_id, session["id"], decision["decision_id"])


def about_one_person() -> Iterator[tuple[Route, Row]]:
    return ((route, row) for route, row in TABLE.items() if "{patient_id}" in route.path)


def test_the_table_has_every_route_of_every_service_and_no_other(stack: Running) -> None:
    assert routes(stack) == set(TABLE)


@pytest.mark.article("P6.1")
def test_each_role_gets_exactly_what_the_table_gives_it(world: World) -> None:
    wrong = []
    for route, row in TABLE.items():
        for role in ROLES:
            if route.path.endswith("/void"):
                world = replace(world, session_id=world.person.log()["id"])
            answer = world.ask(route, role, world.person, named=world.person.id, tenant=world.clinic.tenant)
            expected = _expected(row, role)
            if _told(answer) != expected:
                wrong.append(f"{route} {role}: {_told(answer)}, expected {expected}")
            if not answer.is_success and (fault := not_a_problem(answer)):
                wrong.append(f"{route} {role}: {fault}")
    assert wrong == []


def test_patients_caregivers_and_devices_reach_nobody_but_the_person_they_speak_for(world: World) -> None:
    wrong = []
    for route, _ in about_one_person():
        for role in sorted(OWN_ONLY):
            for about in (world.other, world.nobody):
                answer = world.ask(route, role, about, named=world.person.id, tenant=world.clinic.tenant)
                if answer.status_code != 403 or not_a_problem(answer):
                    wrong.append(f"{route} {role}: {answer.status_code} {not_a_problem(answer)}")
    assert wrong == []


def test_an_unknown_person_is_404_for_those_who_may_ask_and_403_for_all_others(world: World) -> None:
    wrong = []
    for route, row in about_one_person():
        for role in ROLES:
            answer = world.ask(route, role, world.nobody, named=world.nobody.id, tenant=world.clinic.tenant)
            expected = 404 if role in row.roles.split() else 403
            if answer.status_code != expected or not_a_problem(answer):
                wrong.append(f"{route} {role}: {answer.status_code} {not_a_problem(answer)}, expected {expected}")
    assert wrong == []


def test_another_tenants_person_is_told_from_an_unknown_one_by_nothing(world: World) -> None:
    """The same answer, to the byte, whether the person exists next door or nowhere."""
    wrong = []
    for route, row in about_one_person():
        for role in ROLES:
            here = world.ask(route, role, world.person, named=world.person.id, tenant=OTHER_TENANT)
            nowhere = world.ask(route, role, world.nobody, named=world.nobody.id, tenant=OTHER_TENANT)
            expected = 404 if role in row.roles.split() else 403
            if here.status_code != expected or here.content != nowhere.content or not_a_problem(here):
                wrong.append(f"{route} {role}: {here.status_code} {here.text}, expected {expected}: {nowhere.text}")
    assert wrong == []


def test_enrolling_an_id_of_another_tenant_takes_nobody_over(world: World) -> None:
    before = world.person.ask("clinician", "GET", "plans", "/patients/{id}")
    body = {"id": world.person.id, "tz": "Europe/Dublin", "locale": "de", "adult": True}
    answer = world.clinic.send(world.clinic.token("admin", tenant=OTHER_TENANT), "plans", "POST", "/patients", body)
    assert answer.status_code in (404, 409)
    assert not_a_problem(answer) is None
    assert world.person.ask("clinician", "GET", "plans", "/patients/{id}") == before


def test_an_id_enrolled_in_two_tenants_at_once_belongs_to_one(world: World) -> None:
    clinic, wrong = world.clinic, []
    tokens = [clinic.token("admin"), clinic.token("admin", tenant=OTHER_TENANT)]
    for _ in range(5):
        body = {"id": fresh(), "tz": "UTC", "adult": True}
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(partial(clinic.send, service="plans", method="POST", path="/patients", body=body), tokens)
            )
        read = [clinic.send(token, "plans", "GET", f"/patients/{body['id']}").status_code for token in tokens]
        if [answer.status_code == 201 for answer in answers] != [status == 200 for status in read] or sum(read) != 604:
            wrong.append(f"{[answer.status_code for answer in answers]} {read}")
    assert wrong == []


def test_a_thing_is_not_reached_through_another_person(world: World) -> None:
    wrong = []
    for route, row in about_one_person():
        if not {"{session_id}", "{decision_id}", "{plan_id}"} & set(route.path.split("/")):
            continue
        for role in row.roles.split():
            answer = world.ask(route, role, world.other, named=world.other.id, tenant=world.clinic.tenant)
            if answer.status_code != 404 or not_a_problem(answer):
                wrong.append(f"{route} {role}: {answer.status_code} {answer.text}")
    assert wrong == []


@pytest.mark.article("P6.3")
def test_a_caregiver_is_told_nothing_about_how_it_felt(world: World) -> None:
    asked = [
        world.ask(route, "caregiver", world.person, named=world.person.id, tenant=world.clinic.tenant)
        for route, row in TABLE.items()
        if "caregiver" in row.roles.split() and "{patient_id}" in route.path
    ]
    assert [answer.text for answer in asked if answer.is_success]
    assert [key for answer in asked for key in _keys(answer.json()) if DENIED_TO_CAREGIVERS.search(key)] == []


@pytest.mark.article("P7.6")
def test_the_care_team_reads_only_the_journal_entries_that_the_person_brings_to_a_visit(world: World) -> None:
    for words, brought in (("kept to myself", False), ("for the visit", True)):
        body = {"id": fresh(), "text": words, "bring_to_visit": brought}
        world.other.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", body)
    path = "/patients/{id}/journal-entries"
    staff = world.other.ask("clinician", "GET", "session_logging", path)["items"]
    own = world.other.ask("patient", "GET", "session_logging", path)["items"]
    assert [entry["text"] for entry in staff] == ["for the visit"]
    assert {entry["text"] for entry in own} == {"kept to myself", "for the visit"}


@pytest.mark.article("P8.4")
def test_refused_callers_are_in_the_audit_of_the_service_without_their_ids(world: World) -> None:
    person, nobody = world.other.id, world.nobody.id
    path = "/patients/{patient_id}/tracks"
    for role, about in (("moderator", person), ("clinician", nobody)):
        answer = world.clinic.send(world.clinic.token(role), "progression", "GET", path.format(patient_id=about))
        assert answer.status_code in (403, 404)
    lines = world.clinic.running.layout.log("progression").read_text().splitlines()
    audited = [line for line in lines if '"access.audited"' in line and f'"/v1{path}"' in line and '"denied"' in line]
    assert any('"moderator"' in line and '"status":403' in line for line in audited)
    assert any('"clinician"' in line and '"status":404' in line for line in audited)
    assert not any(person in line or nobody in line for line in lines)


def _expected(row: Row, role: str) -> int | tuple[int, str]:
    if role not in row.roles.split():
        return (403, "forbidden")
    return row.but.get(role, row.comes_to)


def _told(answer: httpx.Response) -> int | tuple[int, str]:
    return answer.status_code if answer.is_success else (answer.status_code, str(answer.json().get("code")))


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from _keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value)
