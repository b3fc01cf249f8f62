"""Offsets on their way to Kafka: one commit at a time and few of them, while the next batches are handled."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.observability.metrics import Metrics

COMMIT_TIMEOUT_S: Final = 5.0
EVERY_S: Final = 0.25
AT_ONCE: Final = 500

_log = structlog.get_logger(__name__)


class Commits:
    """Commits what was handled, and calls `done` whenever nothing handled waits for it any more.

    The next commit is made a quarter of a second after the one before, or as soon as 500 records wait for it. Whoever
    dies before it finds these records again, and marks know them. What failed to be committed waits for the next commit
    or for `again`: where nothing more comes, the group would stay behind for ever.
    """

    def __init__(self, metrics: Metrics, done: Callable[[], None]) -> None:
        self._metrics = metrics
        self._done = done
        self._waiting: dict[TopicPartition, int] = {}
        self._taken_back = False
        self._records = 0
        self._hurry = asyncio.Event()
        self._began = float("-inf")
        self._under_way: asyncio.Task[None] | None = None

    def add(self, consumer: Any, offsets: Mapping[TopicPartition, int], records: int = 1) -> None:
        """Everything before these offsets is durable, so many records more than before; returns at once."""
        self._waiting.update(offsets)
        self._records += records
        if self._records >= AT_ONCE:
            self._hurry.set()
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._all(consumer))

    def again(self, consumer: Any) -> None:
        """Commit what failed to be, unless a commit is under way; returns at once."""
        if self._waiting:
            self.add(consumer, {}, 0)

    async def settle(self, within_s: float | None = None) -> None:
        """Commit what waits now; return when nothing does, or after so long: what is under way goes on."""
        self._hurry.set()
        if self._under_way is not None:
            await asyncio.wait([self._under_way], timeout=within_s)

    def forget(self) -> None:
        """Commit nothing that waits: its partitions are somebody else's now."""
        self._waiting.clear()
        self._taken_back = True

    async def _all(self, consumer: Any) -> None:
        while self._waiting:
            rest_s = self._began + EVERY_S - time.monotonic()
            if rest_s > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest_s):
                        await self._hurry.wait()
            self._hurry.clear()
            self._began, self._records = time.monotonic(), 0
            offsets, self._waiting = self._waiting, {}
            self._taken_back = False
            mine = {place: offset for place, offset in offsets.items() if place in consumer.assignment()}
            try:
                async with asyncio.timeout(COMMIT_TIMEOUT_S):  # with Kafka gone it would wait for its return
                    if mine:
                        await consumer.commit(mine)
            except Exception as error:
                self._metrics.dependency_errors("kafka", type(error).__name__).inc()
                if not isinstance(error, KafkaError | OSError | TimeoutError):
                    _log.error("consumer.commit_failed", error=type(error).__name__, exc_info=True)
                if not self._taken_back:
                    self._waiting = mine | self._waiting
                return
        self._done()
