"""What the embedded engine was taught: the same documents as by the package's own way, in fewer steps."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from neosqlite.collection.query_engine.crud_operations import CRUDOperationsMixin  # type: ignore[import-untyped]
from nx_27017.handler import NeoSQLiteHandler  # type: ignore[import-untyped]

from deploy.local import engine_writes
from deploy.local.engine_serving import carried_out

STEPS = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "SELECT ID")


@pytest.fixture
def handler() -> Iterator[NeoSQLiteHandler]:
    """An engine in memory whose collections write as they were taught."""
    own = {name: getattr(CRUDOperationsMixin, name) for name in ("insert_one", "replace_one", "update_one")}
    engine_writes.teach()
    made = NeoSQLiteHandler(data_dir="memory")
    try:
        yield made
    finally:
        made.close_all()
        for name, way in own.items():
            setattr(CRUDOperationsMixin, name, way)


def ask(handler: NeoSQLiteHandler, **command: Any) -> dict[str, Any]:
    return carried_out(handler, {"request_id": 1, "sections": [("body", {"$db": "one", **command})]})


def found(handler: NeoSQLiteHandler) -> dict[str, dict[str, Any]]:
    return {d["_id"]: d for d in ask(handler, find="things", filter={})["cursor"]["firstBatch"]}


def changes(handler: NeoSQLiteHandler, *pairs: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    updates = [{"q": condition, "u": change} for condition, change in pairs]
    return ask(handler, update="things", updates=updates, ordered=False)


def test_a_command_is_one_transaction_and_each_document_one_statement(handler: NeoSQLiteHandler) -> None:
    ask(handler, insert="things", documents=[{"_id": "a", "v": 1, "text": "ä"}, {"_id": "b", "v": 1}])
    steps: list[str] = []
    handler.get_database("one").db.set_trace_callback(steps.append)
    told = changes(handler, ({"_id": "a", "v": 1}, {"_id": "a", "v": 2}), ({"_id": "b", "v": 1}, {"$set": {"v": 5}}))

    assert (told["n"], found(handler)) == (2, {"a": {"_id": "a", "v": 2}, "b": {"_id": "b", "v": 5}})
    writing = [step.split()[0] for step in steps if step.upper().startswith(STEPS)]
    assert writing[:4] == ["BEGIN", "UPDATE", "UPDATE", "COMMIT"]


def test_a_document_that_is_refused_leaves_the_others_of_its_command(handler: NeoSQLiteHandler) -> None:
    ask(handler, insert="things", documents=[{"_id": "a", "v": 1}])
    told = ask(handler, insert="things", documents=[{"_id": "a", "v": 2}, {"_id": "b", "v": 2}], ordered=False)

    assert [(error["index"], error["code"]) for error in told["writeErrors"]] == [(0, 11000)]
    assert found(handler) == {"a": {"_id": "a", "v": 1}, "b": {"_id": "b", "v": 2}}


def test_a_condition_that_meets_nothing_changes_nothing_and_makes_a_document_only_where_asked(
    handler: NeoSQLiteHandler,
) -> None:
    ask(handler, insert="things", documents=[{"_id": "a", "v": 1}])
    lost = changes(handler, ({"_id": "a", "v": 7}, {"_id": "a", "v": 8}), ({"_id": "c"}, {"$set": {"v": 8}}))
    put = {"q": {"_id": "b", "v": {"$lt": 3}}, "u": {"_id": "b", "v": 3}, "upsert": True}
    made = ask(handler, update="things", updates=[put])

    assert (lost["n"], made["upserted"]) == (0, [{"index": 0, "_id": "b"}])
    assert found(handler) == {"a": {"_id": "a", "v": 1}, "b": {"_id": "b", "v": 3}}


@pytest.mark.parametrize("value", [None, 2**53, -1, 1.5, 'quo"te\n', {"a": [1, {"b": None}]}], ids=repr)
def test_values_come_back_as_they_were_by_every_way_of_writing(handler: NeoSQLiteHandler, value: Any) -> None:
    ask(handler, insert="things", documents=[{"_id": "laid", "v": value}, {"_id": "put"}, {"_id": "set"}])
    changes(handler, ({"_id": "put"}, {"_id": "put", "v": value}), ({"_id": "set"}, {"$set": {"v": value}}))

    assert [(d["v"], type(d["v"])) for d in found(handler).values()] == [(value, type(value))] * 3


def test_what_is_no_json_goes_the_package_s_own_way(handler: NeoSQLiteHandler) -> None:
    moment = datetime(2025, 3, 3, 6, tzinfo=UTC)
    ask(handler, insert="things", documents=[{"_id": "a", "at": moment}])

    assert found(handler)["a"]["at"] == moment
    assert not any(map(engine_writes.plain, (moment, math.nan, b"", {"a": [moment]})))
    assert not any(map(engine_writes.settable, ({"a.b": 1}, {"_id": "x"}, {"a": True}, {"a": 1.0}, {"a": {}}, None)))
