"""One process of a replay: folds its share of the journal's partitions into a new database."""

import asyncio
import sys
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.progression.transitions import SERVICE
from shared.kafka.partition import shard_of
from shared.mongo.client import connect
from shared.mongo.keys import MongoKeyStore
from shared.mongo.store import MongoStore
from shared.runtime.aggregate import Codec
from shared.runtime.replay import JournalLine, Replay
from shared.runtime.wire import Raw
from shared.sealing import Sealer, read_master_key
from tests.bench.contenders.job import Job, Watch
from tests.bench.workload import PARTITIONS

BATCH = 2000


def store_of(url: str, namespace: str) -> MongoStore:
    """The database of progression on this engine, as `ours` names it."""
    return MongoStore(connect(url, app="replay", timeout_ms=60_000)[f"{namespace}-{SERVICE.name}"])


def replay_of(job: Job, store: MongoStore) -> Replay:
    """A replay into this store with the keys of the run that wrote the journal."""
    keys = connect(job.keys_url, app="replay", timeout_ms=60_000)[f"{job.workload.namespace}-keys"]
    sealer = Sealer(MongoKeyStore(keys), read_master_key(Path(job.folder) / "master.key"))
    return Replay(SERVICE, Codec(SERVICE, shard_of), store, sealer)


async def run(job: Job, share: int, of: int) -> str:
    """Fold every `of`-th partition from `share` on, up to where it ends now, and tell."""
    replay = replay_of(job, store_of(job.mongo_url, job.workload.namespace))
    topic = f"{job.workload.namespace}-{SERVICE.journal_topic}"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=job.kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4_000_000,
    )
    await consumer.start()
    watch = Watch()
    try:
        places = [TopicPartition(topic, partition) for partition in range(share, PARTITIONS, of)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        watch.start()
        while [place for place in places if await consumer.position(place) < ends[place]]:
            fetched = await consumer.getmany(timeout_ms=50, max_records=BATCH)
            lines = [
                JournalLine.of(Raw(SERVICE.journal_topic, r.partition, r.offset, r.key, r.value, tuple(r.headers)))
                for place, records in fetched.items()
                for r in records
                if r.offset < ends[place]
            ]
            if lines:
                await replay.take(lines)
                watch.done += len(lines)
        watch.stop()
    finally:
        await consumer.stop()
    return watch.told("")


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(run(Job.read(), int(sys.argv[1]), int(sys.argv[2]))) + "\n")
