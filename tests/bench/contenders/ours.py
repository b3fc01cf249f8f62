"""The runtime as the service wires it: subscription, fold, fence, forward, commit, lazy clear."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from services.progression.transitions import SERVICE
from shared.clock import ManualClock
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.subscriber import Subscriber
from shared.mongo.client import connect
from shared.mongo.keys import MongoKeyStore
from shared.mongo.store import AGGREGATES, MongoStore
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate, encode
from shared.runtime.app import inputs
from shared.runtime.fold import stored
from shared.runtime.garbage import collect_rarely
from shared.runtime.messages import Message, Service
from shared.runtime.ownership import Ownership
from shared.runtime.ports import CrashPoint
from shared.runtime.runtime import Runtime
from shared.runtime.wire import Raw
from shared.sealing import Sealer, make_master_key, read_master_key
from shared.settings import RuntimeSettings
from tests.bench.contenders.filling import KEY, fill
from tests.bench.contenders.job import Job, Watch
from tests.bench.workload import PARTITIONS, TENANT, decide, digest

PAGE = 500
CLEAR_EVERY_S = 1.0
SHARDS = 64
STRETCHES = 20
FAR_MS = 4_000_000_000_000


def settings_of(job: Job) -> RuntimeSettings:
    """The settings of this run's process; keys and files lie in its folder."""
    folder = Path(job.folder)
    make_master_key(folder / "master.key")
    (folder / "jwks.json").write_text('{"keys": []}')
    return RuntimeSettings(
        kafka=job.kafka,
        mongo_url=job.mongo_url,
        keys_mongo_url=job.keys_url,
        master_key_file=folder / "master.key",
        issuer="bench",
        audience="bench",
        jwks_file=folder / "jwks.json",
        namespace=job.workload.namespace,
        partitions=PARTITIONS,
        instance=job.run,
    )


class Ours:
    """One process of progression without HTTP and without ticks, which nobody else in this comparison has."""

    def __init__(self, job: Job, service: Service = SERVICE) -> None:
        self.job = job
        self.watch = Watch()
        self.caught_up = asyncio.Event()
        settings = settings_of(job)
        metrics = Metrics(CollectorRegistry(), service.name)
        mongo = connect(settings.mongo_url, app=service.name, timeout_ms=30_000)
        keys = connect(settings.keys_mongo_url, app=service.name, timeout_ms=30_000)
        self.store = MongoStore(mongo[settings.named(service.name)], metrics)
        self.sealer = Sealer(MongoKeyStore(keys[settings.named("keys")]), read_master_key(settings.master_key_file))
        self._publisher = KafkaPublisher(
            settings.kafka, metrics, namespace=settings.namespace, partitions=PARTITIONS, client=job.run
        )
        ownership = Ownership(PARTITIONS)
        self.runtime = Runtime(
            service,
            self.store,
            self._publisher,
            self.sealer,
            ManualClock(datetime(2025, 3, 3, 6, tzinfo=UTC)),
            metrics,
            ownership,
            instance=settings.instance,
        )
        self._subscriber = Subscriber(
            settings,
            f"{service.name}-{job.run}",
            inputs(service),
            ownership,
            metrics,
            handle=self._handle,
            forget=self.runtime.cache.clear,
            crash=self._committed,
        )

    async def prepare(self) -> None:
        """Indexes, where everybody stands, and everybody's key."""
        await self.store.prepare(SERVICE)
        if self.job.seeded:
            people, stretches = self.job.workload.everybody(), min(STRETCHES, self.job.people)
            for stretch in range(stretches):
                await self._fill(*(self.job.others * end // stretches for end in (stretch, stretch + 1)))
                await self._lay(people[stretch::stretches])
            if self.job.history is not None:
                await self._lay_history()

    async def _fill(self, first: int, upto: int) -> None:
        """People who do nothing, so that the others lie scattered among them; nobody needs a key for them."""
        if first == upto:
            return
        start, decided = self.job.workload.start, decide(self.job.workload.start.state, self._next())
        latest = {record.collection: record for record in decided.records}
        templates: dict[str, list[dict[str, Any]]] = {AGGREGATES: [], **{name: [] for name in latest}}
        for shard in range(SHARDS):
            one = Aggregate(KEY, TENANT, 0, start.state, start.seq, start.steps, marks=dict(start.marks))
            one.due = FAR_MS + shard * 1000
            templates[AGGREGATES].append({**self.runtime.codec.encode(one), "shard": shard})
            for name, record in latest.items():
                templates[name].append({"_id": f"{KEY}:{record.id}", **orjson.loads(encode(stored(one, record)))})
        await asyncio.to_thread(fill, self.job.place, templates, first, upto)

    def _next(self) -> Message[Any]:
        return next(self.job.workload.messages())

    async def _lay(self, keys: Sequence[str]) -> None:
        """Lay down where they stand, with their keys."""
        start = self.job.workload.start
        for first in range(0, len(keys), PAGE):
            page = keys[first : first + PAGE]
            await self.sealer.load(TENANT, page)
            documents = [
                self.runtime.codec.encode(
                    Aggregate(k, TENANT, 0, start.state, start.seq, start.steps, marks=dict(start.marks)),
                )
                for k in page
            ]
            if not await self.store.fence(documents):
                raise RuntimeError("the database was not empty")

    async def _lay_history(self) -> None:
        """The decision on each of everybody's past sessions, as a record."""
        workload = self.job.workload
        record = next(r for r in decide(workload.start.state, self._next()).records if "number" in r.data)
        for key in workload.everybody():
            ids = [f"{key}:past-{number}" for number in range(workload.past)]
            common = {**record.data, "key": key, "tenant": TENANT, "seq": 1}
            documents = [{**common, "_id": id, "id": id, "number": number} for number, id in enumerate(ids)]
            for first in range(0, len(documents), PAGE):
                await self.store.lay({record.collection: documents[first : first + PAGE]})

    async def start(self) -> None:
        """Connect; the work begins as soon as partitions are here."""
        await self._publisher.start()
        await self._subscriber.start()

    async def finish(self) -> None:
        """Work until everything is published, committed and cleared, and stop the watch."""
        while not self.caught_up.is_set():
            try:
                async with asyncio.timeout(CLEAR_EVERY_S):
                    await self.caught_up.wait()
            except TimeoutError:
                await self.runtime.forwarder.clear()
        await self.runtime.rest()
        while await self.store.pending(2**53, range(SHARDS), 1):  # what Kafka did not take at first
            await self.runtime.timers.sweep(after_ms=-1)
            await self.runtime.rest()
        self.watch.stop()

    async def stop(self) -> None:
        """Leave the group."""
        await self._subscriber.stop()
        await self._publisher.stop()

    async def ended(self) -> str:
        """The digest of where everybody stands now."""
        keys, people = self.job.workload.everybody(), []
        for first in range(0, len(keys), PAGE):
            page = [self.runtime.codec.decode(d) for d in await self.store.load(keys[first : first + PAGE])]
            people += [(a.key, a.seq, a.state) for a in page]
        return digest(people)

    async def _handle(self, records: Sequence[Raw]) -> None:
        self.watch.start()
        await self.runtime.consumer.handle(records)
        self.watch.done += len(records)

    def _committed(self, point: CrashPoint) -> None:
        if point is CrashPoint.AFTER_COMMIT and self.watch.done >= self.job.records:
            self.caught_up.set()


async def run(job: Job) -> None:
    """Prepare, do the work, and tell; with `stay` the service goes on until its input ends."""
    ours = Ours(job)
    await ours.prepare()
    collect_rarely()
    await ours.start()
    try:
        await ours.finish()
        sys.stdout.write(ours.watch.told(await ours.ended()) + "\n")
        sys.stdout.flush()
        if job.stay:
            await asyncio.to_thread(sys.stdin.read)
    finally:
        await ours.stop()


if __name__ == "__main__":
    asyncio.run(run(Job.read()))
