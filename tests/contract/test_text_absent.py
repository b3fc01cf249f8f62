"""No contract has room for what a person wrote: every text in it is an id, a code, a moment or of a closed list."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from pydantic import BaseModel, create_model

from shared.contracts.catalog import CATALOG, Row
from shared.contracts.schemas import version_name, wire_schema

PERSONAL: Final = frozenset(
    {"name", "first_name", "last_name", "email", "phone", "address", "birth_date", "text", "note", "comment", "message"}
)

OPEN: Final = {
    "/causation_id": "the id of any message, also of a tick; the producing runtime writes it",
    "/correlation_id": "the id of the command that began it; the runtime checks it on the way in",
}
"""Texts without a pattern, each with the reason why it is safe."""


def open_texts(schema: dict[str, Any]) -> Iterator[str]:
    """Paths of strings that nothing limits to an id, a code, a format or a list."""

    def walk(node: Any, path: str) -> Iterator[str]:
        if isinstance(node, list):
            for one in node:
                yield from walk(one, path)
        elif isinstance(node, dict):
            if "$ref" in node:
                yield from walk(schema["$defs"][node["$ref"].rpartition("/")[2]], path)
            if node.get("type") == "string" and not node.keys() & {"pattern", "enum", "const", "format"}:
                yield path
            for keyword in ("anyOf", "items"):
                yield from walk(node.get(keyword, []), path)
            for name, field in node.get("properties", {}).items():
                yield from walk(field, f"{path}/{name}")
            for field in node.get("patternProperties", {}).values():
                yield from walk(field, f"{path}/*")
            if isinstance(node.get("additionalProperties"), dict):
                yield f"{path}/(any name)"

    yield from walk(schema, "")


def personal_fields(schema: dict[str, Any]) -> set[str]:
    """Names of fields that would hold a personal datum."""
    nodes = [schema, *schema.get("$defs", {}).values()]
    return {name for node in nodes for name in node.get("properties", {})} & PERSONAL


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_no_contract_has_room_for_free_text(row: Row) -> None:
    assert set(open_texts(wire_schema(row))) - OPEN.keys() == set()


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_no_contract_has_a_field_for_a_name_or_a_contact(row: Row) -> None:
    assert personal_fields(wire_schema(row)) == set()


def test_a_free_text_and_a_name_are_found_wherever_they_hide() -> None:
    inner: type[BaseModel] = create_model("InnerV1", words=(str | None, None))
    hiding = create_model("HidingV1", inner=(inner, ...), texts=(tuple[str, ...], ()), email=(dict[str, int], {}))
    schema = wire_schema(Row("thing.hidden", 1, hiding, "plans", ()))

    assert set(open_texts(schema)) - OPEN.keys() == {
        "/data/inner/words",
        "/data/texts",
        "/data/email/(any name)",
    }
    assert personal_fields(schema) == {"email"}
