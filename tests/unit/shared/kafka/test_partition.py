"""Keys lie where Kafka's own partitioner puts them, and a shard tells the partition."""

import pytest
from aiokafka.partitioner import murmur2

from shared.kafka.partition import SHARDS, partition_of, shard_of


@pytest.mark.parametrize(
    ("key", "signed"),  # from the tests of Kafka's own murmur2
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_the_hash_is_kafkas_murmur2(key: str, signed: int) -> None:
    unsigned = signed & 0xFFFFFFFF
    assert murmur2(key.encode()) & 0xFFFFFFFF == unsigned
    assert shard_of(key) == (unsigned & 0x7FFFFFFF) % SHARDS
    assert partition_of(key, 16) == (unsigned & 0x7FFFFFFF) % 16


@pytest.mark.parametrize("partitions", [1, 2, 4, 8, 16, 32, 64])
def test_a_shard_modulo_the_partitions_is_the_partition(partitions: int) -> None:
    for number in range(500):
        key = f"person-{number}-ü"
        assert shard_of(key) % partitions == (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
