"""A service's process in which one part of the mechanism is taken out; only the chaos run starts it."""

import os
import runpy
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition
from faststream.kafka.annotations import KafkaMessage
from pymongo import ReplaceOne

from shared.kafka.subscriber import Subscriber
from shared.mongo.store import AGGREGATES, MongoStore
from shared.runtime import effects
from shared.runtime.aggregate import Document
from shared.runtime.ports import DependencyDown
from shared.runtime.timers import Timers
from shared.runtime.wire import Raw


def commit_first() -> None:
    """The offsets of a batch are committed as soon as it is there."""

    async def on_batch(self: Subscriber, _: list[bytes], message: KafkaMessage) -> None:
        records: Any = message.raw_message
        after = {TopicPartition(one.topic, one.partition): one.offset + 1 for one in records}
        self._commits.add(message.consumer, after)
        await self._commits.settle()  # and dies there, where it is to die after a commit
        for place, offset in after.items():
            self._ownership.handled((place.topic, place.partition), offset)
        with suppress(DependencyDown):
            await self._handle([Raw(r.topic, r.partition, r.offset, r.key, r.value, tuple(r.headers)) for r in records])

    Subscriber._on_batch = on_batch  # type: ignore[method-assign]


def no_fence() -> None:
    """The last writer wins, whatever it read."""

    async def fence(self: MongoStore, documents: Sequence[Document]) -> bool:
        writes: list[Any] = [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in documents]
        await self._database[AGGREGATES].bulk_write(writes, ordered=False)
        return True

    MongoStore.fence = fence  # type: ignore[method-assign]


def no_sweeper() -> None:
    """What waits in an outbox waits until somebody writes that aggregate again."""

    async def sweep(self: Timers, *, after_ms: int | None = None) -> int:
        return 0

    Timers.sweep = sweep  # type: ignore[method-assign]


def send_again() -> None:
    """A message of which nobody knows whether it left is sent again, as only messages of safety may be, and however
    late."""
    read, ever = effects._effect, datetime.max.replace(tzinfo=UTC)
    effects._effect = lambda line: replace(read(line), safety=True, not_after=ever)


if __name__ == "__main__":
    builds = {"commit-first": commit_first, "no-fence": no_fence, "no-sweeper": no_sweeper, "send-again": send_again}
    builds[os.environ["CHAOS_SABOTAGE"]]()
    runpy.run_module(os.environ["CHAOS_MODULE"], run_name="__main__", alter_sys=True)
