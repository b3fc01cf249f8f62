"""JSON Schema of every event version as it travels, envelope and all, and the committed examples of it."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from shared.contracts.catalog import Row
from shared.contracts.envelope import Event

FOLDER: Final = Path(__file__).parent / "schemas"
"""The committed schemas, `<type>.v<version>.json`; beside them `examples/` under the same names."""

Json = dict[str, Any]


def version_name(row: Row) -> str:
    """The name of one event version in files and documents: `session.logged.v1`."""
    return f"{row.type}.v{row.version}"


@lru_cache(maxsize=256)
def wire_model(row: Row) -> type[Event[Any]]:
    """The envelope around this row's payload, as the model that reads and writes the whole event."""
    return cast(type[Event[Any]], Event.__class_getitem__(row.model))


def wire_schema(row: Row) -> Json:
    """JSON Schema 2020-12 of what a consumer accepts, envelope and payload."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **pinned(wire_model(row).model_json_schema(), row),
    }


def pinned(schema: Json, row: Row) -> Json:
    """The envelope's schema as it is for one row: type, version and producer are fixed, the key is there."""
    fields: Json = dict(schema["properties"])
    fields["type"] = {"const": row.type}
    fields["version"] = {"const": row.version}
    fields["service"] = {"const": row.producer}
    fields[row.key] = next(way for way in fields[row.key]["anyOf"] if way != {"type": "null"})
    required = [*schema["required"], row.key]
    return {**schema, "title": version_name(row), "properties": fields, "required": required}


def written(document: Json) -> str:
    """A document as it stands in its file, so that equal documents are equal bytes."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def schema_file(row: Row, folder: Path = FOLDER) -> Path:
    """Where the committed schema of an event version lies."""
    return folder / f"{version_name(row)}.json"


def examples_of(row: Row, folder: Path = FOLDER) -> dict[str, Json]:
    """The committed examples of an event version, by what each one shows; none when there is no such file."""
    file = folder / "examples" / f"{version_name(row)}.json"
    if not file.exists():
        return {}
    return cast(dict[str, Json], json.loads(file.read_text(encoding="utf-8")))
