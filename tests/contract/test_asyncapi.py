"""The AsyncAPI document says what the catalog says, and its headers are those that the runtime writes."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.asyncapi import FILE, asyncapi_document
from shared.contracts.catalog import BY_MODEL, CATALOG, Row
from shared.contracts.plans import PlanEndedV1
from shared.contracts.schemas import version_name, wire_schema, written
from shared.runtime.aggregate import Line
from shared.runtime.wire import outgoing_event


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of all services."""
    return asyncapi_document()


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [node["$ref"], *references(list(node.values()))] if "$ref" in node else references(list(node.values()))
    return [found for one in node for found in references(one)] if isinstance(node, list) else []


def followed(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_the_committed_document_is_the_one_of_the_catalog() -> None:
    assert FILE.read_text(encoding="utf-8") == written(asyncapi_document())


def test_every_topic_is_one_channel_with_all_its_events() -> None:
    channels = asyncapi_document()["channels"]

    assert {name: set(channel["messages"]) for name, channel in channels.items()} == {
        topic: {version_name(row) for row in CATALOG if row.topic == topic} for topic in {row.topic for row in CATALOG}
    }


def test_a_service_is_told_what_it_sends_and_what_it_receives() -> None:
    for service in {row.producer for row in CATALOG}:
        operations = asyncapi_document(service)["operations"]
        assert {name for name, one in operations.items() if one["action"] == "send"} == {
            f"{service}.send.{version_name(row)}" for row in CATALOG if row.producer == service
        }
        assert {name for name, one in operations.items() if one["action"] == "receive"} == {
            f"{service}.receive.{version_name(row)}" for row in CATALOG if service in row.consumers
        }


def test_a_service_that_nobody_knows_has_no_channels() -> None:
    document = asyncapi_document("nobody")

    assert (document["channels"], document["operations"], document["components"]["messages"]) == ({}, {}, {})


@pytest.mark.parametrize("service", [None, *sorted({row.producer for row in CATALOG})])
def test_every_reference_leads_somewhere(service: str | None) -> None:
    document = asyncapi_document(service)

    for reference in references(document):
        assert followed(document, reference) is not None


def test_names_of_components_are_those_that_asyncapi_allows() -> None:
    components = asyncapi_document()["components"]

    for name in (*components["messages"], *components["schemas"]):
        assert re.fullmatch(r"[a-zA-Z0-9.\-_]+", name)


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_a_payload_is_the_committed_schema_of_its_version(row: Row, document: dict[str, Any]) -> None:
    def names(schema: Any) -> Any:
        return json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))

    expected = wire_schema(row)

    payload = names(followed(document, document["components"]["messages"][version_name(row)]["payload"]["$ref"]))

    assert payload == {keyword: value for keyword, value in expected.items() if keyword not in ("$schema", "$defs")}
    for name, definition in expected["$defs"].items():
        assert names(document["components"]["schemas"][name]) == definition


def test_the_headers_are_those_that_the_runtime_writes() -> None:
    row = BY_MODEL[PlanEndedV1]
    now = datetime(2026, 3, 2, tzinfo=UTC)
    body = {
        "event_id": "event-1",
        "type": row.type,
        "version": row.version,
        "service": row.producer,
        "seq": 1,
        "recorded_at": now,
    }

    headers = outgoing_event("patient-1", Line.of(1, "e", {"b": body, "at": 0})).headers

    described = asyncapi_document()["components"]["schemas"]["headers"]
    assert [name for name, _ in headers] == list(described["properties"]) == described["required"]
