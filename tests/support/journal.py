"""A service's journal on memory, folded into a new database by the real replay."""

from collections.abc import Sequence

from shared.runtime.messages import Service
from shared.runtime.replay import JournalLine, Replay
from tests.support.memory_store import MemoryStore
from tests.support.rig import Rig


async def replayed(rig: Rig, service: Service, batch: int = 2000) -> tuple[Replay, MemoryStore]:
    """Replay everything that the broker's journal topic of this service holds, in batches, and finish."""
    store = MemoryStore()
    replay = Replay(service, rig.runtime.codec, store, rig.runtime.sealer)
    lines = journal(rig, service)
    for start in range(0, len(lines), batch):
        await replay.take(lines[start : start + batch])
    await replay.finish(rig.store)
    return replay, store


def journal(rig: Rig, service: Service) -> Sequence[JournalLine]:
    """The lines of a journal topic, partition after partition, with every repetition."""
    return [JournalLine.of(raw) for raw in rig.broker.topic(service.journal_topic)]
