"""The embedded engine keeps every write that it acknowledged, also when it is killed in the middle of writing."""

import threading
from typing import Any

import pymongo
import pytest
from pymongo.errors import DuplicateKeyError, PyMongoError

from deploy.local.engine import Engine

Documents = pymongo.MongoClient[dict[str, Any]]


def test_acknowledged_writes_survive_kill_in_the_middle_of_writing(own_engine: Engine) -> None:
    acknowledged: list[int] = []
    enough = threading.Event()
    writer = threading.Thread(target=_write_until_refused, args=(own_engine.url, acknowledged, enough))
    writer.start()
    assert enough.wait(60)
    own_engine.kill()
    writer.join(30)
    own_engine.start()
    with _client(own_engine.url) as client:
        kept = {document["_id"] for document in client["survivors"]["numbers"].find({}, limit=100_000)}
    assert len(acknowledged) >= 500
    assert set(acknowledged) <= kept


def test_an_orderly_stop_is_quick_and_keeps_everything(own_engine: Engine) -> None:
    with _client(own_engine.url) as client:
        client["kept"]["numbers"].insert_one({"_id": 1})
    assert own_engine.stop()
    assert own_engine.exit_code == 0
    own_engine.start()
    with _client(own_engine.url) as client:
        assert client["kept"]["numbers"].find_one({"_id": 1}) == {"_id": 1}


@pytest.mark.parametrize("server", ["engine", "java_engine"])
def test_databases_of_one_server_are_apart(server: str, request: pytest.FixtureRequest, namespace: str) -> None:
    url: str = request.getfixturevalue(server)
    with _client(url) as client:
        client[f"{namespace}-one"]["things"].insert_one({"_id": 1, "of": "one"})
        client[f"{namespace}-two"]["things"].insert_one({"_id": 1, "of": "two"})
        assert client[f"{namespace}-one"]["things"].find_one({"_id": 1}) == {"_id": 1, "of": "one"}


@pytest.mark.parametrize("server", ["engine", "java_engine"])
def test_a_collection_is_walked_by_its_ids_in_the_order_of_their_bytes(
    server: str, request: pytest.FixtureRequest, namespace: str
) -> None:
    ids = ["A", "a", "a\x00", "a:10", "a:9", "b", "é", "\U0001f600", "0123456789abcdef01234567"]
    with _client(request.getfixturevalue(server)) as client:
        things = client[namespace]["walked"]
        things.insert_many([{"_id": id, "of": id[0]} for id in ids])

        def walk(where: dict[str, Any], first: int = 50, **more: Any) -> list[Any]:
            return [d["_id"] for d in things.find({**more, "_id": where}).sort([("_id", 1)]).limit(first)]

        ordered = sorted(ids)
        assert walk({"$gt": ""}) == ordered
        assert walk({"$gt": "a"}, 2) == ["a\x00", "a:10"]
        assert walk({"$gte": "a:10", "$lt": "b"}) == ["a:10", "a:9"]
        assert walk({"$lte": "a"}, of="a") == ["a"]


def test_a_page_of_a_walk_costs_as_much_in_a_large_collection(engine: str, namespace: str) -> None:
    with _client(engine) as client:
        things = client[namespace]["many"]
        things.insert_many([{"_id": f"person-{number:03}"} for number in range(200)])

        plan = things.find({"_id": {"$gt": "person-100"}}).sort([("_id", 1)]).limit(5).explain()

        assert [step["detail"][:6] for step in plan["queryPlanner"]["winningPlan"]] == ["SEARCH"], plan


def test_nothing_that_is_stored_shows_in_the_engine_s_log(own_engine: Engine) -> None:
    with _client(own_engine.url) as client:
        things = client["quiet"]["things"]
        things.insert_one({"_id": "the-id-of-someone", "words": "what someone wrote"})
        things.create_index("words", unique=True)
        with pytest.raises(DuplicateKeyError):
            things.insert_one({"_id": "another", "words": "what someone wrote"})
    log = own_engine.log.read_text()
    assert "someone" not in log


def _write_until_refused(url: str, acknowledged: list[int], enough: threading.Event) -> None:
    with _client(url) as client:
        for number in range(100_000):
            try:
                client["survivors"]["numbers"].insert_one({"_id": number, "text": "x" * 200})
            except PyMongoError:
                return
            acknowledged.append(number)
            if number == 500:
                enough.set()


def _client(url: str) -> Documents:
    return Documents(url, w="majority", retryWrites=False, timeoutMS=5000)
