"""A store filled with people who do nothing: copies of ready documents, a million in minutes, into its very file."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

KEY: Final = "@key@"
_COPIES: Final = """
WITH RECURSIVE number(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?2)
INSERT INTO "@collection@" (_id, data)
SELECT replace(id, '@key@', key), replace(data, '@key@', key)
FROM (SELECT n, printf('person-%07d-%d', n % 1000, n) AS key FROM number) JOIN template ON place = n % ?3
"""
"""Their keys lie between those of the people who do something, not beside them."""

_BUSY_S: Final = 60.0
_STRETCH: Final = 50_000


def fill(folder: Path, templates: Mapping[str, Sequence[Mapping[str, Any]]], first: int, upto: int) -> None:
    """Into the one database file below `folder` that has these collections, for each number a copy of a template.

    By collection; the copies take turns. `KEY` in a template's text becomes the person's key. The file is the embedded
    engine's (a table a collection, `_id` and the document as JSON), whose indexes are kept by SQLite itself.
    """
    (file,) = (file for file in folder.rglob("*.db") if _has(file, templates))
    with sqlite3.connect(file, timeout=_BUSY_S) as database:
        database.execute("PRAGMA synchronous = OFF")
        for collection, documents in templates.items():
            database.execute("CREATE TEMP TABLE template (place INTEGER PRIMARY KEY, id TEXT, data TEXT)")
            rows = [(place, d["_id"], orjson.dumps(d).decode()) for place, d in enumerate(documents)]
            database.executemany("INSERT INTO template VALUES (?, ?, ?)", rows)
            for start in range(first, upto, _STRETCH):
                database.execute(
                    _COPIES.replace("@collection@", collection), (start, min(start + _STRETCH, upto), len(rows))
                )
                database.commit()
            database.execute("DROP TABLE template")
    database.close()


def _has(file: Path, collections: Mapping[str, Any]) -> bool:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        database.close()
    return set(collections) <= there
