"""Replay: fold a service's journal into a new database, which ends equal to the one that wrote it.

Nothing is published and nobody is sent anything. What comes out is equal in state, seq and records; `v`, which counts
writes, and what still waited in outboxes are not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from shared.clock import from_ms
from shared.runtime.aggregate import Aggregate, Codec, Document, Line
from shared.runtime.fold import Fold, effect_line, receipt, stored
from shared.runtime.held import Held
from shared.runtime.incoming import Incoming, Kind
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.messages import Actor, EffectOutcome, Message, Record, Service
from shared.runtime.ports import Store
from shared.runtime.restored import RESTORED
from shared.runtime.wire import Raw, event_line
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

    def plus(self, other: "Counts") -> "Counts":
        """The sum."""
        return Counts(self.folded + other.folded, self.repeated + other.repeated, self.erased + other.erased)


class Replay:
    """Folds journal lines of one service into a store that nobody else writes.

    `held` and `records` bound what it keeps in memory: people, and records not written yet; `every` is after how many
    lines everything becomes durable, and what `take` has folded until then is lost with the process.

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
        records: int = 4000,
        every: int = 1,
        emitted: Callable[[str, Line], None] | None = None,
        keeps_effects: bool = False,
    ) -> None:
        self._service = service
        self._codec = codec
        self._store = store
        self._sealer = sealer
        self._fold = Fold(service, codec)
        self._every = every
        self._emitted = emitted
        self._keeps_effects = keeps_effects
        self.held = Held(service, codec, store, people=held, records=records)
        self._unwritten = 0
        self._models = {model.__name__: model for model in (*service.transitions, EffectOutcome)}
        self.counts = Counts()

    async def take(self, lines: Sequence[JournalLine]) -> bool:
        """Fold lines in the order in which they lie in their partitions; whether all that was taken is durable.

        Raises `Gap` when somebody's next line is not among them nor was before, `NotSealed` for one that was changed,
        `DependencyDown`, and what a transition raises that once did not: then what is not durable has to be taken
        again, by another replay.
        """
        by_key: dict[str, list[JournalLine]] = {}
        for line in lines:
            by_key.setdefault(line.key, []).append(line)
        await self.held.load(by_key)
        ring = await self._sealer.load_people({(line.tenant, line.key) for line in lines}, create=False)
        for key, mine in by_key.items():
            aggregate = self.held[key]
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
                self.held.change(key)
        await self.held.make_room()
        self._unwritten += len(lines)
        if self._unwritten < self._every:
            return False
        await self.write()
        return True

    async def write(self) -> None:
        """Make durable what was taken. Raises `DependencyDown`."""
        await self.held.write()
        self._unwritten = 0

    async def finish(self, live: Store) -> None:
        """Take over from the live database what no journal holds: dead letters, and the holes that they left."""
        after = ""
        while letters := await live.find(LETTERS, {"_id": {"$gt": after}}, [("_id", 1)], PAGE):
            after = letters[-1]["_id"]
            await self._store.put({LETTERS: letters})
        after = ""
        while documents := await live.find(AGGREGATES, {"_id": {"$gt": after}}, [("_id", 1)], PAGE):
            after = documents[-1]["_id"]
            await self.held.load([document["_id"] for document in documents])
            for document in documents:
                aggregate, meta = self.held[document["_id"]], orjson.loads(document["state"])
                nobody = not aggregate.steps and meta["steps"]  # erased
                if not nobody and (aggregate.holes, aggregate.marks) != (meta["holes"], meta["marks"]):
                    aggregate.tenant = document["tenant"]
                    aggregate.holes, aggregate.marks = meta["holes"], meta["marks"]
                    self.held.change(aggregate.key)
            await self.held.make_room()
        await self.write()

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
            await self.held.load([old.key for old in waiting])
            for old in waiting:
                aggregate = self.held[old.key]
                if not aggregate.steps:
                    continue  # erased
                lines = enumerate(old.outbox, aggregate.lines + 1)
                aggregate.outbox = tuple(Line.of(i, line.kind, line.body) for i, line in lines)
                aggregate.lines += len(old.outbox)
                aggregate.pending = old.pending
                carried += len(old.outbox)
                self.held.change(old.key)
            await self.held.make_room()
        await self.write()
        return carried

    def _step(self, aggregate: Aggregate, line: JournalLine, entry: Mapping[str, Any]) -> None:
        """One step once more: its records are held, its events given on, and nothing of it waits to be forwarded."""
        if entry["kind"] == RESTORED:
            aggregate.seq, aggregate.steps, aggregate.clock = entry["seq"], line.n, entry["now"]
            aggregate.tenant = aggregate.tenant or line.tenant
            return
        incoming, now = self._incoming(line, entry), from_ms(entry["now"])
        transition = self._fold.again(aggregate, incoming, now)
        for record in transition.records:
            self._put(aggregate, record)
        if incoming.kind is Kind.COMMAND and transition.answer is not None:
            self._put(aggregate, receipt(incoming, transition.answer))
        if self._emitted is None:
            aggregate.seq += len(transition.events)
            aggregate.lines += len(transition.events)
        else:
            for emit in transition.events:
                cause, name = incoming.message, self._service.name
                self._emitted(line.key, event_line(aggregate, name, emit, cause, entry["now"], now))
        if self._keeps_effects:
            effects = [effect_line(aggregate, effect) for effect in transition.effects]
            aggregate.outbox = (*aggregate.outbox, *effects)
        else:
            aggregate.outbox = ()
            aggregate.lines += len(transition.effects)
        aggregate.lines += 1
        aggregate.pending = None

    def _put(self, aggregate: Aggregate, record: Record) -> None:
        aggregate.lines += 1
        id = f"{aggregate.key}:{record.id}"
        self.held.put(record.collection, {"_id": id, **stored(aggregate, record)})

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


def _gather(aggregate: Aggregate, records: dict[str, dict[str, Document]]) -> None:
    """Add the records that wait in an outbox, by collection and id."""
    for body in (line.body for line in aggregate.outbox if line.kind == "r"):
        records.setdefault(body["c"], {})[body["id"]] = {"_id": body["id"], **body["d"]}


def _journal_line(aggregate: Aggregate, line: Line) -> JournalLine:
    return JournalLine(aggregate.tenant, aggregate.key, line.body["n"], line.body["s"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@cache
def _adapter(model: type) -> TypeAdapter[Any]:
    return TypeAdapter(model)
