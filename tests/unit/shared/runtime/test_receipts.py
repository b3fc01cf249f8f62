"""A repeated command meets its receipt wherever that lies at the moment: in the outbox, on its way, or as a record."""

from typing import Any

import pytest

from shared.runtime.messages import Refused
from shared.runtime.ports import DependencyDown
from tests.support.memory_store import MemoryStore
from tests.support.rig import Rig
from tests.support.toy import Add


class PutsWhileSomebodyReads(MemoryStore):
    """Its first put fails; and at the moment a receipt was looked for in vain, the sweeper puts it."""

    rig: Rig | None = None
    failing = True

    async def put(self, records: Any) -> None:
        if self.failing:
            self.failing = False
            raise DependencyDown("mongo")
        await super().put(records)

    async def find(self, collection: str, where: Any, sort: Any = (), limit: int = 200) -> Any:
        found = await super().find(collection, where, sort, limit)
        if self.rig is not None and collection == "commands":
            rig, self.rig = self.rig, None
            await rig.runtime.timers.sweep(after_ms=-1)
        return found


async def test_a_command_is_carried_out_once_though_its_receipt_is_put_while_it_is_looked_for() -> None:
    store = PutsWhileSomebodyReads()
    rig = Rig(store=store)
    with pytest.raises(Refused):
        await rig.command("p1", Add("a1", 5), "a1")
    store.rig = rig
    answer = await rig.command("p1", Add("a1", 5), "a1")
    await rig.rest()
    assert answer.body == {"total": 5}
    assert len(rig.broker.topic("progression-events")) == 1
