"""The hand-written aiokafka and Motor loops: the durable one, and the plain one that loses events in a crash."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import InsertOne, ReplaceOne, UpdateOne

from services.progression.domain.state import PatientState
from services.progression.transitions import SERVICE
from shared.runtime.aggregate import CANONICAL
from shared.runtime.garbage import collect_rarely
from shared.runtime.messages import Message
from shared.runtime.wire import Raw, decode
from tests.bench.contenders.job import Job, Watch
from tests.bench.workload import LOGGING, OUT, STATES, TENANT, TOPIC, Workload, decide, digest, emitted

BATCH = 2000
PAGE = 500
WANTED = frozenset(SERVICE.transitions)


@dataclass(frozen=True, slots=True)
class Form:
    """How a state lies in its document."""

    pack: Callable[[PatientState], Any]
    unpack: Callable[[Any], PatientState]


def _packed(state: PatientState) -> Any:
    return orjson.loads(orjson.dumps(state, option=CANONICAL))


NESTED = Form(_packed, STATES.validate_python)
TEXT = Form(
    lambda state: orjson.dumps(state, option=CANONICAL).decode(), lambda t: STATES.validate_python(orjson.loads(t))
)


@dataclass(slots=True)
class Folded:
    """What a batch leads to."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[str, bytes]] = field(default_factory=list)
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


def fold(found: dict[str, dict[str, Any]], messages: Sequence[Message[Any]], form: Form) -> Folded:
    """Group by person, decide in order, and note the document, the events and the records of each."""
    folded = Folded()
    by_key: dict[str, list[Message[Any]]] = {}
    for message in messages:
        by_key.setdefault(message.key, []).append(message)
    for key, mine in by_key.items():
        document = found[key]
        state, seen, seq = form.unpack(document["state"]), document["seen"], document["seq"]
        outbox: list[str] = []
        for message in mine:
            if (message.seq or 0) <= seen:
                continue
            done = decide(state, message)
            state, seen = done.state, message.seq or 0
            for emit in done.events:
                seq += 1
                event = emitted(seq, emit, message)
                outbox.append(event.decode())
                folded.events.append((key, event))
            for record in done.records:
                id = f"{key}:{record.id}"
                body = {"_id": id, "id": record.id, "key": key, "tenant": TENANT, "seq": seen, **record.data}
                folded.records.setdefault(record.collection, {})[id] = body
        v = document["v"] + 1
        folded.documents.append(
            {"_id": key, "v": v, "seen": seen, "seq": seq, "state": form.pack(state), "outbox": outbox}
        )
    return folded


class Loop:
    """Consume a batch, find, decide, write, publish, commit; with `durable` fenced, with an outbox and records."""

    def __init__(self, job: Job, form: Form, *, durable: bool) -> None:
        self._job = job
        self._form = form
        self._durable = durable
        self._database: Any = AsyncIOMotorClient(job.mongo_url, w="majority")[f"rival_{job.run}".replace("-", "_")]
        self._people: Any = self._database["people"]
        self._prefix = f"{job.workload.namespace}-"

    async def run(self) -> str:
        """Prepare, do the work, and tell."""
        await prepare(self._people, self._job.workload, self._form)
        if self._durable:
            for name, indexes in SERVICE.collections.items():
                for keys in ([("key", 1)], *(list(index) for index in indexes if index != (("key", 1),))):
                    await self._database[name].create_index(keys)
        consumer = AIOKafkaConsumer(
            self._prefix + TOPIC,
            bootstrap_servers=self._job.kafka,
            group_id=f"{self._prefix}{self._job.run}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        producer = AIOKafkaProducer(
            bootstrap_servers=self._job.kafka,
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=262_144,
        )
        watch = Watch()
        await consumer.start()
        await producer.start()
        try:
            while watch.done < self._job.events:
                records = [
                    r for part in (await consumer.getmany(timeout_ms=20, max_records=BATCH)).values() for r in part
                ]
                if not records:
                    continue
                watch.start()
                await self._batch(records, producer)
                await consumer.commit()
                watch.done += len(records)
            watch.stop()
        finally:
            await producer.stop()
            await consumer.stop()
        return watch.told(await ended(self._people, self._job.workload, self._form))

    async def _batch(self, records: Sequence[Any], producer: Any) -> None:
        raws = (Raw(TOPIC, r.partition, r.offset, r.key, r.value, tuple(r.headers)) for r in records)
        messages = [decode(raw, WANTED) for raw in raws]
        keys = list({message.key for message in messages})
        found = {d["_id"]: d for d in await self._people.find({"_id": {"$in": keys}}).to_list(length=len(keys))}
        folded = fold(found, messages, self._form)
        if self._durable:
            await self._write(folded)
        else:
            plain = [ReplaceOne({"_id": d["_id"]}, {**d, "outbox": []}) for d in folded.documents]
            await self._people.bulk_write(plain, ordered=False)
        sent = [await producer.send(self._prefix + OUT, value, key.encode()) for key, value in folded.events]
        await asyncio.gather(*sent)
        if self._durable:
            clears = [
                UpdateOne({"_id": d["_id"], "v": d["v"]}, {"$set": {"outbox": [], "v": d["v"] + 1}})
                for d in folded.documents
            ]
            await self._people.bulk_write(clears, ordered=False)

    async def _write(self, folded: Folded) -> None:
        writes = [ReplaceOne({"_id": d["_id"], "v": d["v"] - 1}, d) for d in folded.documents]
        done = await self._people.bulk_write(writes, ordered=False)
        if done.matched_count != len(writes):
            raise RuntimeError("somebody else writes this database")
        for name, puts in folded.records.items():
            await self._database[name].bulk_write(
                [ReplaceOne({"_id": id}, body, upsert=True) for id, body in puts.items()], ordered=False
            )


async def prepare(people: Any, workload: Workload, form: Form) -> None:
    """Lay down where everybody stands."""
    start, keys = workload.start, workload.everybody()
    state, seen = form.pack(start.state), start.marks[LOGGING]
    for first in range(0, len(keys), PAGE):
        await people.bulk_write(
            [
                InsertOne({"_id": key, "v": 1, "seen": seen, "seq": start.seq, "state": state, "outbox": []})
                for key in keys[first : first + PAGE]
            ],
            ordered=False,
        )


async def ended(people: Any, workload: Workload, form: Form) -> str:
    """The digest of where everybody stands now."""
    keys, found = workload.everybody(), []
    for first in range(0, len(keys), PAGE):
        page = await people.find({"_id": {"$in": keys[first : first + PAGE]}}).to_list(length=PAGE)
        found += [(d["_id"], d["seq"], form.unpack(d["state"])) for d in page]
    return digest(found)


if __name__ == "__main__":
    collect_rarely()  # as ours does
    kind, task = sys.argv[1], Job.read()
    loop = Loop(task, TEXT if kind == "floor_text" else NESTED, durable=kind != "floor_unsafe")
    sys.stdout.write(asyncio.run(loop.run()) + "\n")
