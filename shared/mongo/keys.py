"""People's wrapped keys, in a database of their own; an erased key leaves a tombstone."""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import InsertOne
from pymongo.errors import BulkWriteError

from shared.mongo.client import duplicates_only, translated
from shared.observability.metrics import Metrics
from shared.runtime.ports import DependencyDown


class MongoKeyStore:
    """See `shared.sealing.KeyStore`. Every method may raise `DependencyDown`."""

    def __init__(self, database: Any, metrics: Metrics | None = None) -> None:
        self._keys = database["keys"]
        self._metrics = metrics

    async def get(self, ids: Iterable[str]) -> Mapping[str, str | None]:
        wanted = list(ids)
        with translated(self._metrics, "keys"):
            found = await self._keys.find({"_id": {"$in": wanted}}).to_list(length=len(wanted))
        return {document["_id"]: document["wrapped"] for document in found}

    async def create(self, wrapped: Mapping[str, str]) -> None:
        try:
            with translated(self._metrics, "keys"):
                await self._keys.bulk_write(
                    [InsertOne({"_id": id, "wrapped": text}) for id, text in wrapped.items()], ordered=False
                )
        except BulkWriteError as error:
            if not duplicates_only(error):
                raise DependencyDown("keys") from None

    async def erase(self, id: str) -> None:
        with translated(self._metrics, "keys"):
            await self._keys.replace_one({"_id": id}, {"_id": id, "wrapped": None}, upsert=True)
