"""The AsyncAPI 3.0 document: which topics there are, what lies in them, who sends it and who receives it."""

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, cast

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from shared.contracts.catalog import CATALOG, Row
from shared.contracts.schemas import FOLDER, Json, examples_of, pinned, version_name, wire_model

FILE: Final = Path(__file__).parent / "asyncapi.json"
"""The committed document of all services together."""

VERSION: Final = "1.0.0"
"""The version of the document's own layout; event versions are in the names of the messages."""

_HEADERS: Final = {
    "ce_specversion": "CloudEvents version, always 1.0",
    "ce_id": "`event_id`: the same event has the same id, however often it is sent",
    "ce_type": "`type`, without its version",
    "ce_version": "`version`, in digits",
    "ce_source": "`/pacewell/<producing service>`",
    "ce_time": "`recorded_at`",
    "ce_subject": "the Kafka key: the person's or the group's random id",
    "ce_seq": "`seq`, in digits: 1, 2, 3 ... per producing service and key",
    "content-type": "application/json",
}


def asyncapi_document(service: str | None = None, catalog: Iterable[Row] = CATALOG, folder: Path = FOLDER) -> Json:
    """The document of one service, or of all; no broker is started, and nothing is asked of one.

    FastStream describes each row on a broker of its own, which gives the payloads and the Kafka bindings. Its layout of
    one channel per publisher becomes one channel per topic, because the events of a topic share its order; its names
    with colons and brackets, which AsyncAPI does not allow, become `session.logged.v1`; headers, receivers and the
    committed examples, which it cannot know, are added. `service` that is in no row gives a document without channels.
    """
    rows = [row for row in catalog if service in (None, row.producer, *row.consumers)]
    drawn = _drawn_by_faststream(rows, service)
    schemas: Json = drawn["components"].get("schemas", {})
    for row in rows:
        schemas[version_name(row)] = pinned(schemas.pop(wire_model(row).__name__), row)
    return {
        "asyncapi": drawn["asyncapi"],
        "info": drawn["info"],
        "defaultContentType": drawn["defaultContentType"],
        "channels": dict(_channels(rows, drawn["channels"])),
        "operations": {name: operation for row in rows for name, operation in _operations(row, service)},
        "components": {
            "messages": {version_name(row): _message(row, folder) for row in rows},
            "schemas": {"headers": _headers(), **dict(sorted(schemas.items()))},
        },
    }


def _drawn_by_faststream(rows: Iterable[Row], service: str | None) -> Json:
    broker = KafkaBroker()
    for row in rows:
        broker.publisher(row.topic, schema=wire_model(row), title=version_name(row))
    specification = AsyncAPI(
        broker,
        title="Pacewell" if service is None else f"Pacewell: {service}",
        version=VERSION,
        description="Events between the Pacewell services. Topics are keyed by person; order holds per key and topic.",
        schema_version="3.0.0",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # two rows of one name would silently replace each other
        return cast(Json, specification.to_specification().to_jsonable())


def _channels(rows: Iterable[Row], drawn: Json) -> Iterator[tuple[str, Json]]:
    for topic in dict.fromkeys(row.topic for row in rows):
        names = [version_name(row) for row in rows if row.topic == topic]
        producer = next(row.producer for row in rows if row.topic == topic)
        yield (
            topic,
            {
                "address": topic,
                "description": f"Events of {producer}; an installation may prefix the address with its namespace.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": drawn[names[0]]["bindings"],
            },
        )


def _operations(row: Row, service: str | None) -> Iterator[tuple[str, Json]]:
    name = version_name(row)
    for who, action in ((row.producer, "send"), *((consumer, "receive") for consumer in row.consumers)):
        if service in (None, who):
            yield (
                f"{who}.{action}.{name}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{row.topic}"},
                    "messages": [{"$ref": f"#/channels/{row.topic}/messages/{name}"}],
                },
            )


def _message(row: Row, folder: Path) -> Json:
    name = version_name(row)
    return {
        "name": row.type,
        "title": name,
        "summary": (row.model.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/headers"},
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": f"`{row.key}`, UTF-8; murmur2 partitions"}}},
        "examples": [{"summary": shows, "payload": event} for shows, event in examples_of(row, folder).items()],
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "CloudEvents attributes, so that other tools can route without parsing; all are text.",
        "properties": {name: {"type": "string", "description": meaning} for name, meaning in _HEADERS.items()},
        "required": list(_HEADERS),
    }
