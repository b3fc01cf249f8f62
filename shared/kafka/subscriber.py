"""FastStream's batch subscriber: records as raw bytes, explicit offsets, a drain before partitions leave."""

import asyncio
import itertools
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from shared.kafka.commits import Commits
from shared.kafka.connection import mend_connections
from shared.kafka.outside import within
from shared.kafka.patience import SOME_MS, ends_of, stay, told_of, wait_by_what_is_asked
from shared.kafka.security import security
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import NewerSchema
from shared.runtime.brake import Stopped
from shared.runtime.consume import pause
from shared.runtime.ownership import Ownership, Told
from shared.runtime.ports import Crash, CrashPoint, DependencyDown, survive
from shared.runtime.wire import Raw
from shared.settings import RuntimeSettings

LOOK_EVERY_S = 1.0
LOOK_SOON_S = 0.4
BEGINNINGS_EVERY = 40
COMMIT_AT_STOP_S = 1.0
START_PAUSE_S = 1.0

_log = structlog.get_logger(__name__)


class Subscriber(ConsumerRebalanceListener):  # type: ignore[misc]
    """One subscription of one service over all its topics, the same in every instance of it.

    The first record after a second without any is handled at once in any case. One who `gathers` then has Kafka answer
    ten times a second at most: a batch costs several times what one more record in it does.
    """

    def __init__(
        self,
        settings: RuntimeSettings,
        group: str,
        topics: Sequence[str],
        ownership: Ownership,
        metrics: Metrics,
        *,
        handle: Callable[[Sequence[Raw]], Awaitable[None]],
        forget: Callable[[], None],
        crash: Crash = survive,
        gathers: bool = False,
    ) -> None:
        self._settings = settings
        self._gathers = gathers
        self._ownership = ownership
        self._metrics = metrics
        self._handle = handle
        self._forget = forget
        self._crash = crash
        self._prefix = settings.named("")
        self._idle = asyncio.Event()
        self._idle.set()
        self._commits = Commits(metrics, lambda: crash(CrashPoint.AFTER_COMMIT))
        self._leaving = False
        self._assignments = 0
        self._failures = 0
        self._looks: asyncio.Task[None] | None = None
        self.blocked = self.stopped = False
        mend_connections()
        framework = logging.getLogger("faststream")  # its lines go the way of all others
        framework.handlers.clear()
        framework.propagate = True
        self._broker = KafkaBroker(
            settings.kafka,
            client_id=f"{group}-{settings.instance}",
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=settings.rebalance_timeout_ms / 1000,
            logger=framework,
            security=security(settings),
            log_level=logging.DEBUG,
            apply_types=True,
        )
        self._subscriber = self._broker.subscriber(
            *(settings.named(topic) for topic in topics),
            group_id=settings.named(group.replace("_", "-")),
            group_instance_id=f"{group}-{settings.instance}",
            batch=True,
            max_records=settings.batch_records,
            batch_timeout_ms=settings.batch_wait_ms,
            fetch_max_wait_ms=SOME_MS,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            no_reply=True,
            parser=tolerant,
            decoder=undecoded,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=max(300, settings.session_timeout_ms // 3),
            rebalance_timeout_ms=settings.rebalance_timeout_ms,
            partition_assignment_strategy=(RangePartitionAssignor,),
            listener=self,
        )
        self._subscriber(self._on_batch)

    async def start(self) -> None:
        """Connect, as often as it takes; returns once the subscription runs."""
        self._metrics.partitions_owned().set(0)  # told from the start, or nobody would see that none is ever owned
        while True:
            try:
                await self._broker.start()
                break
            except (KafkaError, OSError) as error:
                self._metrics.dependency_errors("kafka", type(error).__name__).inc()
                _log.warning("kafka.waits_at_start")
                await asyncio.sleep(START_PAUSE_S)
        if self._subscriber.consumer is not None:
            stay(self._subscriber.consumer)
            leave(self._subscriber.consumer)
            wait_by_what_is_asked(self._subscriber.consumer, self._since if self._gathers else lambda: math.inf)
        self._ownership.hears(self._told)
        self._looks = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Finish the batch in hand and leave the group."""
        if self._looks is not None:
            self._looks.cancel()
        self._leaving = True
        await self._commits.settle(COMMIT_AT_STOP_S)
        try:
            await self._broker.stop()
        except KafkaError as error:
            _log.warning("kafka.left", error=type(error).__name__)

    @property
    def connected(self) -> bool:
        """Whether end offsets could be read lately: Kafka answers and this member has its partitions."""
        return self._looks is not None and not self._looks.done() and time.monotonic() - self._looked_at < 5.0

    _looked_at = _came_at = float("-inf")

    def _since(self) -> float:
        return time.monotonic() - self._came_at

    async def _on_batch(self, _: list[bytes], message: KafkaMessage) -> None:
        consumer = message.consumer
        records: Sequence[Any] = message.raw_message
        first: dict[TopicPartition, int] = {}
        after: dict[TopicPartition, int] = {}
        raws, assignment = [], self._assignments
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            first.setdefault(place, record.offset)
            after[place] = record.offset + 1
            topic = record.topic.removeprefix(self._prefix) if self._prefix else record.topic
            raws.append(Raw(topic, record.partition, record.offset, record.key, record.value, tuple(record.headers)))
        self._idle.clear()
        self._came_at = time.monotonic()
        try:
            await self._handle(raws)
            self._failures, self.blocked, self.stopped = 0, False, False
            if assignment != self._assignments:
                return  # others may be further by now, and what is not committed comes again
            for place, offset in after.items():
                self._ownership.handled((place.topic, place.partition), offset)
            self._crash(CrashPoint.BEFORE_COMMIT)
            self._commits.add(consumer, after, len(records))
            if self._leaving:
                await self._commits.settle()
        except (DependencyDown, NewerSchema, Stopped) as error:
            self.blocked, self.stopped = isinstance(error, NewerSchema), isinstance(error, Stopped)
            await self._rewind(consumer, first, error, assignment)
        except Exception as error:
            _log.error("consumer.batch_failed", error=type(error).__name__, exc_info=True)
            await self._rewind(consumer, first, error, assignment)
        finally:
            self._idle.set()

    async def _rewind(self, consumer: Any, first: dict[TopicPartition, int], error: Exception, assignment: int) -> None:
        """Wait a little, then have the whole batch come again, as it does by itself to a new owner; returns well before
        the poll interval ends."""
        dependency = str(error) if isinstance(error, DependencyDown) and str(error).isalpha() else "other"
        self._metrics.rewinds(dependency).inc()
        await pause(self._settings.pause_ms / 1000, self._failures, random.random)
        self._failures += 1
        for place, offset in first.items():
            if place in consumer.assignment() and assignment == self._assignments:
                consumer.seek(place, offset)

    def _told(self) -> Told | None:
        """The ends of all partitions as fetches told them lately; None where they did not."""
        consumer = self._subscriber.consumer
        places = consumer.assignment() if consumer is not None else ()
        ends, age_s = told_of(consumer, places)
        return ({(p.topic, p.partition): end for p, end in ends.items()}, age_s) if len(ends) == len(places) else None

    async def _look(self) -> None:
        """Look at end offsets once a second, and sooner where fetches do not tell them: lag is judged by them, and the
        right to tick."""
        told = False
        for look in itertools.count():
            await asyncio.sleep(LOOK_EVERY_S if told else LOOK_SOON_S)
            told = False
            consumer = self._subscriber.consumer
            try:
                places = consumer.assignment() if consumer is not None else set()
                if consumer is not None and places:
                    async with asyncio.timeout(5.0):
                        await self._place(consumer, places)
                        ends, age_s = await ends_of(consumer, places)
                        if look % BEGINNINGS_EVERY == 0:  # what retention took away cannot be handled any more
                            for p, begin in (await consumer.beginning_offsets(list(places))).items():
                                self._ownership.handled((p.topic, p.partition), begin)
                    self._ownership.ends({(p.topic, p.partition): end for p, end in ends.items()}, age_s)
                    for topic, lag in self._ownership.lag.items():
                        self._metrics.consumer_lag(topic.removeprefix(self._prefix)).set(lag)
                    self._looked_at = time.monotonic()
                    self._commits.again(consumer)
                elif consumer is not None:  # a spare member: more instances than partitions
                    self._looked_at = time.monotonic()
                told = self._told() is not None and not self._ownership.unplaced
            except Exception as error:  # whatever it is, the next look may find Kafka again
                self._metrics.dependency_errors("kafka", type(error).__name__).inc()

    async def _place(self, consumer: Any, places: Iterable[TopicPartition]) -> None:
        """What is committed counts as handled; where nothing is, handling begins at the beginning."""
        new = []
        for place in self._ownership.unplaced & frozenset((p.topic, p.partition) for p in places):
            committed = await consumer.committed(TopicPartition(*place))
            if committed is None:
                new.append(TopicPartition(*place))
            else:
                self._ownership.handled(place, committed)
        if new:
            for p, begin in (await consumer.beginning_offsets(new)).items():
                self._ownership.handled((p.topic, p.partition), begin)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Let the batch in hand reach its commit before others may start on its partitions."""
        try:
            async with asyncio.timeout(self._settings.drain_ms / 1000):
                await self._idle.wait()
                await self._commits.settle()
        except TimeoutError:
            _log.warning("consumer.drain_timed_out")
        self._commits.forget()
        self._assignments += 1
        self._ownership.assign(())
        self._metrics.partitions_owned().set(0)
        self._forget()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take over; the next look tells from where."""
        self._forget()
        self._metrics.rebalances().inc()
        places = list(assigned)
        self._ownership.assign((p.topic, p.partition) for p in places)
        self._metrics.partitions_owned().set(len({p.partition for p in places}))


def leave(consumer: Any) -> None:
    """Have its stop end within a bound: it may come in the middle of a rebalance, and what waits to be forwarded after
    it has its own time then."""
    original = consumer.stop

    async def stop() -> None:
        await within(original)

    consumer.stop = stop


async def tolerant(messages: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """Parse a batch; a header with a null or unreadable value must not lose the batch, so it is left out here."""
    try:
        return await original(messages)
    except (UnicodeDecodeError, AttributeError):
        return await original(tuple(replace(m, headers=tuple(h for h in m.headers if _readable(h))) for m in messages))


def _readable(header: tuple[str, bytes | None]) -> bool:
    try:
        return header[1] is not None and header[1].decode() is not None
    except UnicodeDecodeError:
        return False


async def undecoded(message: Any, original: Any = None) -> Any:
    """Leave the bytes alone: the runtime decodes record by record."""
    return message.body
