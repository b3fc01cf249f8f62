"""What comes from a backup goes on higher, says nothing twice, and is replayed to the same numbers later."""

import copy

import orjson

from shared.clock import to_ms
from shared.runtime.aggregate import Line
from shared.runtime.differences import differences
from shared.runtime.replay import Replay
from shared.runtime.restored import RAISED_BY, go_on_higher
from tests.support.journal import journal, replayed
from tests.support.memory_store import MemoryStore
from tests.support.operator import beside
from tests.support.rig import Rig, lay
from tests.support.toy import TOY, Add, event, session


async def _raised(rig: Rig, store: MemoryStore) -> Rig:
    """A process on the restored store; its channel and journal are those of before."""
    for key, document in store.aggregates.items():
        aggregate = rig.runtime.codec.decode(document)
        ring = await rig.runtime.sealer.load("clinic-a", [key], create=False)
        go_on_higher(aggregate, ring, to_ms(rig.clock.now()))
        store.aggregates[key] = rig.runtime.codec.encode(aggregate)
    return Rig(store=store, broker=rig.broker, keys=rig.keys, channel=rig.channel, clock=rig.clock)


def _backup(rig: Rig) -> MemoryStore:
    store = MemoryStore()
    store.aggregates, store.records = copy.deepcopy(rig.store.aggregates), copy.deepcopy(rig.store.records)
    return store


async def test_a_replay_raises_where_the_restore_did_and_ends_equal() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", seq, session(seq))) for seq in (1, 2)])
    await rig.rest()

    heir = await _raised(rig, _backup(rig))
    await heir.rest()
    await heir.consume([lay(rig.broker, event("p1", 3, session(3)))])
    await heir.command("p1", Add("a", 5), "c1")
    await heir.rest()

    assert list(dict.fromkeys(e["seq"] for e in heir.events("p1"))) == [1, 2, RAISED_BY + 3, RAISED_BY + 4]
    _, store = await replayed(heir, TOY)
    assert await differences(TOY, heir.store, store) == []


async def test_a_message_that_may_have_left_ends_as_unknown_and_leaves_no_more() -> None:
    rig = Rig()
    await beside(rig, TOY).consumer.handle([lay(rig.broker, event("p1", 1, session(1, family="tell")))])
    assert [line.kind for line in rig.aggregate("p1").outbox].count("x") == 1

    heir = await _raised(rig, _backup(rig))
    await heir.rest()

    assert heir.channel.sent == []
    assert heir.state("p1").outcomes == {"e-s1": "unknown"}
    assert heir.aggregate("p1").outbox == ()


async def test_of_messages_that_wait_in_a_backup_those_remain_of_whose_end_the_journal_does_not_say() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", 1, session(1)))])
    await rig.rest()
    early = _backup(rig)
    told = lay(rig.broker, event("p1", 2, session(2, family="tell")))
    await beside(rig, TOY).consumer.handle([told])
    waiting = _backup(rig)
    await rig.rest()
    assert rig.channel.sent == [("p1", "e-s2")]
    lines = journal(rig, TOY)
    unsaid = [line for line in lines if line.n < rig.aggregate("p1").steps]

    for backup, of, left in ((early, lines, 0), (early, unsaid, 1), (waiting, lines, 0), (waiting, unsaid, 1)):
        store = MemoryStore()
        store.aggregates = copy.deepcopy(backup.aggregates)
        replay = Replay(TOY, rig.runtime.codec, store, rig.runtime.sealer, keeps_effects=True)
        await replay.take(of)
        outbox = store.aggregates["p1"]["outbox"]
        kinds = [Line.parse(raw.encode()).kind for raw in outbox.split("\n")] if outbox else []
        assert kinds.count("x") == left

        heir = await _raised(rig, store)
        await heir.consume([told])
        await heir.rest()
        assert rig.channel.sent == [("p1", "e-s2")]
        assert orjson.loads(heir.text("p1"))["seq"] == RAISED_BY + 2
