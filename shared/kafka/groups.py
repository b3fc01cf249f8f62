"""A service's consumer group seen from outside: who is in it, what it committed, and where it is put back to."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.outside import REQUEST_MS, administering, let_go, reached
from shared.kafka.reader import Offsets
from shared.kafka.security import PLAINTEXT

Committed = Mapping[str, Offsets]
"""Offsets by partition, by topic (without the namespace)."""

_EMPTY: Final = ("Empty", "Dead")


class Groups:
    """Consumer groups of an installation; every method may raise `DependencyDown`."""

    def __init__(self, servers: str, *, namespace: str | None, security: Mapping[str, Any] = PLAINTEXT) -> None:
        self._prefix = f"{namespace}-" if namespace else ""
        self._servers = servers
        self._security = security

    async def committed(self, service: str) -> Committed:
        """What the group of a service has committed; what was never committed is left out."""
        found: dict[str, dict[int, int]] = {}
        async with self._admin() as admin:
            offsets = await admin.list_consumer_group_offsets(self._group(service))
        for place, at in offsets.items():
            if at.offset >= 0:
                found.setdefault(place.topic.removeprefix(self._prefix), {})[place.partition] = at.offset
        return found

    async def empty(self, service: str) -> bool:
        """Whether nobody is in the group. A process that was killed stays in it until its session ends."""
        async with self._admin() as admin:
            (answer,) = await admin.describe_consumer_groups([self._group(service)])
        return all(group[2] in _EMPTY for group in answer.groups)

    async def rewind(self, service: str, since_ms: int, at_most: Committed) -> Committed:
        """Put an empty group back to what Kafka took at `since_ms` (epoch ms) or later, and further where `at_most`
        says so: never forward, never before what is still there. Returns what was changed, by topic and partition.
        """
        committed = await self.committed(service)
        places = [TopicPartition(f"{self._prefix}{topic}", p) for topic, some in committed.items() for p in some]
        changed: dict[str, dict[int, int]] = {}
        if not places:
            return changed
        with reached():
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._servers,
                group_id=self._group(service),
                enable_auto_commit=False,
                request_timeout_ms=REQUEST_MS,
                **self._security,
            )
            await consumer.start()
            try:
                consumer.assign(places)
                begins = await consumer.beginning_offsets(places)
                since = await consumer.offsets_for_times(dict.fromkeys(places, since_ms))
                back: dict[TopicPartition, int] = {}
                for place in places:
                    topic = place.topic.removeprefix(self._prefix)
                    now, then = committed[topic][place.partition], since.get(place)
                    wanted = min(
                        now,
                        now if then is None else then.offset,
                        at_most.get(topic, {}).get(place.partition, now),
                    )
                    if (to := max(begins[place], wanted)) < now:
                        back[place] = changed.setdefault(topic, {})[place.partition] = to
                if back:
                    await consumer.commit(back)
            finally:
                await let_go(consumer)
        return changed

    def _admin(self) -> AbstractAsyncContextManager[AIOKafkaAdminClient]:
        return administering(self._servers, self._security)

    def _group(self, service: str) -> str:
        return f"{self._prefix}{service.replace('_', '-')}"
