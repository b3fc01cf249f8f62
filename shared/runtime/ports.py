"""What the mechanism needs from outside: a store, a publisher, channels to people, and named crash points."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from shared.runtime.aggregate import Document
from shared.runtime.messages import Effect
from shared.runtime.wire import Outgoing


class DependencyDown(Exception):
    """MongoDB or Kafka cannot be reached, or did not answer in time; whether a write took effect is not known."""


class Rejected(Exception):
    """The store refuses these documents as they are; trying again changes nothing."""


class Store(Protocol):
    """One service's database, portable core only. Every method may raise `DependencyDown`."""

    async def load(self, keys: Sequence[str]) -> list[Document]:
        """The aggregates of these keys that exist."""
        ...

    async def fence(self, documents: Sequence[Document]) -> bool:
        """Insert version 1, replace `v - 1` by `v`; False unless every one took effect. May raise `Rejected`."""
        ...

    async def clear(self, cleared: Sequence[tuple[str, int, str, int | None]]) -> bool:
        """Set `(key, v seen, outbox, pending)` and `v + 1` where the version is still the one seen.

        Others are left alone; True when there were none.
        """
        ...

    async def put(self, records: Mapping[str, Sequence[Document]]) -> None:
        """Put records by collection where no equal or higher `seq` of the same `_id` is there. May raise `Rejected`."""
        ...

    async def lay(self, records: Mapping[str, Sequence[Document]]) -> None:
        """As `put`, and cheaper, for records that are hardly ever there already. May raise `Rejected`."""
        ...

    async def due(self, now_ms: int, shards: Iterable[int], limit: int) -> list[Document]:
        """Aggregates whose `due` has come, earliest first."""
        ...

    async def pending(self, before_ms: int, shards: Iterable[int], limit: int, after_ms: int = 0) -> list[Document]:
        """Aggregates whose outbox waits since between two moments, both included, oldest first."""
        ...

    async def find(
        self, collection: str, where: Mapping[str, Any], sort: Sequence[tuple[str, int]] = (), limit: int = 200
    ) -> list[Document]:
        """Records by equality, `$in` and ranges on indexed fields."""
        ...


class Delivery(enum.Enum):
    """What became of one record: acknowledged by all replicas, not (yet) sent, or refused for ever as it is."""

    DONE = "done"
    DOWN = "down"
    REFUSED = "refused"


class Publisher(Protocol):
    """Publishes keyed records in order."""

    async def publish(self, records: Sequence[Outgoing]) -> list[Delivery]:
        """Publish in the order given, one batch under way per partition; after a failure nothing more of it.

        Returns one delivery per record; does not raise.
        """
        ...


class ChannelFailed(Exception):
    """The channel did not take the message; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Channel(Protocol):
    """A way to reach a person. The effect's id is the idempotency key."""

    async def send(self, effect: Effect, key: str, tenant: str) -> None:
        """Send once; returns when the channel took it, raises `ChannelFailed` when it will not."""
        ...


class CrashPoint(enum.Enum):
    """Every place where a process may die between two durable steps; the fault suite dies at each."""

    BEFORE_FENCE = "before_fence"
    AFTER_FENCE = "after_fence"
    AFTER_RECORDS = "after_records"
    AFTER_PUBLISH = "after_publish"
    AFTER_DEAD_LETTER = "after_dead_letter"
    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    AFTER_CLAIM = "after_claim"
    AFTER_SEND = "after_send"
    AFTER_OUTCOME = "after_outcome"
    BEFORE_CLEAR = "before_clear"
    AFTER_CLEAR = "after_clear"
    BEFORE_ANSWER = "before_answer"


class Crash(Protocol):
    """Called when a crash point is passed."""

    def __call__(self, point: CrashPoint, /) -> None: ...


def survive(_: CrashPoint) -> None:
    """The usual thing to do at a crash point: nothing."""
