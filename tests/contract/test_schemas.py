"""The additive-only gate: every kind of breaking change is refused, and a new optional field is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from pydantic import create_model as create_typed_model

from shared.contracts.__main__ import main
from shared.contracts.catalog import CATALOG, Row
from shared.contracts.check import VersionsOnlyGrow, export, problems
from shared.contracts.compatibility import breaking_changes
from shared.contracts.fields import CONTRACT
from shared.contracts.schemas import schema_file, wire_schema, written
from shared.ids import event_id

Fields = dict[str, tuple[object, object]]
create_model: Callable[..., type[BaseModel]] = create_typed_model

RELEASED: Fields = {
    "amount": (Annotated[int, Field(ge=0, le=100)], ...),
    "marker": (Literal["duration_s", "reps"], ...),
    "code": (Annotated[str, Field(pattern="^[a-z]+$")], ...),
    "note": (int | None, None),
    "tags": (tuple[Literal["easy", "hard"], ...], ()),
    "counts": (dict[Annotated[str, Field(pattern="^[a-z]+$")], int], {}),
    "option": (create_model("OptionV1", kind=(Literal["stay", "less"], ...), dose=(int, ...)), ...),
}

BREAKING: dict[str, tuple[Fields, str]] = {
    "a removed field": ({"note": (None, None)}, "/data/note: the field was removed"),
    "a new required field": ({"effort": (int, ...)}, "/data/effort: a new field must be optional"),
    "an optional field made required": ({"note": (int | None, ...)}, "/data/note: the field became required"),
    "a required field made optional": (
        {"amount": (Annotated[int, Field(ge=0, le=100)], 0)},
        "/data/amount: the field became optional",
    ),
    "a changed type": ({"amount": (str, ...)}, "/data/amount: type changed from integer to string"),
    "a narrowed enum": ({"marker": (Literal["reps"], ...)}, "/data/marker: const reps was added"),
    "a widened enum": (
        {"marker": (Literal["duration_s", "reps", "distance_m"], ...)},
        "/data/marker: enum changed from ['duration_s', 'reps'] to ['duration_s', 'reps', 'distance_m']",
    ),
    "a narrowed range": (
        {"amount": (Annotated[int, Field(ge=0, le=50)], ...)},
        "/data/amount: maximum changed from 100 to 50",
    ),
    "a widened range": ({"amount": (Annotated[int, Field(le=100)], ...)}, "/data/amount: minimum 0 was removed"),
    "a new range": (
        {"note": (Annotated[int, Field(ge=0)] | None, None)},
        "/data/note/anyOf/0: minimum 0 was added",
    ),
    "another pattern": (
        {"code": (Annotated[str, Field(pattern="^[a-z]{3}$")], ...)},
        "/data/code: pattern changed from ^[a-z]+$ to ^[a-z]{3}$",
    ),
    "another default": ({"note": (int | None, 0)}, "/data/note: default changed from None to 0"),
    "no longer null": ({"note": (int, 0)}, "/data/note: anyOf"),
    "a changed item": (
        {"tags": (tuple[Literal["easy", "hard", "barrier"], ...], ())},
        "/data/tags/items: enum changed from ['easy', 'hard'] to ['easy', 'hard', 'barrier']",
    ),
    "a changed value of a table": (
        {"counts": (dict[Annotated[str, Field(pattern="^[a-z]+$")], str], {})},
        "/data/counts/{^[a-z]+$}: type changed from integer to string",
    ),
    "a change in a nested model": (
        {"option": (create_model("OptionV1", kind=(Literal["stay", "less"], ...)), ...)},
        "/data/option/dose: the field was removed",
    ),
}

ALLOWED: dict[str, Fields] = {
    "nothing": {},
    "a new optional field": {"effort": (int | None, None)},
    "a new optional field with a model of its own": {
        "extra": (create_model("ExtraV1", kind=(Literal["a"], ...)) | None, None)
    },
    "a new optional field in a nested model": {
        "option": (
            create_model("OptionV1", kind=(Literal["stay", "less"], ...), dose=(int, ...), shown=(int | None, None)),
            ...,
        )
    },
    "a nested model of another name": {
        "option": (create_model("ChoiceV1", kind=(Literal["stay", "less"], ...), dose=(int, ...)), ...)
    },
    "other words": {"amount": (Annotated[int, Field(ge=0, le=100, title="Dose", description="In seconds.")], ...)},
    "another order of an enum": {"marker": (Literal["reps", "duration_s"], ...)},
}


def row_of(changes: Fields, version: int = 1) -> Row:
    fields = {name: field for name, field in {**RELEASED, **changes}.items() if field != (None, None)}
    model = create_model(f"ThingDoneV{version}", __config__=CONTRACT, __doc__="A thing was done.", **fields)
    return Row("thing.done", version, model, "plans", ())


@pytest.fixture
def released(tmp_path: Path) -> Path:
    (tmp_path / "examples").mkdir()
    write_example(tmp_path, 1)
    export([row_of({})], tmp_path, tmp_path / "asyncapi")
    return tmp_path


def write_example(folder: Path, version: int, **changes: object) -> None:
    example = {
        "event_id": event_id("plans", "patient-1", 1),
        "type": "thing.done",
        "version": version,
        "service": "plans",
        "seq": 1,
        "occurred_at": "2026-03-02T09:00:00Z",
        "recorded_at": "2026-03-02T09:00:00Z",
        "tenant_id": "clinic-1",
        "patient_id": "patient-1",
        "actor": {"kind": "patient", "id": "patient-1"},
        "source": "app",
        "data": {"amount": 7, "marker": "reps", "code": "abc", "option": {"kind": "stay", "dose": 7}},
        **changes,
    }
    file = folder / "examples" / f"thing.done.v{version}.json"
    file.write_text(json.dumps({"a thing": {k: v for k, v in example.items() if v != "left out"}}), encoding="utf-8")


@pytest.mark.parametrize("kind", BREAKING)
def test_a_breaking_change_is_refused_with_its_path(kind: str, released: Path) -> None:
    changes, path = BREAKING[kind]
    before = schema_file(row_of({}), released).read_bytes()

    with pytest.raises(VersionsOnlyGrow) as refused:
        export([row_of(changes)], released, released / "asyncapi")

    assert [change for change in refused.value.changes if change.startswith(f"thing.done.v1 {path}")]
    assert schema_file(row_of({}), released).read_bytes() == before
    assert [line for line in problems([row_of(changes)], released, released / "asyncapi") if path in line]


@pytest.mark.parametrize("kind", ALLOWED)
def test_an_additive_change_is_exported(kind: str, released: Path) -> None:
    row = row_of(ALLOWED[kind])

    export([row], released, released / "asyncapi")

    assert problems([row], released, released / "asyncapi") == []
    assert json.loads(schema_file(row, released).read_text()) == wire_schema(row)


def test_a_change_that_is_not_exported_is_told(released: Path) -> None:
    changed = row_of(ALLOWED["a new optional field"])

    found = problems([changed], released, released / "asyncapi")

    assert found == ["thing.done.v1: the committed schema is out of date; run `python -m shared.contracts export`"]


def test_a_breaking_change_is_welcome_as_a_new_version(released: Path) -> None:
    second = row_of(BREAKING["a changed type"][0], version=2)
    write_example(
        released,
        2,
        data={"amount": "seven", "marker": "reps", "code": "abc", "option": {"kind": "stay", "dose": 7}},
    )

    export([row_of({}), second], released, released / "asyncapi")

    assert problems([row_of({}), second], released, released / "asyncapi") == []


def test_one_breaking_change_holds_back_every_file(released: Path) -> None:
    with pytest.raises(VersionsOnlyGrow):
        export([row_of(BREAKING["a changed type"][0]), row_of({}, version=2)], released, released / "asyncapi")

    assert not schema_file(row_of({}, version=2), released).exists()


def test_a_released_version_cannot_leave_the_catalog(released: Path) -> None:
    write_example(released, 2)
    export([row_of({}), row_of({}, version=2)], released, released / "asyncapi")

    found = problems([row_of({}, version=2)], released, released / "asyncapi")

    assert any(line.startswith("thing.done.v1: thing.done.v1.json has no row") for line in found)


def test_another_producer_is_another_contract() -> None:
    moved = Row("thing.done", 1, row_of({}).model, "reminders", ())

    changes = breaking_changes(wire_schema(row_of({})), wire_schema(moved))

    assert changes == ["/service: const changed from plans to reminders"]


def test_a_model_that_holds_itself_is_compared_once() -> None:
    tree = {"$ref": "#/$defs/Node", "$defs": {"Node": {"properties": {"below": {"$ref": "#/$defs/Node"}}}}}
    cut = {"$ref": "#/$defs/Node", "$defs": {"Node": {"properties": {}}}}

    assert breaking_changes(tree, tree) == []
    assert breaking_changes(tree, cut) == ["/below: the field was removed"]


@pytest.mark.parametrize(
    ("what", "change", "told"),
    [
        ("a field that does not fit", {"seq": 0}, "/seq:"),
        ("a field nobody knows", {"mood": "good"}, "/mood: does not come back"),
        ("another type", {"type": "thing.undone"}, "/type:"),
        ("another producer", {"service": "reminders"}, "/type:"),
        ("no key", {"patient_id": "left out", "group_id": "group-1"}, "/patient_id: the key is there"),
        ("an id of its own", {"event_id": "event-1"}, "/event_id:"),
        ("a moment that is not UTC", {"occurred_at": "2026-03-02T10:00:00+01:00"}, "/occurred_at: does not come back"),
    ],
)
def test_an_example_that_is_wrong_is_told(what: str, change: dict[str, object], told: str, released: Path) -> None:
    write_example(released, 1, **change)

    found = problems([row_of({})], released, released / "asyncapi")

    assert found
    assert found[0].startswith(f"thing.done.v1 example 'a thing' {told}")


def test_a_version_without_an_example_is_told(released: Path) -> None:
    (released / "examples" / "thing.done.v1.json").unlink()

    assert problems([row_of({})], released, released / "asyncapi") == [
        "thing.done.v1: no example; add examples/thing.done.v1.json"
    ]


def test_what_is_committed_is_what_the_catalog_says() -> None:
    assert problems() == []


@pytest.mark.parametrize("row", CATALOG, ids=lambda row: f"{row.type}.v{row.version}")
def test_a_committed_schema_is_the_wire_event_of_its_row(row: Row) -> None:
    text = schema_file(row).read_text(encoding="utf-8")

    assert text == written(wire_schema(row))
    assert {"data", "seq", "event_id", row.key} <= set(json.loads(text)["required"])


def test_the_command_line_tells_what_is_wrong_and_exits_1(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> list[Path]:
        return export([row_of(BREAKING["a removed field"][0])], released, released / "asyncapi")

    def find() -> list[str]:
        return problems([row_of(BREAKING["a removed field"][0])], released, released / "asyncapi")

    exits: dict[str, Callable[[], object]] = {"export": refuse, "check": find}
    for command, stand_in in exits.items():
        monkeypatch.setattr(f"shared.contracts.__main__.{'problems' if command == 'check' else command}", stand_in)
        assert main([command]) == 1
        assert "thing.done.v1 /data/note: the field was removed" in capsys.readouterr().err


def test_the_command_line_says_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "agree with the catalog" in capsys.readouterr().out
