"""Where a key goes: Kafka's murmur2, so that a shard and a partition are the same number modulo the partitions."""

from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

SHARDS: Final = 64


@lru_cache(maxsize=65_536)
def shard_of(key: str) -> int:
    """The shard of a key, 0-63; `shard % partitions` is its partition for every power of two up to 64."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % SHARDS


def partition_of(key: str, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives a key."""
    return shard_of(key) % partitions
