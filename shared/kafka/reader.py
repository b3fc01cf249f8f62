"""Read topics from outside every group: for operations, which look at what lies there and commit nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.outside import REQUEST_MS, let_go, reached
from shared.kafka.security import PLAINTEXT
from shared.runtime.ports import DependencyDown
from shared.runtime.wire import Raw

PAGE: Final = 2000
SILENCE_MS: Final = 1000
SILENT_PAGES: Final = 30
POSITION_S: Final = 10.0

Offsets = Mapping[int, int]
"""An offset by partition."""


@dataclass(frozen=True, slots=True)
class Lying:
    """A record and when Kafka took it, epoch ms."""

    raw: Raw
    at_ms: int


@dataclass(frozen=True, slots=True)
class Span:
    """What lies in a topic now: by partition, from where to (not including) where."""

    begins: Offsets
    ends: Offsets

    @property
    def count(self) -> int:
        """How many records that are at most."""
        return sum(end - self.begins[partition] for partition, end in self.ends.items())


class Reader:
    """One consumer without a group; every method may raise `DependencyDown`. Used as a context."""

    def __init__(self, servers: str, *, namespace: str | None, security: Mapping[str, Any] = PLAINTEXT) -> None:
        self._prefix = f"{namespace}-" if namespace else ""
        options = {"bootstrap_servers": servers, "request_timeout_ms": REQUEST_MS, **security}
        self._consumer = AIOKafkaConsumer(enable_auto_commit=False, **options)
        self._admin = AIOKafkaAdminClient(**options)

    async def __aenter__(self) -> Self:
        """Connect."""
        with reached():
            try:
                await self._consumer.start()
                await self._admin.start()
            except BaseException:
                await self._stop()
                raise
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Disconnect."""
        await self._stop()

    async def span(self, topic: str) -> Span:
        """From where to where a topic goes now; a topic that is not there is empty."""
        with reached():
            (about,) = await self._admin.describe_topics([f"{self._prefix}{topic}"])
            places = [TopicPartition(about["topic"], p["partition"]) for p in about["partitions"]]
            if not places:
                return Span({}, {})
            self._consumer.assign(places)
            begins, ends = await self._consumer.beginning_offsets(places), await self._consumer.end_offsets(places)
            return Span({p.partition: at for p, at in begins.items()}, {p.partition: at for p, at in ends.items()})

    async def read(self, topic: str, begins: Offsets, ends: Offsets) -> AsyncIterator[list[Lying]]:
        """Pages of what lies between these offsets, in order within each partition. `DependencyDown` after 30 s of
        silence."""
        left = {TopicPartition(f"{self._prefix}{topic}", p): end for p, end in ends.items() if end > begins.get(p, 0)}
        silent = 0
        if not left:
            return
        with reached():
            self._consumer.assign(list(left))
            for place in left:
                self._consumer.seek(place, begins.get(place.partition, 0))
        while left:
            with reached():
                found = await self._consumer.getmany(timeout_ms=SILENCE_MS, max_records=PAGE)
                async with asyncio.timeout(POSITION_S):  # of a topic that is deleted meanwhile there is none
                    done = [place for place in left if await self._consumer.position(place) >= left[place]]
                for place in done:
                    del left[place]
                    self._consumer.pause(place)
            page = [self._lying(topic, r) for p, rs in found.items() for r in rs if r.offset < ends[p.partition]]
            silent = 0 if page else silent + 1
            if silent > SILENT_PAGES:
                raise DependencyDown("kafka")
            if page:
                yield page

    async def _stop(self) -> None:
        await let_go(self._consumer)
        await self._admin.close()

    @staticmethod
    def _lying(topic: str, record: Any) -> Lying:
        raw = Raw(topic, record.partition, record.offset, record.key, record.value, tuple(record.headers))
        return Lying(raw, record.timestamp)


def partitions(span: Span, wanted: Iterable[int]) -> tuple[Offsets, Offsets]:
    """Of a span only these partitions: the two arguments of `Reader.read`."""
    kept = [partition for partition in wanted if partition in span.ends]
    return {p: span.begins[p] for p in kept}, {p: span.ends[p] for p in kept}
