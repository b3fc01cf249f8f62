"""The keyed publisher: whole batches per partition, in order, acknowledged by all replicas."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from shared.kafka.connection import mend_connections
from shared.kafka.partition import partition_of
from shared.kafka.security import PLAINTEXT
from shared.kafka.topics import MESSAGE_BYTES
from shared.observability.metrics import Metrics
from shared.runtime.ports import Delivery
from shared.runtime.wire import Outgoing

REQUEST_BYTES = 1_048_576
SEND_TIMEOUT_S = 15.0
START_PAUSE_S = 2.0
REPLACE_WAIT_S = 5.0

_log = structlog.get_logger(__name__)

_FOREVER = (MessageSizeTooLargeError, RecordListTooLargeError)


class KafkaPublisher:
    """Publishes through one idempotent producer.

    It is replaced after any error that a retry cannot mend: from then on it would fail that partition for ever.
    """

    def __init__(
        self,
        servers: str,
        metrics: Metrics,
        *,
        namespace: str | None,
        partitions: int,
        client: str,
        security: Mapping[str, Any] = PLAINTEXT,
    ) -> None:
        mend_connections()
        self._servers = servers
        self._security = security
        self._metrics = metrics
        self._prefix = f"{namespace}-" if namespace else ""
        self._partitions = partitions
        self._client = client
        self._producer: Any = None
        self._starting: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Connect in the background, as often as it takes; until then every record is `DOWN`."""
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._connect())

    async def stop(self) -> None:
        """Give the producer back; what is not acknowledged stays in the outbox."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
        await self._drop()

    async def publish(self, records: Sequence[Outgoing]) -> list[Delivery]:
        """See `Publisher.publish`."""
        results = [Delivery.DOWN] * len(records)
        producer = self._producer
        if producer is None:
            return results
        lanes: dict[tuple[str, int], list[int]] = {}
        for index, record in enumerate(records):
            lanes.setdefault((record.topic, partition_of(record.key, self._partitions)), []).append(index)
        replace = await asyncio.gather(
            *(self._lane(producer, f"{self._prefix}{t}", p, records, lane, results) for (t, p), lane in lanes.items())
        )
        if any(replace):
            await self._replace(producer)
        return results

    async def _lane(
        self,
        producer: Any,
        topic: str,
        partition: int,
        records: Sequence[Outgoing],
        lane: list[int],
        results: list[Delivery],
    ) -> bool:
        """One partition, batch after batch; stops at the first failure. True when the producer must be replaced."""
        start = 0
        while start < len(lane):
            batch, end = producer.create_batch(), start
            while end < len(lane):
                record = records[lane[end]]
                added = batch.append(
                    key=record.key.encode(), value=record.value, timestamp=None, headers=list(record.headers)
                )
                if added is None:
                    break
                end += 1
            if end == start:
                results[lane[start]] = Delivery.REFUSED
                return False
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await (await producer.send_batch(batch, topic, partition=partition))
            except (TimeoutError, KafkaError, OSError) as error:
                self._metrics.dependency_errors("kafka", type(error).__name__).inc()
                refused = isinstance(error, _FOREVER)
                for index in lane[start:end] if refused else ():
                    results[index] = Delivery.REFUSED
                return refused or (isinstance(error, KafkaError) and not error.retriable)
            for index in lane[start:end]:
                results[index] = Delivery.DONE
            start = end
        return False

    async def _connect(self) -> None:
        while not self._closed:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                client_id=self._client,
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                linger_ms=0,
                max_batch_size=MESSAGE_BYTES,
                max_request_size=REQUEST_BYTES,
                request_timeout_ms=10_000,
                retry_backoff_ms=200,
                **self._security,
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                await producer.stop()
                self._metrics.dependency_errors("kafka", type(error).__name__).inc()
                await asyncio.sleep(START_PAUSE_S)
                continue
            self._producer = producer
            return

    async def _replace(self, broken: Any) -> None:
        if self._producer is not broken:
            return
        _log.warning("kafka.producer_replaced")
        self._metrics.producer_replacements().inc()
        await self._drop()
        await self.start()
        if self._starting is not None:  # who was refused is tried alone next, and needs the new one
            await asyncio.wait([self._starting], timeout=REPLACE_WAIT_S)

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(2.0):
                    await producer.stop()
            except (TimeoutError, KafkaError, OSError):
                _log.warning("kafka.producer_left")
