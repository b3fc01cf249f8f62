"""What the embedded engine was taught: the same documents as by the package's own way, in fewer steps."""

import asyncio
import math
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from neosqlite.collection.query_engine.crud_operations import CRUDOperationsMixin  # type: ignore[import-untyped]
from nx_27017.handler import NeoSQLiteHandler  # type: ignore[import-untyped]

from deploy.local import engine_writes
from deploy.local.engine_serving import Conversation, TransactionLost, carried_out

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


def test_nothing_is_acknowledged_of_a_command_whose_transaction_a_full_disk_ended(handler: NeoSQLiteHandler) -> None:
    ask(handler, insert="things", documents=[{"_id": "a", "v": 1}])
    database = handler.get_database("one").db
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + 10}")
    many = [{"_id": f"b{number}", "text": "x" * 3000} for number in range(20)]
    with pytest.raises(TransactionLost):
        ask(handler, insert="things", documents=many, ordered=False)

    database.execute("PRAGMA max_page_count = 100000")
    assert not database.in_transaction
    assert ask(handler, insert="things", documents=[{"_id": "c"}])["n"] == 1


def test_what_a_client_takes_back_with_its_own_transaction_is_not_there(handler: NeoSQLiteHandler) -> None:
    ask(handler, insert="things", documents=[{"_id": "a"}])
    mine = {"lsid": {"id": {"$oid": "mine"}}, "autocommit": False}
    ask(handler, insert="things", documents=[{"_id": "b"}], startTransaction=True, **mine)
    changes(handler, ({"_id": "a"}, {"_id": "a", "v": 2}))
    assert ask(handler, abortTransaction=1, **mine)["ok"] == 1

    assert found(handler) == {"a": {"_id": "a"}}


def test_an_answer_that_cannot_be_written_is_told_as_an_error_and_its_connection_goes_on() -> None:
    client = Client()
    conversation = Conversation(Unspeakable())
    conversation.connection_made(client)
    asked = struct.pack("<IB", 0, 0) + bson.encode({"find": "things", "$db": "one"})
    message = struct.pack("<iiii", 16 + len(asked), 7, 0, 2013) + asked
    conversation.data_received(message[:20])
    assert client.answers == []
    conversation.data_received(message[20:] + message)

    assert [bson.decode(answer[21:]) for answer in client.answers] == [{"ok": 0, "errmsg": "InvalidDocument"}] * 2


class Client(asyncio.Transport):
    """Keeps what it is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[bytes] = []

    def write(self, data: Any) -> None:
        self.answers.append(data)


class Unspeakable:
    """Finds what the protocol has no form for."""

    def increment_connections(self) -> None:
        """Nobody counts."""

    def handle_command(self, message: Any) -> tuple[int, dict[str, Any]]:
        return message["request_id"], {"ok": 1, "found": object()}
