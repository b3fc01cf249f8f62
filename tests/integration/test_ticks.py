"""Time acts only on a history that is read to its end."""

from datetime import timedelta

import orjson

from tests.support.cluster import Cluster, eventually
from tests.support.topics import Feed, read_topic
from tests.support.toy import event

BACKLOG = 60
PEOPLE = [f"p{number}" for number in range(8)]


async def test_eight_hours_behind_no_tick_comes_before_the_backlog_is_read(cluster: Cluster) -> None:
    """Everybody's tick is due when the process comes back; in each partition ticks follow the last session."""
    first = cluster.member()
    slow = cluster.member(batch_records="2", tick_every_ms="10", cache_bytes="0")
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await first.start().ready()
        for key in PEOPLE:
            await feed.send(event(key, 1))
        await eventually(lambda: _decided(cluster, len(PEOPLE)))
        first.child.stop()

        for seq in range(2, 2 + BACKLOG):
            for key in PEOPLE:
                await feed.send(event(key, seq))
        cluster.set_clock(timedelta(days=1, hours=8))
        await slow.start().ready()
        total = len(PEOPLE) * (1 + BACKLOG + 1)
        await eventually(lambda: _decided(cluster, total), 60)

    by_partition: dict[int, list[bool]] = {}
    for record in await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events"):
        is_tick = orjson.loads(record.value)["data"]["dose"] == 0
        by_partition.setdefault(record.partition, []).append(is_tick)
    for ticks in by_partition.values():
        assert ticks == sorted(ticks)
    assert sum(map(sum, by_partition.values())) == len(PEOPLE)


async def _decided(cluster: Cluster, count: int) -> None:
    records = await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")
    seen = {(record.key, record.value) for record in records}
    assert len(seen) == count, f"{len(seen)} of {count} events"
