"""How long Kafka may keep a consumer's fetch, and what its answers tell of the ends of topics without being asked."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition

ALL_MS: Final = 500
"""For a fetch that asks for every partition: it is answered with the first record, whatever partition that is of."""
SOME_MS: Final = 100
"""For one that leaves out partitions whose records are not handled yet: their next records wait until it ends."""
MANY_BYTES: Final = 65_536
"""For a fetch of a service that nobody waits for, while records come: it is answered with so much, or when it ends."""
BUSY_S: Final = 1.0
FRESH_S: Final = 0.9


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


async def ends_of(
    consumer: Any, places: Iterable[TopicPartition], now: Callable[[], float] = time.time
) -> tuple[Mapping[TopicPartition, int], float]:
    """End offsets, and the age of the oldest of them in seconds (below `FRESH_S`).

    Every answer to a fetch carries them. Kafka is asked only for those of partitions that no fetch asked for lately.
    """
    ends: dict[TopicPartition, int] = {}
    asked: list[TopicPartition] = []
    oldest = 0.0
    moment = now()
    for place in places:
        at, end = consumer.last_poll_timestamp(place), consumer.highwater(place)
        age = moment - at / 1000 if at is not None else FRESH_S
        if end is None or not -0.01 < age < FRESH_S:
            asked.append(place)
        else:
            ends[place] = end
            oldest = max(oldest, age)
    if asked:
        ends |= await consumer.end_offsets(asked)
        oldest += now() - moment if len(ends) > len(asked) else 0.0
    return ends, oldest
