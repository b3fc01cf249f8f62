"""Replay: fold a service's journal into a new database, which ends equal to the one that wrote it.

Nothing is published and nobody is sent anything. What comes out is equal in state, seq and records; `v`, which counts
writes, and what still waited in outboxes are not.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from shared.clock import from_ms, to_ms
from shared.runtime.aggregate import Aggregate, Codec, Document
from shared.runtime.fold import Context, Fold
from shared.runtime.incoming import COMMANDS, Incoming, Kind
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.messages import Actor, EffectOutcome, Message, Service
from shared.runtime.ports import Store
from shared.runtime.seals import Seals
from shared.runtime.wire import Raw
from shared.sealing import Sealer

AGGREGATES: Final = "aggregates"
PAGE: Final = 500


class NotAJournal(ValueError):
    """A record of the journal topic that nobody can have written as a journal line."""


class Gap(ValueError):
    """The journal of somebody lacks a line, so that what follows cannot be folded."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One step of one aggregate as it lies in the journal: sealed, the `n`-th."""

    tenant: str
    key: str
    n: int
    sealed: str

    @classmethod
    def of(cls, raw: Raw) -> "JournalLine":
        """Read a record of the journal topic; raises `NotAJournal`."""
        n, tenant = raw.header("n"), raw.header("tenant")
        if not (raw.key and raw.value and tenant and n and n.isascii() and n.isdecimal()):
            raise NotAJournal(raw.id)
        return cls(tenant, raw.key.decode(), int(n), raw.value.decode())


@dataclass(slots=True)
class Counts:
    """What a replay did: lines folded, lines that were there twice, and lines of people whose key was thrown away."""

    folded: int = 0
    repeated: int = 0
    erased: int = 0


class _Unsealed(Seals):
    """Seals nothing: the journal lines that a replay makes once more go nowhere."""

    def __init__(self) -> None:
        super().__init__()

    def seal(self, tenant: str, key: str, plain: bytes) -> str:
        return ""


class Replay:
    """Folds journal lines of one service into a store that nobody else writes."""

    def __init__(self, service: Service, codec: Codec, store: Store, sealer: Sealer, *, held: int = 20_000) -> None:
        self._service = service
        self._codec = codec
        self._store = store
        self._sealer = sealer
        self._fold = Fold(service, codec)
        self._held = held
        self._aggregates: OrderedDict[str, Aggregate] = OrderedDict()
        self._models = {model.__name__: model for model in (*service.transitions, EffectOutcome)}
        self.counts = Counts()

    async def take(self, lines: Sequence[JournalLine]) -> None:
        """Fold lines in the order in which they lie in their partitions, and make the outcome durable.

        Raises `Gap` when somebody's next line is not among them nor was before, `NotSealed` for one that was changed,
        `DependencyDown`, and what a transition raises that once did not.
        """
        by_key: dict[str, list[JournalLine]] = {}
        for line in lines:
            by_key.setdefault(line.key, []).append(line)
        await self._load(by_key)
        ring = await self._sealer.load_people({(line.tenant, line.key) for line in lines}, create=False)
        changed: dict[str, Aggregate] = {}
        records: dict[str, dict[str, Document]] = {}
        for key, mine in by_key.items():
            aggregate = self._aggregates[key]
            if ring.erased(mine[0].tenant, key):
                self.counts.erased += len(mine)
                continue
            for line in mine:
                if line.n <= aggregate.steps:
                    self.counts.repeated += 1
                    continue
                if line.n != aggregate.steps + 1:
                    raise Gap(f"line {line.n} follows line {aggregate.steps}")
                self._step(aggregate, line, orjson.loads(ring.unseal(line.tenant, key, line.sealed)))
                self.counts.folded += 1
                changed[key] = aggregate
                for put in _records(aggregate):
                    records.setdefault(put["c"], {})[put["id"]] = {"_id": put["id"], **put["d"]}
                aggregate.outbox = ()
        await self._write(changed.values(), records)
        while len(self._aggregates) > self._held:
            self._aggregates.popitem(last=False)

    async def finish(self, live: Store) -> None:
        """Take over from the live database what no journal holds: dead letters, and the holes that they left."""
        after = ""
        while letters := await live.find(LETTERS, {"_id": {"$gt": after}}, [("_id", 1)], PAGE):
            after = letters[-1]["_id"]
            await self._store.put({LETTERS: letters})
        after = ""
        while documents := await live.find(AGGREGATES, {"_id": {"$gt": after}}, [("_id", 1)], PAGE):
            after = documents[-1]["_id"]
            await self._load([document["_id"] for document in documents])
            changed = []
            for document in documents:
                aggregate, meta = self._aggregates[document["_id"]], orjson.loads(document["state"])
                nobody = not aggregate.steps and meta["steps"]  # erased
                if not nobody and (aggregate.holes, aggregate.marks) != (meta["holes"], meta["marks"]):
                    aggregate.tenant = document["tenant"]
                    aggregate.holes, aggregate.marks = meta["holes"], meta["marks"]
                    changed.append(aggregate)
            await self._write(changed, {})

    def _step(self, aggregate: Aggregate, line: JournalLine, entry: Mapping[str, Any]) -> None:
        incoming = self._incoming(line, entry)
        now = from_ms(entry["now"])
        context = Context(now=now, wall_ms=entry["now"], seals=_Unsealed(), answers={}, acked=_nothing)
        self._fold.again(aggregate, incoming, now, context)

    def _incoming(self, line: JournalLine, entry: Mapping[str, Any]) -> Incoming:
        body = entry["message"]
        model = self._models.get(body["type"])
        if model is None:
            raise NotAJournal(body["type"])
        message = Message(
            data=_adapter(model).validate_python(body["data"]),
            key=line.key,
            tenant=line.tenant,
            id=body["id"],
            occurred_at=from_ms(body["occurred_at"]),
            recorded_at=from_ms(body["recorded_at"]),
            actor=Actor(body["actor"]["kind"], body["actor"]["id"]),
            source=body["source"],
            local_date=_day(body["local_date"]),
            tz=body["tz"],
            correlation_id=body["correlation_id"],
            service=body["service"],
            seq=body["seq"],
            incomplete=body["incomplete"],
        )
        return Incoming(Kind(entry["kind"]), body["id"], message, fingerprint=entry.get("fingerprint", ""))

    async def _load(self, keys: Collection[str]) -> None:
        wanted = [key for key in keys if key not in self._aggregates]
        for start in range(0, len(wanted), PAGE):
            for document in await self._store.load(wanted[start : start + PAGE]):
                self._aggregates[document["_id"]] = self._codec.decode(document)
        for key in keys:
            if key not in self._aggregates:
                self._aggregates[key] = self._codec.new(key)
            self._aggregates.move_to_end(key)

    async def _write(self, changed: Iterable[Aggregate], records: Mapping[str, Mapping[str, Document]]) -> None:
        documents = []
        for aggregate in changed:
            due = self._service.due(aggregate.state)
            aggregate.due = None if due is None else max(to_ms(due), aggregate.snooze)
            documents.append(self._codec.encode(aggregate))
            aggregate.v += 1
        if records:
            await self._store.put({name: list(puts.values()) for name, puts in records.items()})
        if documents and not await self._store.fence(documents):
            raise RuntimeError("somebody else writes the database of this replay")


async def differences(service: Service, live: Store, replayed: Store, most: int = 20) -> list[str]:
    """Where two databases differ in what must be equal: at most so many, as `collection:id: what`. May raise
    `DependencyDown`.

    Of aggregates it is tenant, state, seq, steps, clock, marks and holes, of records everything. Dead letters are taken
    over as they are, and not compared.
    """
    found: list[str] = []
    for name in (AGGREGATES, COMMANDS, *service.collections):
        see = _essence if name == AGGREGATES else _whole
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


def _records(aggregate: Aggregate) -> list[dict[str, Any]]:
    """The records that a step put into the outbox."""
    return [line.body for line in aggregate.outbox if line.kind == "r"]


def _nothing(_: str) -> frozenset[int]:
    return frozenset()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@cache
def _adapter(model: type) -> TypeAdapter[Any]:
    return TypeAdapter(model)
