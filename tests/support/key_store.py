"""A key store in memory that keeps the promises of `shared.sealing.KeyStore`."""

from collections.abc import Iterable, Mapping


class MemoryKeyStore:
    """Wrapped keys and tombstones in a dict; `reads` and `writes` count the round trips."""

    def __init__(self) -> None:
        self.stored: dict[str, str | None] = {}
        self.reads = 0
        self.writes = 0

    async def get(self, ids: Iterable[str]) -> Mapping[str, str | None]:
        """What is there of these ids."""
        self.reads += 1
        return {id: self.stored[id] for id in ids if id in self.stored}

    async def create(self, wrapped: Mapping[str, str]) -> None:
        """The first insert of an id stays."""
        self.writes += 1
        for id, text in wrapped.items():
            self.stored.setdefault(id, text)

    async def erase(self, id: str) -> None:
        """Leave a tombstone."""
        self.stored[id] = None
