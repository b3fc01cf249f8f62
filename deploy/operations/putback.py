"""The work of a restore: documents, dead letters and holes put back, the journal folded onto them, every seq raised."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import orjson

from deploy.operations.folder import Backup, Offsets
from deploy.operations.reach import Reach, service_of
from deploy.operations.rebuild import POSITIONS, Rebuild
from deploy.operations.republish import publish_all, publisher_of
from deploy.operations.telling import Advance
from shared.kafka.partition import shard_of
from shared.kafka.reader import Lying
from shared.runtime.aggregate import DOCUMENT_LIMIT, Aggregate, Codec, Document, Line
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.letters import raw_of
from shared.runtime.mechanism import wall_ms
from shared.runtime.replay import AGGREGATES, Replay
from shared.runtime.restored import go_on_higher
from shared.runtime.wire import Outgoing, Raw, outgoing_event
from shared.sealing import key_id

TOGETHER: Final = 500
MARK: Final = "restoring"
"""A collection that is there as long as the database is not whole; a restore that finds it begins anew."""


class Keyless(Exception):
    """Somebody of the backup has no key in the database of keys, not even a thrown away one."""


class PutBack:
    """One restore into one database; a dry one (not `in_earnest`) publishes nothing."""

    def __init__(
        self, reach: Reach, advance: Advance, name: str, backup: Backup, suffix: str, *, in_earnest: bool
    ) -> None:
        self._reach = reach
        self._advance = advance
        self._name = name
        self._backup = backup
        self._in_earnest = in_earnest
        self._service = service_of(name)
        self._codec = Codec(self._service, shard_of)
        self._store = reach.store(name, suffix)
        self.whole = reach.whole(name, suffix)
        self._replay: Replay | None = None
        self._publisher = publisher_of(reach, name)
        self._gone: set[str] = set()
        self._counts = dict.fromkeys(("erased", "letters", "published", "raised"), 0)
        self._documents: dict[str, int] = {}

    def found(self) -> dict[str, Any]:
        """What was done, as JSON."""
        folded = 0 if self._replay is None else self._replay.counts.folded
        return {"documents": self._documents, "folded": folded, **self._counts}

    async def vacant(self) -> bool:
        """Whether the database is empty; what an interrupted restore left is removed."""
        there = await self.whole.collections()
        if MARK in there:
            await self.whole.drop()
            return True
        return not there

    async def carry_out(self) -> None:
        """Everything up to the raise. Raises `Keyless`, `Gap`, `NotAJournal`, `DependencyDown`."""
        await self.whole.put(MARK, [{"_id": MARK, "seq": 1}])
        await self._store.prepare(self._service)
        await self._publisher.start()
        try:
            await self._put_documents()
            await self._put_letters()
            await self._fold()
        finally:
            await self._publisher.stop()
        await self._add_unknown()
        await self._raise_all()

    async def end(self) -> None:
        """The database is whole: a service may start on it."""
        await self.whole.drop(POSITIONS, MARK)

    async def _put_documents(self) -> None:
        last = (LETTERS,)  # a letter may not say of which clinic it is
        for collection in sorted(self._backup.collections, key=lambda one: (one in last, one != AGGREGATES, one)):
            for page in self._backup.pages(collection):
                kept = await self._not_erased(collection, page)
                await self.whole.put(collection, kept)
                if collection == AGGREGATES:
                    await self._publish_waiting(kept)
                self._documents[collection] = self._documents.get(collection, 0) + len(kept)
                self._advance(f"Putting back {collection}", self._documents[collection], 0)

    async def _publish_waiting(self, documents: list[Document]) -> None:
        """What waited in the outboxes of the backup comes before what the journal has of the time since."""
        waiting = [self._codec.decode(document) for document in documents if document["outbox"]]
        await self._publish([outgoing_event(a.key, line) for a in waiting for line in a.outbox if line.kind == "e"])

    async def _publish(self, records: list[Outgoing]) -> None:
        if self._in_earnest:
            await publish_all(self._publisher, records)
            self._counts["published"] += len(records)

    async def _not_erased(self, collection: str, page: list[Document]) -> list[Document]:
        """Without those whose key was thrown away since."""
        own = "_id" if collection == AGGREGATES else "key"
        people = {key_id(d["tenant"], d[own]): d[own] for d in page if d.get("tenant") and d.get(own)}
        keys = await self._reach.keys().get(people)
        if collection == AGGREGATES and len(keys) < len(people):
            raise Keyless
        self._gone |= {people[id] for id, wrapped in keys.items() if wrapped is None}
        kept = [document for document in page if document.get(own) not in self._gone]
        self._counts["erased"] += len(page) - len(kept)
        return kept

    async def _put_letters(self) -> None:
        """Dead letters since the backup, from their topic; each leaves the hole that it left before."""
        mirrored = self._service.dead_letters_topic
        async for page in self._read(mirrored, self._backup.manifest.dead_letters):
            letters = [orjson.loads(lying.raw.value or b"null") for lying in page]
            letters = await self._not_erased(LETTERS, [one for one in letters if isinstance(one, dict)])
            await self._store.put({LETTERS: letters})
            ids = [letter["_id"] for letter in letters]
            there = await self._store.find(LETTERS, {"_id": {"$in": ids}, "status": "open"}, limit=len(ids) or 1)
            await self._open_holes([letter for letter in there if letter["topic"] and letter["key"]])
            self._counts["letters"] += len(there)

    async def _open_holes(self, letters: list[dict[str, Any]]) -> None:
        aggregates = await self._aggregates({letter["key"] for letter in letters})
        changed: dict[str, Aggregate] = {}
        for letter in letters:
            aggregate, raw = aggregates[letter["key"]], raw_of(letter)
            service, seq = _origin(raw)
            routed = raw.key != letter["key"].encode()
            if routed or service is None:
                if routed or aggregate.v:
                    aggregate.holes.setdefault(letter["_id"], letter["_id"])
                    changed[aggregate.key] = aggregate
            elif seq > aggregate.marks.get(service, 0):  # else the backup knows what became of it
                aggregate.holes.setdefault(f"{service}:{seq}", letter["_id"])
                changed[aggregate.key] = aggregate
            aggregate.tenant = aggregate.tenant or letter["tenant"]
        await self.whole.put(AGGREGATES, map(self._encoded, changed.values()))

    async def _fold(self) -> None:
        """What the journal has of the time since; its events go out once more, should one have been on its way."""
        waiting: list[Outgoing] = []

        def emitted(key: str, line: Line) -> None:
            waiting.append(outgoing_event(key, line))

        async def publish() -> None:
            records, waiting[:] = list(waiting), []
            await self._publish(records)

        sealer = self._reach.sealer()
        self._replay = Replay(self._service, self._codec, self._store, sealer, emitted=emitted, keeps_effects=True)
        rebuild = Rebuild(self._reach, self._name, self._store, self._replay, self._advance, publish)
        at = orjson.dumps(dict(self._backup.manifest.journal), option=orjson.OPT_NON_STR_KEYS).decode()
        await self.whole.put(POSITIONS, [{"_id": POSITIONS, "seq": 1, "at": at}])
        await rebuild.begin()
        await rebuild.catch_up()

    async def _add_unknown(self) -> None:
        """Whoever has events and neither a document nor a journal line: their numbers must not be given again."""
        tenants: dict[str, str] = {}
        async for page in self._read(self._service.events_topic, self._backup.manifest.events):
            for raw in (lying.raw for lying in page if lying.raw.key and lying.raw.value):
                key = (raw.key or b"").decode(errors="replace")
                if key not in tenants and key not in self._gone:
                    tenants[key] = _tenant(raw)
        keys = list(tenants)
        for start in range(0, len(keys), TOGETHER):
            known = await self._aggregates(keys[start : start + TOGETHER])
            new = [aggregate for aggregate in known.values() if not aggregate.v and tenants[aggregate.key]]
            for aggregate in new:
                aggregate.tenant = tenants[aggregate.key]
            there = await self._reach.keys().get([key_id(one.tenant, one.key) for one in new])
            added = [one for one in new if there.get(key_id(one.tenant, one.key)) is not None]
            await self.whole.put(AGGREGATES, map(self._encoded, added))

    async def _raise_all(self) -> None:
        async for page in self.whole.pages(AGGREGATES):
            aggregates = [self._codec.decode(document) for document in page if document["tenant"]]
            ring = await self._reach.sealer().load_people(((a.tenant, a.key) for a in aggregates), create=False)
            for aggregate in aggregates:
                go_on_higher(aggregate, ring, wall_ms())
            await self.whole.put(AGGREGATES, map(self._encoded, aggregates))
            self._counts["raised"] += len(aggregates)
            self._advance("Raising", self._counts["raised"], 0)

    async def _aggregates(self, keys: Iterable[str]) -> dict[str, Aggregate]:
        """These, new where there is none."""
        wanted = list(keys)
        found = {document["_id"]: self._codec.decode(document) for document in await self._store.load(wanted)}
        return {key: found.get(key) or self._codec.new(key) for key in wanted}

    def _encoded(self, aggregate: Aggregate) -> Document:
        return self._codec.encode(aggregate, 2 * DOCUMENT_LIMIT)

    async def _read(self, topic: str, since: Offsets) -> AsyncIterator[list[Lying]]:
        """What was laid there since."""
        reader = await self._reach.reader()
        span = await reader.span(topic)
        begins = {p: max(at, since.get(p, 0)) for p, at in span.begins.items()}
        async for page in reader.read(topic, begins, span.ends):
            yield page


def _origin(raw: Raw) -> tuple[str | None, int]:
    """Producer and seq of a record, as its headers tell them."""
    source, seq = raw.header("ce_source"), raw.header("ce_seq") or ""
    if source is None or not (seq.isascii() and seq.isdecimal() and len(seq) < 17):
        return None, 0
    return source.removeprefix("/pacewell/"), int(seq)


def _tenant(raw: Raw) -> str:
    """Whose person an event's is, where a service of ours can have written it."""
    try:
        tenant = orjson.loads(raw.value or b"")["tenant_id"]
    except (ValueError, KeyError, TypeError):
        return ""
    return tenant if isinstance(tenant, str) and ":" not in tenant else ""
