"""A store filled straight into the engine's file: every copy is somebody of their own."""

import sqlite3
from pathlib import Path

import orjson

from tests.bench.contenders.filling import KEY, fill


def test_copies_take_turns_and_each_has_a_key_of_its_own(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "one.db")
    database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, _id TEXT, data TEXT NOT NULL)")
    database.execute("CREATE UNIQUE INDEX ids ON people(_id)")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE keys (id INTEGER)")
    templates = {"people": [{"_id": f"{KEY}:a", "key": KEY, "shard": shard} for shard in range(3)]}

    fill(tmp_path, templates, 0, 5)
    fill(tmp_path, templates, 5, 2007)

    rows = database.execute("SELECT _id, data FROM people ORDER BY id").fetchall()
    documents = [orjson.loads(data) for _, data in rows]
    assert len(rows) == 2007
    assert documents[1004] == {"_id": "person-0000004-1004:a", "key": "person-0000004-1004", "shard": 1004 % 3}
    assert all(
        id == document["_id"] == f"{document['key']}:a" for (id, _), document in zip(rows, documents, strict=True)
    )
