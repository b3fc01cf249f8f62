"""`topics diff` and `topics apply`: the topics that the catalog asks for, against those that are there."""

from typing import Any, Final

from deploy.operations.reach import Reach
from deploy.operations.telling import WELL, WRONG, Answer, table
from deploy.operations.wrong import WrongQuestion
from shared.kafka.described import Described, described, keep
from shared.kafka.topics import MESSAGE_BYTES, Topic, TopicRefused, ensure_topics, topics

_SET: Final = ("retention_ms", "cleanup_policy", "message_bytes")
"""What `apply` changes in a topic that is there."""


async def differing(reach: Reach) -> Answer:
    """1 when a topic is missing or is not as the catalog asks for."""
    found = await _differences(reach)
    rows = [(d["topic"], d["what"], d["is"], d["wanted"]) for d in found]
    shown = table(("topic", "what", "is", "wanted"), rows) if found else None
    return Answer(found, WRONG if found else WELL, () if found else ("Every topic is as it should be.",), shown)


async def applied(reach: Reach) -> Answer:
    """Make what is missing, set retention and lift limits of length; partitions are never changed, since the order of
    a person hangs on them (exit code 1 when they differ)."""
    where, options = _where(reach)
    wanted = topics(reach.names())
    partitions, replicas = reach.installation.partitions, reach.installation.replicas
    try:
        made = await ensure_topics(where, wanted, partitions=partitions, replicas=replicas, **options)
        changed = {d["topic"] for d in await _differences(reach) if d["what"] in _SET}
        await keep(where, [topic for topic in wanted if topic.name in changed], **options)
    except TopicRefused as refused:
        raise WrongQuestion(f"Kafka refuses a topic ({refused}).") from None
    left = await _differences(reach)
    lines = [f"made {name}" for name in made] + [f"changed {name}" for name in sorted(changed)]
    lines += [f"{d['topic']}: {d['what']} is {d['is']}, wanted {d['wanted']}" for d in left]
    found = {"made": made, "changed": sorted(changed), "left": left}
    return Answer(found, WRONG if left else WELL, lines or ("Every topic is as it should be.",))


async def _differences(reach: Reach) -> list[dict[str, Any]]:
    where, options = _where(reach)
    wanted = topics(reach.names())
    there = await described(where, [topic.name for topic in wanted], **options)
    found: list[dict[str, Any]] = []
    for topic in wanted:
        if (now := there.get(topic.name)) is None:
            found.append({"topic": topic.name, "what": "topic", "is": "missing", "wanted": "there"})
        else:
            found += _settings(topic, now, reach.installation.partitions, reach.installation.replicas)
    return found


def _settings(topic: Topic, now: Described, partitions: int, replicas: int) -> list[dict[str, Any]]:
    pairs = {
        "partitions": (now.partitions, partitions),
        "replicas": (now.replicas, replicas),
        "retention_ms": (now.retention_ms, topic.retention_ms),
        "cleanup_policy": (now.cleanup_policy, "delete"),
        "message_bytes": (min(now.message_bytes, MESSAGE_BYTES), MESSAGE_BYTES),
    }
    return [
        {"topic": topic.name, "what": what, "is": is_, "wanted": wanted}
        for what, (is_, wanted) in pairs.items()
        if is_ != wanted
    ]


def _where(reach: Reach) -> tuple[str, dict[str, Any]]:
    kafka = reach.installation.kafka
    return kafka.servers, {"namespace": reach.installation.namespace, "security": kafka.options()}
