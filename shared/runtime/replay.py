"""Replay: fold a service's journal into a new database, which ends equal to the one that wrote it.

Nothing is published and nobody is sent anything. What comes out is equal in state, seq and records; `v`, which counts
writes, and what still waited in outboxes are not.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from shared.clock import from_ms, to_ms
from shared.runtime.aggregate import Aggregate, Codec, Document, Line
from shared.runtime.fold import Context, Fold
from shared.runtime.incoming import Incoming, Kind
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.messages import Actor, EffectOutcome, Message, Service
from shared.runtime.ports import Store
from shared.runtime.restored import RESTORED
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
    """Folds journal lines of one service into a store that nobody else writes.

    `emitted` is given each event of each step once more, by its key: with the id, seq and times that it had. With
    `keeps_effects`, messages to people of whose end the journal does not say stay in the outbox, for whoever goes on.
    """

    def __init__(
        self,
        service: Service,
        codec: Codec,
        store: Store,
        sealer: Sealer,
        *,
        held: int = 20_000,
        emitted: Callable[[str, Line], None] | None = None,
        keeps_effects: bool = False,
    ) -> None:
        self._service = service
        self._codec = codec
        self._store = store
        self._sealer = sealer
        self._fold = Fold(service, codec)
        self._held = held
        self._emitted = emitted
        self._keeps_effects = keeps_effects
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
                _gather(aggregate, records)
                if self._emitted is not None:
                    for event in (line for line in aggregate.outbox if line.kind == "e"):
                        self._emitted(key, event)
                aggregate.outbox, aggregate.pending = self._kept(aggregate.outbox), None
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

    async def carry_over(self, live: Store) -> int:
        """Take over what still waits in the outboxes of the live database, whose service stands still by now.

        Returns how many lines. What was forwarded and not cleared goes out once more, which harms nobody; a message to
        a person that was claimed stays claimed. Records that were not put yet are put, in the live database too. May
        be called again.
        """
        carried, after = 0, ""
        while documents := await live.find(AGGREGATES, {"_id": {"$gt": after}}, [("_id", 1)], PAGE):
            after = documents[-1]["_id"]
            waiting = [self._codec.decode(document) for document in documents if document["outbox"]]
            records: dict[str, dict[str, Document]] = {}
            for old in waiting:
                _gather(old, records)
            await live.put({name: list(puts.values()) for name, puts in records.items()})
            await self.take([_journal_line(old, line) for old in waiting for line in old.outbox if line.kind == "j"])
            await self._load([old.key for old in waiting])
            changed = []
            for old in waiting:
                aggregate = self._aggregates[old.key]
                if not aggregate.steps:
                    continue  # erased
                lines = enumerate(old.outbox, aggregate.lines + 1)
                aggregate.outbox = tuple(Line.of(i, line.kind, line.body) for i, line in lines)
                aggregate.lines += len(old.outbox)
                aggregate.pending = old.pending
                carried += len(old.outbox)
                changed.append(aggregate)
            await self._write(changed, {})
        return carried

    def _kept(self, outbox: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(line for line in outbox if line.kind == "x") if self._keeps_effects else ()

    def _step(self, aggregate: Aggregate, line: JournalLine, entry: Mapping[str, Any]) -> None:
        if entry["kind"] == RESTORED:
            aggregate.seq, aggregate.steps, aggregate.clock = entry["seq"], line.n, entry["now"]
            aggregate.tenant = aggregate.tenant or line.tenant
            return
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


def _gather(aggregate: Aggregate, records: dict[str, dict[str, Document]]) -> None:
    """Add the records that wait in an outbox, by collection and id."""
    for body in (line.body for line in aggregate.outbox if line.kind == "r"):
        records.setdefault(body["c"], {})[body["id"]] = {"_id": body["id"], **body["d"]}


def _journal_line(aggregate: Aggregate, line: Line) -> JournalLine:
    return JournalLine(aggregate.tenant, aggregate.key, line.body["n"], line.body["s"])


def _nothing(_: str) -> frozenset[int]:
    return frozenset()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@cache
def _adapter(model: type) -> TypeAdapter[Any]:
    return TypeAdapter(model)
