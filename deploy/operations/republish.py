"""`republish`: publish a service's older events once more, under the ids and seqs that they had, from its journal."""

import asyncio
import time
from datetime import datetime
from typing import Final

import orjson

from deploy.operations.reach import Reach, metrics, service_of
from deploy.operations.rebuild import Rebuild
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from shared.ids import random_id
from shared.kafka.partition import shard_of
from shared.kafka.publisher import KafkaPublisher
from shared.runtime.aggregate import Codec, Line
from shared.runtime.ports import Delivery, DependencyDown
from shared.runtime.replay import Gap, NotAJournal, Replay
from shared.runtime.wire import Outgoing, outgoing_event

PATIENCE_S: Final = 30.0


async def republish(reach: Reach, advance: Advance, service: str, since: datetime) -> Answer:
    """Publish what was recorded at `since` or later; whoever had it drops it by its seq, a new consumer takes it.

    The events are made anew by folding the journal into a database that is dropped afterwards, so that it does not
    matter whether the topic still holds them. 1 when the journal cannot be folded.
    """
    (name,) = reach.names(service)
    described, scratch = service_of(name), f"republish-{random_id()[:8]}"
    waiting: list[Outgoing] = []
    counts = {"published": 0, "older": 0}

    def emitted(key: str, line: Line) -> None:
        if datetime.fromisoformat(orjson.loads(line.raw)["b"]["recorded_at"]) >= since:
            waiting.append(outgoing_event(key, line))
        else:
            counts["older"] += 1

    target, publisher = reach.store(name, scratch), publisher_of(reach, name)

    async def after_batch() -> None:
        records, waiting[:] = list(waiting), []
        await publish_all(publisher, records)
        counts["published"] += len(records)

    folding = Replay(described, Codec(described, shard_of), target, reach.sealer(), emitted=emitted)
    rebuild = Rebuild(reach, name, target, folding, advance, after_batch)
    await publisher.start()
    try:
        await rebuild.begin()
        await rebuild.catch_up()
    except (Gap, NotAJournal) as error:
        return Answer({"service": name, "refused": str(error)}, WRONG, (f"The journal cannot be folded: {error}.",))
    finally:
        await publisher.stop()
        await reach.whole(name, scratch).drop()
    found = {"service": name, "since": since.isoformat(), **counts}
    line = f"Published {counts['published']} events of {name} once more; {counts['older']} are older than that."
    return Answer(found, WELL, (line,))


def publisher_of(reach: Reach, name: str) -> KafkaPublisher:
    """A publisher on behalf of a service, not yet started."""
    installation = reach.installation
    return KafkaPublisher(
        installation.kafka.servers,
        metrics(name),
        namespace=installation.namespace,
        partitions=installation.partitions,
        client="operations",
        security=installation.kafka.options(),
    )


async def publish_all(publisher: KafkaPublisher, records: list[Outgoing]) -> None:
    """All of them, in order; `DependencyDown` when Kafka does not take them within half a minute."""
    until = time.monotonic() + PATIENCE_S
    while records:
        delivered = await publisher.publish(records)
        records = [record for record, done in zip(records, delivered, strict=True) if done is not Delivery.DONE]
        if records and time.monotonic() > until:
            raise DependencyDown("kafka")
        if records:
            await asyncio.sleep(0.2)
