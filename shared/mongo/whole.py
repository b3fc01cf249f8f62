"""A database as a whole, whatever lies in it: for operations, which read, remove and drop."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

import orjson
from bson import json_util
from pymongo import ReplaceOne

from shared.mongo.client import translated
from shared.runtime.aggregate import Document

PAGE: Final = 500
_EXTENDED: Final = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=True)


class Whole:
    """All collections of one database by the portable core; every method may raise `DependencyDown`."""

    def __init__(self, database: Any) -> None:
        self._database = database

    @property
    def name(self) -> str:
        """What the database is called."""
        return str(self._database.name)

    async def relatives(self) -> list[str]:
        """The names of this database and of those whose names go on from it after a hyphen, that hold anything."""
        client = self._database.client
        with translated():
            names: list[str] = await client.list_database_names()
            related = [name for name in names if name == self.name or name.startswith(f"{self.name}-")]
            return sorted([name for name in related if await client[name].list_collection_names()])

    async def collections(self) -> list[str]:
        """The names of its collections, in order."""
        with translated():
            names: list[str] = await self._database.list_collection_names()
        return sorted(name for name in names if not name.startswith("system."))

    async def pages(
        self, collection: str, where: Mapping[str, Any] | None = None, *, after: str = "", before: str | None = None
    ) -> AsyncIterator[list[Document]]:
        """Its documents in the order of their ids, some hundred at a time; those between two ids, where given."""
        while True:
            ids = {"$gt": after} if before is None else {"$gt": after, "$lt": before}
            with translated():
                found = self._database[collection].find({**(where or {}), "_id": ids})
                page: list[Document] = await found.sort([("_id", 1)]).limit(PAGE).to_list(length=PAGE)
            if page:
                yield page
            if len(page) < PAGE:
                return
            after = page[-1]["_id"]

    async def put(self, collection: str, documents: Iterable[Document]) -> None:
        """Put documents in the place of those of the same ids; of two with one id the last. May raise `Rejected`."""
        latest = {document["_id"]: document for document in documents}
        if latest:
            with translated():
                writes = [ReplaceOne({"_id": id}, document, upsert=True) for id, document in latest.items()]
                await self._database[collection].bulk_write(writes, ordered=False)

    async def remove(self, collection: str, ids: Iterable[str]) -> int:
        """Remove documents by their ids; how many were there."""
        removed = 0
        with translated():
            for id in ids:
                removed += int((await self._database[collection].delete_one({"_id": id})).deleted_count)
        return removed

    async def drop(self, *collections: str) -> None:
        """Remove these collections, or all of them and so the database."""
        for name in collections or await self.collections():
            with translated():
                await self._database.drop_collection(name)


def as_line(document: Document) -> bytes:
    """A document on one line of extended JSON; what is only text and numbers is plain JSON."""
    try:
        return orjson.dumps(document, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:
        return json_util.dumps(document, json_options=_EXTENDED).encode()


def of_line(line: bytes) -> Document:
    """A document again; raises `ValueError` for what is no JSON object."""
    document: Any = json_util.loads(line.decode(), json_options=_EXTENDED) if b'{"$' in line else orjson.loads(line)
    if not isinstance(document, dict):
        raise ValueError("a line holds one document")
    return document
