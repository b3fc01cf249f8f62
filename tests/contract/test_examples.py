"""The committed examples: each is valid, means the same to other JSON Schema readers, and comes back as it went in."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.catalog import CATALOG, Row
from shared.contracts.schemas import examples_of, schema_file, wire_model
from shared.runtime.wire import Raw, decode

EXAMPLES = [
    pytest.param(row, event, id=f"{row.type}.v{row.version}: {name}")
    for row in CATALOG
    for name, event in examples_of(row).items()
]


@pytest.mark.parametrize("row", CATALOG, ids=lambda row: f"{row.type}.v{row.version}")
def test_every_version_has_an_example(row: Row) -> None:
    assert examples_of(row)


@pytest.mark.parametrize(("row", "event"), EXAMPLES)
def test_an_example_fits_the_committed_json_schema(row: Row, event: dict[str, Any]) -> None:
    schema = json.loads(schema_file(row).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)

    errors = list(Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(event))

    assert errors == []


@pytest.mark.parametrize(("row", "event"), EXAMPLES)
def test_an_example_comes_back_as_it_went_in(row: Row, event: dict[str, Any]) -> None:
    read = wire_model(row).model_validate(event)

    assert read.model_dump(mode="json", exclude_unset=True) == event
    assert wire_model(row).model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize(("row", "event"), EXAMPLES)
def test_the_runtime_reads_an_example(row: Row, event: dict[str, Any]) -> None:
    raw = Raw(row.topic, 0, 0, event[row.key].encode(), json.dumps(event).encode())

    message = decode(raw, {row.model})

    assert type(message.data) is row.model
    assert (message.id, message.key, message.seq) == (event["event_id"], event[row.key], event["seq"])


@pytest.mark.parametrize(("row", "event"), EXAMPLES)
def test_a_reader_ignores_what_it_does_not_know(row: Row, event: dict[str, Any]) -> None:
    """A later producer may have grown the version by an optional field."""
    grown = {**event, "added_later": 1, "data": {**event["data"], "added_later": {"a": [1]}}}

    assert wire_model(row).model_validate(grown) == wire_model(row).model_validate(event)


@pytest.mark.parametrize(("row", "event"), EXAMPLES)
def test_the_schema_turns_away_the_event_of_another_row(row: Row, event: dict[str, Any]) -> None:
    schema = json.loads(schema_file(row).read_text(encoding="utf-8"))

    assert not Draft202012Validator(schema).is_valid({**event, "version": row.version + 1})
    assert not Draft202012Validator(schema).is_valid({**event, "type": "other.happened"})
    assert not Draft202012Validator(schema).is_valid({k: v for k, v in event.items() if k != row.key})
