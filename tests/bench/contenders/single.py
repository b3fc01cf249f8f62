"""FastStream one message at a time, as its pages show: find, replace, publish, acknowledge."""

import asyncio
import logging
import sys
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from motor.motor_asyncio import AsyncIOMotorClient

from shared.runtime.garbage import collect_rarely
from shared.runtime.wire import Raw, decode
from tests.bench.contenders.job import Job, Watch
from tests.bench.contenders.loops import NESTED, WANTED, ended, fold, prepare
from tests.bench.workload import OUT, TOPIC


async def run(job: Job) -> str:
    """Prepare, do the work, and tell."""
    people: Any = AsyncIOMotorClient(job.mongo_url, w="majority")[f"rival_{job.run}".replace("-", "_")]["people"]
    await prepare(people, job.workload, NESTED)
    prefix = f"{job.workload.namespace}-"
    broker = KafkaBroker(
        job.kafka, acks="all", enable_idempotence=True, logger=logging.getLogger("bench"), log_level=logging.DEBUG
    )
    watch, last = Watch(), asyncio.Event()

    @broker.subscriber(
        prefix + TOPIC,
        group_id=prefix + job.run,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def handle(_: Any, message: KafkaMessage) -> None:
        watch.start()
        record: Any = message.raw_message
        raw = Raw(TOPIC, record.partition, record.offset, record.key, record.value, tuple(record.headers))
        session = decode(raw, WANTED)
        found = await people.find_one({"_id": session.key})
        folded = fold({session.key: found}, [session], NESTED)
        for document in folded.documents:
            await people.replace_one({"_id": document["_id"]}, {**document, "outbox": []})
        for key, value in folded.events:
            await broker.publish(value, prefix + OUT, key=key.encode())
        watch.done += 1
        if watch.done == job.events:
            watch.stop()
            last.set()

    await broker.start()
    try:
        await last.wait()
        await asyncio.sleep(0.1)  # the last acknowledgement
    finally:
        await broker.stop()
    return watch.told(await ended(people, job.workload, NESTED))


if __name__ == "__main__":
    collect_rarely()  # as ours does
    sys.stdout.write(asyncio.run(run(Job.read())) + "\n")
