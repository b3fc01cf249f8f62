"""Who owns which shards, and whether their history is read to its end: the condition for time to act."""

import time
from collections.abc import Callable, Iterable, Mapping

from shared.kafka.partition import SHARDS, shard_of

Place = tuple[str, int]
Told = tuple[Mapping[Place, int], float]
"""End offsets and their age in seconds."""


class Ownership:
    """The partitions this process was given, how far each was handled, and where each ends.

    A shard may tick only while every partition that feeds it is handled up to the end offsets read within the last
    second: so nobody is reminded of a session that still lies in the backlog.
    """

    def __init__(self, partitions: int, monotonic: Callable[[], float] = time.monotonic, fresh_s: float = 1.0) -> None:
        self._partitions = partitions
        self._monotonic = monotonic
        self._fresh_s = fresh_s
        self._handled: dict[Place, int] = {}
        self._assigned: frozenset[Place] = frozenset()
        self._numbers: frozenset[int] = frozenset()
        self._ends: Mapping[Place, int] = {}
        self._ends_at = float("-inf")
        self._told: Callable[[], Told | None] = lambda: None

    def assign(self, places: Iterable[Place]) -> None:
        """The partitions owned from now on; what was known of others is forgotten."""
        self._assigned = frozenset(places)
        self._numbers = frozenset(partition for _, partition in self._assigned)
        self._handled = {place: at for place, at in self._handled.items() if place in self._assigned}
        self._ends, self._ends_at = {}, float("-inf")

    def handled(self, place: Place, next_offset: int) -> None:
        """Everything of a partition before this offset is durable."""
        if place in self._assigned:
            self._handled[place] = max(next_offset, self._handled.get(place, 0))

    def ends(self, ends: Mapping[Place, int], age_s: float = 0.0) -> None:
        """End offsets as read so many seconds ago; an unread partition that is empty counts as handled."""
        self._ends, self._ends_at = dict(ends), self._monotonic() - age_s

    def hears(self, told: Callable[[], Told | None]) -> None:
        """Ask this, which asks nobody else, for the ends whenever those known are older than a second."""
        self._told = told

    @property
    def places(self) -> frozenset[Place]:
        """The partitions owned now."""
        return self._assigned

    @property
    def unplaced(self) -> frozenset[Place]:
        """The partitions owned of which it is not yet known how far they were handled."""
        return self._assigned - self._handled.keys()

    @property
    def lag(self) -> dict[str, int]:
        """Records not yet handled, by topic, as of the last look."""
        lag: dict[str, int] = {}
        for place, end in self._ends.items():
            lag[place[0]] = lag.get(place[0], 0) + max(0, end - self._handled.get(place, 0))
        return lag

    def owns(self, key: str) -> bool:
        """Whether this process owns the key's partition."""
        return shard_of(key) % self._partitions in self._numbers

    def shards(self) -> list[int]:
        """The shards this process sweeps."""
        return [shard for shard in range(SHARDS) if shard % self._partitions in self._numbers]

    def is_caught_up(self, key: str) -> bool:
        """Whether the key's shard may tick now."""
        return shard_of(key) in self.caught_up()

    def caught_up(self) -> list[int]:
        """The shards that may tick now."""
        if not self._is_fresh() and (told := self._told()) is not None:
            self.ends(*told)
        if not self._is_fresh():
            return []
        behind = {p for (topic, p), end in self._ends.items() if self._handled.get((topic, p), 0) < end}
        unknown = {p for (topic, p) in self._assigned if (topic, p) not in self._ends}
        return [shard for shard in self.shards() if shard % self._partitions not in behind | unknown]

    def _is_fresh(self) -> bool:
        return self._monotonic() - self._ends_at <= self._fresh_s
