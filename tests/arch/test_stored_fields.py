"""Whatever plans stores of a person is read by a rule, a message or a view; what nobody reads is not kept."""

import ast
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from pydantic import BaseModel

from deploy.docgen import stored
from shared.contracts.catalog import CATALOG

ROOT: Final = Path(__file__).parents[2]
SERVICE: Final = "plans"


def read_in(source: str, *, as_record: bool = True) -> Iterator[str]:
    """Names that a module reads: attributes, the text in `x["name"]` and `x.get("name")`, fields that are sorted by or
    asked for in an index, and the fields of what it shows to callers (bodies of requests aside)."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                yield name
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Tuple(elts=[ast.Constant(value=str(name)), (ast.Constant() | ast.UnaryOp())]):
                yield name
            case ast.ClassDef(name=shown, body=body) if as_record and not shown.endswith("Body"):
                yield from (
                    part.target.id
                    for part in body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
                )
            case _:
                pass


def told(service: str) -> set[str]:
    """The fields of every event that a service publishes, nested ones too."""
    names: set[str] = set()
    for row in CATALOG:
        if row.producer == service:
            names |= {str(name) for name in row.model.model_fields}
            names |= set(_parts(inspect.getmodule(row.model)))
    return names


def _parts(module: ModuleType | None) -> Iterator[str]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, BaseModel):
            yield from value.model_fields


def unread(fields: Iterable[str], sources: Iterable[tuple[str, str]], events: Iterable[str] = ()) -> list[str]:
    """The stored fields that none of the sources (path, text) reads and no event tells."""
    known = set(events)
    for path, text in sources:
        known |= set(read_in(text, as_record="/api/" in path))
    return [field for field in fields if field.rpartition(".")[2].removesuffix("[]") not in known]


def test_every_field_that_plans_stores_is_read_by_a_rule_a_message_or_a_view() -> None:
    files = sorted((ROOT / "services" / SERVICE).rglob("*.py"))
    sources = [(str(file), file.read_text(encoding="utf-8")) for file in files]
    fields = stored.every_field(SERVICE)
    assert len(fields) > 100
    assert unread(fields, sources, told(SERVICE)) == []


@pytest.mark.parametrize(
    ("source", "path", "found"),
    [
        ("weight = 3", "services/x/domain/a.py", ["goal.weight"]),
        ("Goal(weight=3)", "services/x/folding/a.py", ["goal.weight"]),
        ('record = {"weight": goal}', "services/x/store.py", ["goal.weight"]),
        ("class GoalBody(BaseModel):\n    weight: int", "services/x/api/a.py", ["goal.weight"]),
        ("class Goal:\n    weight: int", "services/x/domain/a.py", ["goal.weight"]),
        ("class GoalView(BaseModel):\n    weight: int", "services/x/api/a.py", []),
        ("print(goal.weight)", "services/x/domain/a.py", []),
        ('print(document["weight"])', "services/x/api/a.py", []),
        ('INDEX = (("key", 1), ("weight", -1))', "services/x/store.py", []),
    ],
)
def test_a_field_that_is_only_written_is_found(source: str, path: str, found: list[str]) -> None:
    assert unread(["goal.weight"], [(path, source)]) == found
