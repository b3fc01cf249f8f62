"""Where access has an edge: two tenants and one id, what the person keeps, and the audit of all of it."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from shared.web.audit import INTACT, main
from tests.support.e2e_clinic import OTHER_TENANT, Clinic, Somebody, eventually, fresh
from tests.support.e2e_problems import not_a_problem
from tests.support.e2e_routes import Route, openapi, routes
from tests.support.e2e_wire import exchange

NOT_PERSONAL: Final = {
    "event", "level", "chain", "seq", "previous", "at", "tenant", "actor_hash", "roles", "person_hash", "group_hash",
    "method", "route", "status", "outcome", "timestamp", "service", "instance", "hash", "after", "key",
}  # fmt: skip
"""Every field that a line of an audit chain may have."""


@pytest.fixture(scope="module")
def person(stack: Running) -> Somebody:
    return Clinic(stack).enrol_with_plan()


def test_enrolling_an_id_of_another_tenant_takes_nobody_over(person: Somebody) -> None:
    before = person.ask("clinician", "GET", "plans", "/patients/{id}")
    body = {"id": person.id, "tz": "Europe/Dublin", "locale": "de", "adult": True}
    answer = person.clinic.send(person.clinic.token("admin", tenant=OTHER_TENANT), "plans", "POST", "/patients", body)
    assert answer.status_code in (404, 409)
    assert not_a_problem(answer) is None
    assert person.ask("clinician", "GET", "plans", "/patients/{id}") == before


def test_an_id_enrolled_in_two_tenants_at_once_belongs_to_one(stack: Running) -> None:
    clinic, wrong = Clinic(stack), []
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


@pytest.mark.article("P7.6")
def test_the_care_team_reads_only_the_journal_entries_that_the_person_brings_to_a_visit(person: Somebody) -> None:
    for words, brought in (("kept to myself", False), ("for the visit", True)):
        body = {"id": fresh(), "text": words, "bring_to_visit": brought}
        person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", body)
    path = "/patients/{id}/journal-entries"
    staff = person.ask("clinician", "GET", "session_logging", path)["items"]
    own = person.ask("patient", "GET", "session_logging", path)["items"]
    assert [entry["text"] for entry in staff] == ["for the visit"]
    assert {entry["text"] for entry in own} == {"kept to myself", "for the visit"}


@pytest.mark.article("P8.4")
def test_refused_callers_are_in_the_audit_of_the_service_without_their_ids(person: Somebody) -> None:
    nobody, path = fresh(), "/patients/{patient_id}/tracks"
    for role, about in (("moderator", person.id), ("clinician", nobody)):
        answer = person.clinic.send(person.clinic.token(role), "progression", "GET", path.format(patient_id=about))
        assert answer.status_code in (403, 404)
    log = person.clinic.running.layout.log("progression")
    refused = {("moderator", 403), ("clinician", 404)}

    def told() -> bool:
        return refused <= {(*line["roles"], line["status"]) for line in audited(person.clinic.running, "progression")}

    eventually(told, "both records")
    assert not any(id in log.read_text() for id in (person.id, nobody))


def test_every_route_leaves_exactly_one_record_of_every_request_also_of_refused_ones(person: Somebody) -> None:
    """No token, a wrong role, an unknown person or group, a body that is too large, an address that there is not."""
    running, clinic = person.clinic.running, person.clinic
    before = {service: len(audited(running, service)) for service in SERVICES}
    sent: Counter[tuple[str, ...]] = Counter()
    for route in [*routes(running), *(Route(service, "GET", "/nothing/here") for service in SERVICES)]:
        for status in ask_badly(clinic, route):
            named = "unmatched" if route.path == "/nothing/here" else f"/v1{route.path}"
            sent[route.service, route.method, named, str(status)] += 1
    assert {status for *_, status in sent} >= {"401", "403", "404", "413"}

    def lines() -> Counter[tuple[str, ...]]:
        return Counter(
            (service, line["method"], line["route"], str(line["status"]))
            for service in SERVICES
            for line in audited(running, service)[before[service] :]
        )

    eventually(lambda: lines().total() >= sent.total(), "the last records")
    assert lines() == sent


def test_audit_records_of_all_services_are_whole_and_tell_nothing_personal(
    stack: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    for service in SERVICES:
        code = main(["verify", str(stack.layout.log(service)), "--master-key-file", str(stack.layout.master_key_file)])
        said = capsys.readouterr().out.splitlines()
        assert (service, code, said[-1].split(":")[0]) == (service, INTACT, "Intact")
        assert {name for line in audited(stack, service) for name in line} <= NOT_PERSONAL


def test_the_red_flag_list_and_its_answer_alone_are_never_limited(stack: Running) -> None:
    free = {
        (service, method, path)
        for service in SERVICES
        for path, operations in openapi(stack, service)["paths"].items()
        for method, operation in operations.items()
        if operation.get("x-never-limited")
    }
    assert free == {("safety", method, "/v1/patients/{patient_id}/red-flags") for method in ("get", "post")}


def audited(running: Running, service: str) -> list[dict[str, Any]]:
    """The records of a service so far."""
    lines = running.layout.log(service).read_text().splitlines()
    return [json.loads(line) for line in lines if '"event":"access.audited"' in line]


def ask_badly(clinic: Clinic, route: Route) -> list[int]:
    """The statuses of a request without a token, by a stranger, about nobody, and with too large a body."""
    ids = {name: fresh() for name in ("patient_id", "group_id")}
    ids |= {name: "x-1" for name in re.findall(r"{(\w+)}", route.path) if name not in ids}
    path = route.path.format(**ids)
    statuses = [
        clinic.send(token, route.service, route.method, path).status_code
        for token in (None, clinic.token("visitor"), clinic.token("clinician"))
    ]
    head = (
        f"{route.method} /v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {clinic.token('clinician')}\r\n\r\n"
    )
    said = exchange(clinic.running.layout.ports.http[route.service], head.encode())
    return [*statuses, int(said.split()[1])]
