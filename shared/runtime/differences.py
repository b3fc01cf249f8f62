"""Where a replayed database differs from the one that wrote the journal."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from shared.kafka.partition import shard_of
from shared.runtime.aggregate import Codec, Document
from shared.runtime.incoming import COMMANDS
from shared.runtime.messages import Service
from shared.runtime.ports import Store
from shared.runtime.replay import AGGREGATES, PAGE


async def differences(service: Service, live: Store, replayed: Store, most: int = 20) -> list[str]:
    """Where two databases differ in what must be equal: at most so many, as `collection:id: what`. May raise
    `DependencyDown`.

    Of aggregates it is tenant, state, seq, steps, clock, marks and holes, of records everything. Dead letters are taken
    over as they are, and not compared. A state is compared as it is read, whichever version of the code wrote it.
    """
    found: list[str] = []
    codec = Codec(service, shard_of)

    def essence(document: Document) -> dict[str, Any]:
        meta = _essence(document)
        return {**meta, "state": codec.state_of(document["schema"], meta["state"])}

    for name in (AGGREGATES, COMMANDS, *service.collections):
        see = essence if name == AGGREGATES else _whole
        async for id, one, other in _side_by_side(name, live, replayed):
            if one is None or other is None:
                found.append(f"{name}:{id}: missing {'live' if one is None else 'in the replay'}")
            else:
                left, right = see(one), see(other)
                found += [f"{name}:{id}: {field}" for field in left if left[field] != right.get(field)]
            if len(found) >= most:
                return found[:most]
    return found


async def _side_by_side(
    name: str, live: Store, replayed: Store
) -> AsyncIterator[tuple[str, Document | None, Document | None]]:
    """Both databases' documents of a collection by their ids, in the order of these."""
    after = ""
    while True:
        pages = [
            {d["_id"]: d for d in await store.find(name, {"_id": {"$gt": after}}, [("_id", 1)], PAGE)}
            for store in (live, replayed)
        ]
        full = [max(page) for page in pages if len(page) == PAGE]
        upto = min(full) if full else None  # beyond it one side may have more that was not read yet
        for id in sorted(id for id in {*pages[0], *pages[1]} if upto is None or id <= upto):
            yield id, pages[0].get(id), pages[1].get(id)
        if upto is None:
            return
        after = upto


def _essence(document: Document) -> dict[str, Any]:
    meta: dict[str, Any] = orjson.loads(document["state"])
    for of_this_database in ("snooze", "lines"):  # a failing tick's pause, and the numbers that outbox lines had
        meta.pop(of_this_database)
    return {"tenant": document["tenant"], **meta}


def _whole(document: Document) -> dict[str, Any]:
    return document
