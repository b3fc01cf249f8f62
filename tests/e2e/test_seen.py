"""What machines and operators see: probes, metrics, descriptions and logs, and no person in any of them."""

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pymongo import MongoClient

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from shared.contracts.catalog import CATALOG
from shared.observability.logs import ALLOWED_KEYS
from shared.web.chain import ENDED, STARTED
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh
from tests.support.e2e_problems import not_a_problem
from tests.support.e2e_traces import files_with

NAMED: Final = {
    "pacewell_http_requests": "counter",
    "pacewell_http_request_duration_seconds": "histogram",
    "pacewell_consumer_records": "counter",
    "pacewell_consumer_batch_records": "histogram",
    "pacewell_consumer_lag_records": "gauge",
    "pacewell_runtime_outbox_oldest_seconds": "gauge",
    "pacewell_dead_letters": "counter",
    "pacewell_dead_letters_open": "gauge",
    "pacewell_runtime_log_to_decision_seconds": "histogram",
}
LABELS: Final = {"service", "route", "method", "status", "le", "topic", "event_type", "outcome", "command"}
LABELS_TOO: Final = LABELS | {"collection", "channel", "dependency", "kind", "on_time", "reason", "urgency"}
AUDITED: Final = {"access.audited", STARTED, ENDED}
CHAINED: Final = {"chain", "seq", "previous", "after", "key", "hash", "at", "group_hash"}
TELLING: Final = re.compile(
    r"eyJ[\w-]{8}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|Bearer|kestrel|heron|otter",
    re.IGNORECASE,
)
"""Tokens, ids of people and things, and the words that tests of this folder plant."""


@pytest.fixture(scope="module")
def person(stack: Running) -> Somebody:
    """Somebody who did a little of everything, after which everything was seen."""
    clinic = Clinic(stack)
    days, person = Days(clinic), clinic.enrol_with_plan()
    cue = {"id": fresh(), "time": "10:30", "track_id": "walking", "if_then": {"situation": "heron", "action": "otter"}}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/late", cue)
    person.log(pain=2, started_at=days.go(0, 10).isoformat())
    person.morning(2)
    entry = {"id": fresh(), "text": "a kestrel over the field", "tags": ["easy"]}
    person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", entry)
    days.go(0, 10, 31)
    eventually(lambda: [one for one in person.reminders()["items"] if one["kind"] == "cue"], "the cue")
    person.send("moderator", "GET", "progression", "/patients/{id}/tracks")
    return person


@pytest.mark.parametrize("service", SERVICES)
def test_every_probe_answers_without_a_token(service: str, stack: Running) -> None:
    def get(path: str) -> httpx.Response:
        return httpx.get(stack.url(service) + path, timeout=30.0)

    assert (get("/livez").status_code, get("/livez").json()) == (200, {"status": "ok"})
    ready = get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "checks": {"mongo": "ok", "kafka": "ok"}})
    assert get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")
    assert get("/openapi.json").json()["info"]["title"] == f"Pacewell {service}"
    published = {row.type for row in CATALOG if row.producer == service}
    document = get("/asyncapi.json")
    assert document.json()["asyncapi"].startswith("3.")
    assert {name for name in published if name not in document.text} == set()
    nowhere = get("/admin")
    assert (nowhere.status_code, not_a_problem(nowhere)) == (401, None)


@pytest.mark.parametrize("service", SERVICES)
def test_the_promised_metrics_are_there_with_bounded_labels(service: str, stack: Running, person: Somebody) -> None:
    text = httpx.get(f"{stack.url(service)}/metrics", timeout=30.0).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {name: families[name].type for name in NAMED if name in families} == NAMED
    assert all(name.startswith("pacewell_") for name in families)
    labels = {label for family in families.values() for sample in family.samples for label in sample.labels}
    assert labels <= LABELS_TOO
    values = {value for family in families.values() for sample in family.samples for value in sample.labels.values()}
    assert person.id not in text
    assert [value for value in values if TELLING.search(value)] == []


def test_a_log_is_counted_all_the_way(stack: Running, person: Somebody) -> None:
    logged = {"command": "LogSession", "outcome": "accepted"}
    route = {"route": "/v1/patients/{patient_id}/sessions", "method": "POST", "status": "201"}
    handled = {"event_type": "session.logged", "outcome": "handled"}
    assert value(stack, "session_logging", "pacewell_http_commands_total", **logged) >= 1
    assert value(stack, "session_logging", "pacewell_http_requests_total", **route) >= 1
    assert value(stack, "progression", "pacewell_consumer_records_total", **handled) >= 1
    assert value(stack, "progression", "pacewell_runtime_log_to_decision_seconds_count") >= 1
    assert value(stack, "reminders", "pacewell_consumer_records_total", **handled) >= 1
    assert value(stack, "reminders", "pacewell_consumer_partitions_owned") == 16


@pytest.mark.parametrize("service", SERVICES)
def test_dead_letters_that_are_open_are_counted_as_they_are(service: str, stack: Running) -> None:
    """Other tests of this stack may have left some."""
    with MongoClient[dict[str, Any]](stack.engines[service].url) as client:
        there = len(list(client[service]["dead_letters"].find({"status": "open"}).limit(200)))
    eventually(lambda: value(stack, service, "pacewell_dead_letters_open") == there, f"{there} dead letters")


@pytest.mark.parametrize("service", SERVICES)
def test_every_log_line_is_one_json_object_of_known_fields(service: str, stack: Running, person: Somebody) -> None:
    lines = stack.layout.log(service).read_text().splitlines()
    assert lines
    wrong = [line[:200] for line in lines if not _told(line) or not _told(line).keys() <= _known(_told(line))]
    assert wrong == []
    assert {_told(line)["service"] for line in lines} == {service}
    assert all(_told(line).keys() >= {"event", "level", "timestamp"} for line in lines)
    assert any(_told(line)["event"] == "access.audited" for line in lines)
    assert not [line for line in lines if _told(line).get("level") in ("error", "critical") and "exc" in _told(line)]


def test_no_log_holds_a_person_a_token_or_a_word_that_was_written(stack: Running, person: Somebody) -> None:
    wrong = []
    for service in SERVICES:
        lines = stack.layout.log(service).read_text().splitlines()
        wrong += [f"{service}: {line[:300]}" for line in lines if TELLING.search(line)]
    assert wrong == []
    logs = stack.layout.home / "logs"
    planted = (person.id, person.clinic.token("patient", person.id), "kestrel", "heron", "otter")
    assert [words for words in planted if files_with(logs, words.encode())] == []


def value(running: Running, service: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    text = httpx.get(f"{running.url(service)}/metrics", timeout=30.0).text
    found = [one for one in _samples(text) if one.name == name and labels.items() <= one.labels.items()]
    return sum(float(one.value) for one in found)


def _samples(text: str) -> Iterator[Any]:
    return (sample for family in text_string_to_metric_families(text) for sample in family.samples)


def _known(told: dict[str, Any]) -> set[str]:
    """The fields that a line may have; audit records stand among the log's lines and are links of a chain."""
    return {*ALLOWED_KEYS, "dropped"} | (CHAINED if str(told.get("event")) in AUDITED else set())


def _told(line: str) -> dict[str, Any]:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
