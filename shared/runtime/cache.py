"""The cache of aggregates whose partitions this process owns: least recently used out, bounded by bytes ([9])."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from shared.runtime.aggregate import Aggregate

OVERHEAD = 2000


class Cache:
    """Keeps decoded aggregates of owned shards; emptied whenever ownership changes, never used for HTTP."""

    def __init__(self, limit_bytes: int, owned: Callable[[str], bool]) -> None:
        self._limit = limit_bytes
        self._owned = owned
        self._entries: OrderedDict[str, Aggregate] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> Aggregate | None:
        """The cached copy, which the caller must not change."""
        aggregate = self._entries.get(key)
        if aggregate is not None:
            self._entries.move_to_end(key)
        return aggregate

    def keep(self, aggregates: Iterable[Aggregate]) -> None:
        """Remember what was just fenced or read."""
        for aggregate in aggregates:
            self.drop(aggregate.key)
            if not self._limit or aggregate.v == 0 or not self._owned(aggregate.key):
                continue
            self._entries[aggregate.key] = aggregate
            self._bytes += aggregate.size + OVERHEAD
        while self._bytes > self._limit:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size + OVERHEAD

    def drop(self, key: str) -> bool:
        """Forget one aggregate; tells whether it was here."""
        aggregate = self._entries.pop(key, None)
        if aggregate is None:
            return False
        self._bytes -= aggregate.size + OVERHEAD
        return True

    def clear(self) -> None:
        """Forget everything: a partition came or went."""
        self._entries.clear()
        self._bytes = 0
