"""What routes read: states and records of one service, what waits in an outbox completed first."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final

from shared.runtime.aggregate import Aggregate, Codec, Document
from shared.runtime.forward import Forwarder
from shared.runtime.messages import Refused
from shared.runtime.ports import DependencyDown, Store

LATER: Final = {"Retry-After": "2"}


class Reads:
    """Fresh reads; every method raises `Refused` 503 while the database cannot be reached."""

    def __init__(self, store: Store, codec: Codec, forwarder: Forwarder) -> None:
        self._store = store
        self._codec = codec
        self._forwarder = forwarder

    async def state(self, key: str, tenant: str, *, settled: bool = False) -> Any:
        """The service's state of an aggregate; None when there is none in this tenant.

        With `settled` its waiting records are completed as `settle` does, for which it is not read again.
        """
        aggregate = await self.aggregate(key)
        if aggregate is None or aggregate.tenant != tenant:
            return None
        if settled:
            await self._complete(aggregate)
        return aggregate.state

    async def settle(self, key: str, tenant: str | None = None) -> bool:
        """Complete the records that wait in an aggregate's outbox, so that a list read next misses nothing.

        Whether there is such an aggregate, in this tenant where one is named. Of what was read only these records are
        looked at: to make the state of it as well would cost more than all the rest.
        """
        documents = await _guarded(self._store.load([key]))
        if not documents or tenant not in (None, documents[0]["tenant"]):
            return False
        await self._complete(self._codec.decode_records(documents[0]))
        return True

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 200,
    ) -> list[Document]:
        """Records by the portable core; `where` names the tenant, or the call is a `ValueError`."""
        if "tenant" not in where:
            raise ValueError("a query names its tenant")
        found: list[Document] = await _guarded(self._store.find(collection, where, sort, limit))
        return found

    async def aggregate(self, key: str) -> Aggregate | None:
        """The whole aggregate, of whatever tenant; None when there is none."""
        documents = await _guarded(self._store.load([key]))
        return self._codec.decode(documents[0]) if documents else None

    async def _complete(self, aggregate: Aggregate) -> None:
        if aggregate.outbox:
            await _guarded(self._forwarder.put_records([aggregate], remember=False))


async def _guarded(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except DependencyDown:
        raise Refused(503, "unavailable", "The service cannot read this now.", headers=LATER) from None
