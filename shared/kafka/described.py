"""How topics are now, and changing how long they keep what lies in them and how long that may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.kafka.outside import administering
from shared.kafka.security import PLAINTEXT
from shared.kafka.topics import Topic, TopicRefused

_SETTINGS: Final = ("retention.ms", "cleanup.policy", "max.message.bytes")


@dataclass(frozen=True, slots=True)
class Described:
    """A topic as it is; `replicas` is the least of its partitions."""

    partitions: int
    replicas: int
    retention_ms: int
    cleanup_policy: str
    message_bytes: int


async def described(
    servers: str, names: Iterable[str], *, namespace: str | None, security: Mapping[str, Any] = PLAINTEXT
) -> dict[str, Described]:
    """Those of these topics that are there, by their name without the namespace. Raises `DependencyDown`."""
    whole = {f"{namespace}-{name}" if namespace else name: name for name in names}
    async with administering(servers, security) as admin:
        there = {t["topic"]: t["partitions"] for t in await admin.describe_topics(list(whole)) if t["partitions"]}
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_SETTINGS)) for name in there]
        answers = await admin.describe_configs(wanted) if wanted else []
    settings = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
    return {
        whole[name]: Described(
            len(partitions),
            min(len(partition["replicas"]) for partition in partitions),
            int(settings[name]["retention.ms"]),
            settings[name]["cleanup.policy"],
            int(settings[name]["max.message.bytes"]),
        )
        for name, partitions in there.items()
    }


async def keep(
    servers: str, topics: Iterable[Topic], *, namespace: str | None, security: Mapping[str, Any] = PLAINTEXT
) -> None:
    """Give existing topics their retention, and the broker's own limit of length.

    Raises `DependencyDown`, or `TopicRefused`.
    """
    wanted = [
        ConfigResource(
            ConfigResourceType.TOPIC,
            f"{namespace}-{topic.name}" if namespace else topic.name,
            {"retention.ms": str(topic.retention_ms), "cleanup.policy": "delete"},
        )
        for topic in topics
    ]
    if not wanted:
        return
    async with administering(servers, security) as admin:
        answers = await admin.alter_configs(wanted)
    for answer in answers:
        for code, _, _, name in answer.resources:
            if code:
                raise TopicRefused(f"{name}: code {code}")
