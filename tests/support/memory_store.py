"""A store in memory that keeps the promises of `shared.runtime.ports.Store`, by the same suite as MongoDB."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.runtime.aggregate import Document
from shared.runtime.ports import DependencyDown


class MemoryStore:
    """Documents in dictionaries.

    `down` makes every call fail; `lose_writes` makes so many writes fail without effect, and `lose_answers` so many
    take effect and then fail, as a connection does that breaks before or after.
    """

    def __init__(self) -> None:
        self.aggregates: dict[str, Document] = {}
        self.records: dict[str, dict[str, Document]] = {}
        self.down = False
        self.lose_writes = 0
        self.lose_answers = 0

    async def load(self, keys: Sequence[str]) -> list[Document]:
        self._reach()
        return [copy.deepcopy(self.aggregates[key]) for key in keys if key in self.aggregates]

    async def fence(self, documents: Sequence[Document]) -> bool:
        self._write()
        won = True
        for document in documents:
            there = self.aggregates.get(document["_id"])
            if (there["v"] if there else 0) == document["v"] - 1:
                self.aggregates[document["_id"]] = copy.deepcopy(document)
            else:
                won = False
        self._lose()
        return won

    async def clear(self, cleared: Sequence[tuple[str, int, str, int | None]]) -> bool:
        self._write()
        every = True
        for key, v, outbox, pending in cleared:
            there = self.aggregates.get(key)
            if there is not None and there["v"] == v:
                there.update(outbox=outbox, pending=pending, v=v + 1)
            else:
                every = False
        self._lose()
        return every

    async def put(self, records: Mapping[str, Sequence[Document]]) -> None:
        self._write()
        for collection, documents in records.items():
            there = self.records.setdefault(collection, {})
            for document in documents:
                known = there.get(document["_id"])
                if known is None or known["seq"] < document["seq"]:
                    there[document["_id"]] = copy.deepcopy(document)
        self._lose()

    async def lay(self, records: Mapping[str, Sequence[Document]]) -> None:
        await self.put(records)

    async def due(self, now_ms: int, shards: Iterable[int], limit: int) -> list[Document]:
        return self._waiting("due", now_ms, set(shards), limit, 0)

    async def pending(self, before_ms: int, shards: Iterable[int], limit: int, after_ms: int = 0) -> list[Document]:
        return self._waiting("pending", before_ms, set(shards), limit, after_ms)

    async def find(
        self, collection: str, where: Mapping[str, Any], sort: Sequence[tuple[str, int]] = (), limit: int = 200
    ) -> list[Document]:
        self._reach()
        documents = self.aggregates if collection == "aggregates" else self.records.get(collection, {})
        found = [d for d in documents.values() if all(_fits(d, f, w) for f, w in where.items())]
        for field, direction in reversed(sort):
            found.sort(key=lambda d: d[field], reverse=direction < 0)
        return copy.deepcopy(found[:limit])

    def _waiting(self, field: str, before: int, shards: set[int], limit: int, after: int) -> list[Document]:
        self._reach()
        found = [
            d
            for d in self.aggregates.values()
            if d[field] is not None and after <= d[field] <= before and d["shard"] in shards
        ]
        return copy.deepcopy(sorted(found, key=lambda d: int(d[field]))[:limit])

    def _reach(self) -> None:
        if self.down:
            raise DependencyDown("mongo")

    def _write(self) -> None:
        self._reach()
        if self.lose_writes:
            self.lose_writes -= 1
            raise DependencyDown("mongo")

    def _lose(self) -> None:
        if self.lose_answers:
            self.lose_answers -= 1
            raise DependencyDown("mongo")


def _fits(document: Document, field: str, wanted: Any) -> bool:
    value = document.get(field)
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    for operator, operand in wanted.items():
        if operator == "$in":
            if value not in operand:
                return False
        elif value is None or not _COMPARE[operator](value, operand):
            return False
    return True


_COMPARE: dict[str, Any] = {
    "$gt": lambda a, b: a > b,
    "$gte": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
    "$ne": lambda a, b: a != b,
}
