"""What the services really store is what the data map says: no field lies in a database that the map does not name."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from pymongo import MongoClient

from deploy.docgen import stored
from deploy.local.ports import LOOPBACK
from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh

MANY: Final = 2000
RUNTIME: Final = frozenset({"aggregates", "commands", "dead_letters"})


@pytest.fixture(scope="module")
def person(stack: Running) -> Somebody:
    """Somebody of whom every service keeps something."""
    somebody = Clinic(stack).enrol_with_plan()
    somebody.log(pain=3)
    somebody.morning(2)
    entry = {"id": fresh(), "tags": ["easy"], "text": "by the river", "bring_to_visit": True}
    somebody.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", entry)
    cue = {"id": fresh(), "time": "18:00", "track_id": "walking"}
    somebody.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)
    group = {"id": fresh(), "name": "By the river", "language": "en", "run_by": "clinic"}
    somebody.ask("moderator", "POST", "community", "/groups", group)
    consent = {"id": fresh(), "consent": True}
    eventually(
        lambda: somebody.send("patient", "POST", "community", f"/groups/{group['id']}/members", consent).is_success,
        "community to know the person",
    )
    answer = {"id": fresh(), "context": "check_in", "yes": ["crash"]}
    somebody.ask("patient", "POST", "safety", "/patients/{id}/red-flags", answer)
    eventually(lambda: _work(somebody), "the work item")
    eventually(lambda: somebody.reminders()["items"], "the safety message")
    return somebody


def _work(somebody: Somebody) -> Any:
    return somebody.ask("clinician", "GET", "plans", "/patients/{id}/work-items")["waiting"]


def documents(stack: Running, service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that a service stored, with the collection it lies in."""
    client: MongoClient[dict[str, Any]] = MongoClient(f"mongodb://{LOOPBACK}:{stack.layout.ports.engines[service]}/")
    try:
        database = client[service]
        for collection in database.list_collection_names():
            for document in database[collection].find().limit(MANY):
                yield collection, document
    finally:
        client.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stores_nothing_that_the_data_map_does_not_name(
    service: str, stack: Running, person: Somebody
) -> None:
    heads = {name.partition(".")[0].removesuffix("[]") for name in stored.state_fields(service)}
    unnamed, states, records = set(), 0, 0
    for collection, document in documents(stack, service):
        if collection == "aggregates":
            states += 1
            unnamed |= {f"state: {name}" for name in json.loads(document["state"])["state"].keys() - heads}
        elif collection in stored.collections_of(service):
            records += 1
            named = {*stored.record_fields(service, collection), *stored.NAMES}
            unnamed |= {f"{collection}: {name}" for name in document.keys() - named}
        elif collection not in RUNTIME:
            unnamed.add(collection)

    assert unnamed == set()
    assert states
    assert records
