"""One service's database: aggregates, records and dead letters, by the portable core of MongoDB."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from shared.mongo.client import duplicates_only, translated
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Document
from shared.runtime.messages import Service
from shared.runtime.ports import DependencyDown, Rejected

AGGREGATES = "aggregates"


class MongoStore:
    """See `shared.runtime.ports.Store`."""

    def __init__(self, database: Any, metrics: Metrics | None = None) -> None:
        self._database = database
        self._metrics = metrics
        self._collections: dict[str, Any] = {}

    async def prepare(self, service: Service) -> None:
        """Create the indexes of the aggregates, the dead letters and the service's records. Raises `DependencyDown`."""
        wanted: dict[str, list[list[tuple[str, int]]]] = {
            AGGREGATES: [[("due", ASCENDING), ("shard", ASCENDING)], [("pending", ASCENDING), ("shard", ASCENDING)]],
            "dead_letters": [[("status", ASCENDING)], [("status", ASCENDING), ("at", ASCENDING)]],
        }
        # The head of an index alone as well: the embedded engine finds no equality by the head of a compound one.
        for name, indexes in service.collections.items():
            wanted[name] = [[("key", ASCENDING)], *(list(index) for index in indexes if index != (("key", 1),))]
        with translated(self._metrics):
            for name, keys in wanted.items():
                for key in keys:
                    await self._collection(name).create_index(key)

    async def load(self, keys: Sequence[str]) -> list[Document]:
        with translated(self._metrics):
            return await self._all(self._collection(AGGREGATES).find({"_id": {"$in": list(keys)}}), len(keys))

    async def fence(self, documents: Sequence[Document]) -> bool:
        writes: list[Any] = [
            InsertOne(d) if d["v"] == 1 else ReplaceOne({"_id": d["_id"], "v": d["v"] - 1}, d) for d in documents
        ]
        try:
            with translated(self._metrics):
                done = await self._collection(AGGREGATES).bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            if duplicates_only(error):
                return False
            raise _judged(error) from None
        return int(done.inserted_count) + int(done.matched_count) == len(writes)

    async def clear(self, cleared: Sequence[tuple[str, int, str, int | None]]) -> bool:
        writes = [
            UpdateOne({"_id": key, "v": v}, {"$set": {"outbox": outbox, "pending": pending, "v": v + 1}})
            for key, v, outbox, pending in cleared
        ]
        try:
            with translated(self._metrics):
                done = await self._collection(AGGREGATES).bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            raise _judged(error) from None
        return int(done.matched_count) == len(writes)

    async def put(self, records: Mapping[str, Sequence[Document]]) -> None:
        for collection, documents in records.items():
            writes = [ReplaceOne({"_id": d["_id"], "seq": {"$lt": d["seq"]}}, d, upsert=True) for d in documents]
            try:
                with translated(self._metrics):
                    await self._collection(collection).bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                if not duplicates_only(error):  # a duplicate key: one as new or newer is there
                    raise _judged(error) from None

    async def lay(self, records: Mapping[str, Sequence[Document]]) -> None:
        for collection, documents in records.items():
            try:
                with translated(self._metrics):
                    await self._collection(collection).insert_many(documents, ordered=False)
            except BulkWriteError as error:
                if not duplicates_only(error):
                    raise _judged(error) from None
                there = [documents[failure["index"]] for failure in (error.details or {})["writeErrors"]]
                await self.put({collection: there})

    async def due(self, now_ms: int, shards: Iterable[int], limit: int) -> list[Document]:
        return await self._waiting("due", now_ms, shards, limit, 0)

    async def pending(self, before_ms: int, shards: Iterable[int], limit: int, after_ms: int = 0) -> list[Document]:
        return await self._waiting("pending", before_ms, shards, limit, after_ms)

    async def find(
        self, collection: str, where: Mapping[str, Any], sort: Sequence[tuple[str, int]] = (), limit: int = 200
    ) -> list[Document]:
        with translated(self._metrics):
            cursor = self._collection(collection).find(dict(where)).limit(limit)
            return await self._all(cursor.sort(list(sort)) if sort else cursor, limit)

    async def _waiting(
        self, field: str, before_ms: int, shards: Iterable[int], limit: int, after_ms: int
    ) -> list[Document]:
        where = {field: {"$lte": before_ms, "$gte": after_ms}, "shard": {"$in": list(shards)}}
        with translated(self._metrics):
            cursor = self._collection(AGGREGATES).find(where).sort([(field, ASCENDING)]).limit(limit)
            return await self._all(cursor, limit)

    def _collection(self, name: str) -> Any:
        """The driver's collection, made once: the driver makes a new one each time that it is asked."""
        if (known := self._collections.get(name)) is None:
            known = self._collections[name] = self._database[name]
        return known

    @staticmethod
    async def _all(cursor: Any, limit: int) -> list[Document]:
        found: list[Document] = await cursor.to_list(length=limit)
        return found


def _judged(error: BulkWriteError) -> Exception:
    """What a failed bulk means: a refused document (its code alone is kept), or a server in trouble."""
    details: dict[str, Any] = dict(error.details or {})
    failures = details.get("writeErrors", [])
    if failures:
        return Rejected(f"code {failures[0].get('code')}")
    return DependencyDown("mongo")
