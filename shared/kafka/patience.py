"""How long Kafka may keep a consumer's fetch, and what its answers tell of the ends of topics without being asked."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition

ALL_MS: Final = 800
"""For a fetch that asks for every partition: it is answered with the first record, whatever partition that is of. Its
answer tells where they end, which may be a second old where time is to act."""
SOME_MS: Final = 100
"""For one that leaves out partitions whose records are not handled yet: their next records wait until it ends."""
MANY_BYTES: Final = 65_536
"""For a fetch of a service that nobody waits for, while records come: it is answered with so much, or when it ends."""
BUSY_S: Final = 1.0
POLL_MS: Final = 1000
FRESH_S: Final = 0.95


def stay(consumer: Any) -> None:
    """Have an empty poll end with the first record, or after a second.

    FastStream sleeps as long again after each poll that found nothing, and what came meanwhile would wait for it.
    """
    original = consumer.getmany

    async def getmany(*places: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        return await original(*places, timeout_ms=max(timeout_ms, POLL_MS), max_records=max_records)

    consumer.getmany = getmany


def wait_by_what_is_asked(consumer: Any, since: Callable[[], float] = lambda: math.inf) -> None:
    """Give each fetch of a started consumer its own longest wait; the client knows only one for all.

    `since` tells how many seconds ago the latest batch came to one who would rather have many records at once than each
    at once: while it is less than a second, fetches gather.
    """
    fetcher = consumer._fetcher
    original = fetcher._get_actions_per_node

    def actions(assignment: Any) -> Any:
        gathers = since() < BUSY_S
        fetcher._fetch_max_wait_ms = SOME_MS if fetcher._records or gathers else ALL_MS
        fetcher._fetch_min_bytes = MANY_BYTES if gathers else 1
        return original(assignment)

    fetcher._get_actions_per_node = actions


def told_of(
    consumer: Any, places: Iterable[TopicPartition], now: Callable[[], float] = time.time
) -> tuple[dict[TopicPartition, int], float]:
    """End offsets as fetches told them lately, and the age of the oldest in seconds (below `FRESH_S`); asks nobody."""
    ends: dict[TopicPartition, int] = {}
    oldest, moment = 0.0, now()
    for place in places:
        at, end = consumer.last_poll_timestamp(place), consumer.highwater(place)
        if at is not None and end is not None and -0.01 < (age := moment - at / 1000) < FRESH_S:
            ends[place] = end
            oldest = max(oldest, age)
    return ends, oldest


async def ends_of(
    consumer: Any, places: Iterable[TopicPartition], now: Callable[[], float] = time.time
) -> tuple[Mapping[TopicPartition, int], float]:
    """End offsets, and the age of the oldest of them in seconds.

    Every answer to a fetch carries them. Kafka is asked only for those of partitions that no fetch asked for lately.
    """
    moment, all_places = now(), list(places)
    ends, oldest = told_of(consumer, all_places, lambda: moment)
    if asked := [place for place in all_places if place not in ends]:
        ends |= await consumer.end_offsets(asked)
        oldest += now() - moment if len(ends) > len(asked) else 0.0
    return ends, oldest
