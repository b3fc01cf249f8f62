"""Keeps what is committed true: schemas, examples and AsyncAPI are those of the catalog, and versions only grow."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from shared.contracts.asyncapi import FILE as ASYNCAPI
from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.catalog import CATALOG, Row
from shared.contracts.compatibility import breaking_changes
from shared.contracts.schemas import (
    FOLDER,
    Json,
    examples_of,
    schema_file,
    version_name,
    wire_model,
    wire_schema,
    written,
)
from shared.ids import event_id

EXPORT = "python -m shared.contracts export"


class VersionsOnlyGrow(Exception):
    """A released event version may not change in this way; `changes` names every offending path."""

    def __init__(self, changes: Iterable[str]) -> None:
        self.changes = tuple(changes)
        super().__init__("\n".join(self.changes))


def export(catalog: Iterable[Row] = CATALOG, folder: Path = FOLDER, asyncapi: Path = ASYNCAPI) -> list[Path]:
    """Write every schema and the AsyncAPI document; returns the files that changed.

    The file that is there is the released truth: if one version changed in another way than by optional fields,
    `VersionsOnlyGrow` is raised and nothing at all is written. A version without a file is new.
    """
    catalog = tuple(catalog)
    if changes := [change for row in catalog for change in _breaking(row, folder)]:
        raise VersionsOnlyGrow(changes)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {schema_file(row, folder): wire_schema(row) for row in catalog}
    wanted[asyncapi] = asyncapi_document(None, catalog, folder)
    changed = [file for file, document in wanted.items() if _read(file) != written(document)]
    for file in changed:
        file.write_text(written(wanted[file]), encoding="utf-8")
    return changed


def problems(catalog: Iterable[Row] = CATALOG, folder: Path = FOLDER, asyncapi: Path = ASYNCAPI) -> list[str]:
    """What is wrong with the committed contracts, one line each; empty when all is well. Values are never repeated."""
    catalog = tuple(catalog)
    found = [
        problem for row in catalog for problem in (*_schema_problems(row, folder), *_example_problems(row, folder))
    ]
    known = {version_name(row) for row in catalog}
    for file in sorted((*folder.glob("*.json"), *folder.glob("examples/*.json"))):
        if file.stem not in known:
            found.append(f"{file.stem}: {file.name} has no row in the catalog; a released version stays readable")
    if not found and _read(asyncapi) != written(asyncapi_document(None, catalog, folder)):
        found.append(f"{asyncapi.name} is not what the catalog says; run `{EXPORT}`")
    return found


def _breaking(row: Row, folder: Path) -> Iterator[str]:
    if (text := _read(schema_file(row, folder))) is not None:
        for change in breaking_changes(json.loads(text), wire_schema(row)):
            yield f"{version_name(row)} {change}"


def _schema_problems(row: Row, folder: Path) -> Iterator[str]:
    text = _read(schema_file(row, folder))
    if text is None:
        yield f"{version_name(row)}: no committed schema; run `{EXPORT}`"
    elif breaking := list(_breaking(row, folder)):
        yield from (f"{change}; make it version {row.version + 1}" for change in breaking)
    elif text != written(wire_schema(row)):
        yield f"{version_name(row)}: the committed schema is out of date; run `{EXPORT}`"


def _example_problems(row: Row, folder: Path) -> Iterator[str]:
    examples = examples_of(row, folder)
    if not examples:
        yield f"{version_name(row)}: no example; add examples/{version_name(row)}.json"
    for name, example in examples.items():
        yield from (f"{version_name(row)} example {name!r} {what}" for what in _wrong_with(example, row))


def _wrong_with(example: Json, row: Row) -> Iterator[str]:
    model = wire_model(row)
    try:
        event = model.model_validate_json(json.dumps(example))
    except ValidationError as error:
        for line in error.errors(include_url=False, include_input=False):
            yield f"/{'/'.join(map(str, line['loc']))}: {line['msg']}"
        return
    if (event.type, event.version, event.service) != (row.type, row.version, row.producer):
        yield "/type: type, version and service are those of the catalog"
    if getattr(event, row.key) is None:
        yield f"/{row.key}: the key is there"
    elif event.event_id != event_id(event.service, event.key, event.seq):
        yield "/event_id: the id follows from service, key and seq"
    for path in _differences(example, event.model_dump(mode="json", exclude_unset=True)):
        yield f"{path}: does not come back as it went in"
    if model.model_validate_json(event.model_dump_json()) != event:
        yield "/: written out and read again it is another event"


def _differences(sent: object, back: object, path: str = "") -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(back, dict):
        for name in sorted(sent.keys() | back.keys()):
            if name in sent and name in back:
                yield from _differences(sent[name], back[name], f"{path}/{name}")
            else:
                yield f"{path}/{name}"
    elif sent != back:
        yield path or "/"


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
