"""The topics of an installation, made with explicit partitions and retention."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import NewTopic

from shared.contracts.catalog import CATALOG
from shared.kafka.outside import administering
from shared.kafka.security import PLAINTEXT

DAY_MS = 86_400_000
MESSAGE_BYTES = 327_680
"""A topic takes batches of this many bytes at least: no publisher sends a longer one."""

CREATED, EXISTS = 0, 36


class TopicRefused(Exception):
    """Kafka will not make this topic so (code 38: too few brokers for the replicas, 40: a bad setting)."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `retention_ms` -1 keeps everything."""

    name: str
    retention_ms: int


def topics(services: Iterable[str]) -> list[Topic]:
    """The events, journal and dead-letter topics of these services, and of every producer in the catalog."""
    producers = {row.producer for row in CATALOG} | set(services)
    keep = {p: max((r.retention_days for r in CATALOG if r.producer == p), default=30) for p in producers}
    found = []
    for producer in sorted(producers):
        name = producer.replace("_", "-")
        found.append(Topic(f"{name}-events", keep[producer] * DAY_MS))
        found.append(Topic(f"{name}-journal", -1))
        found.append(Topic(f"{name}-dead-letters", 90 * DAY_MS))
    return found


async def ensure_topics(
    servers: str,
    wanted: Iterable[Topic],
    *,
    namespace: str | None,
    partitions: int,
    replicas: int = 1,
    security: Mapping[str, Any] = PLAINTEXT,
) -> list[str]:
    """Create what is missing and return its names; what exists is left as it is.

    Raises `DependencyDown`, or `TopicRefused`.
    """
    new = [
        NewTopic(
            f"{namespace}-{topic.name}" if namespace else topic.name,
            num_partitions=partitions,
            replication_factor=replicas,
            topic_configs={"retention.ms": str(topic.retention_ms), "cleanup.policy": "delete"},
        )
        for topic in wanted
    ]
    async with administering(servers, security) as admin:
        answer = await admin.create_topics(new)
    created = []
    for name, code, *_ in answer.topic_errors:
        if code == CREATED:
            created.append(name)
        elif code != EXISTS:
            raise TopicRefused(f"{name}: code {code}")
    return created
