"""The journal: replayed into a new database it gives the same states, seqs and records, and it publishes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from shared.runtime.aggregate import Document, Line
from shared.runtime.differences import differences
from shared.runtime.ports import DependencyDown
from shared.runtime.replay import Gap, JournalLine, NotAJournal, Replay
from shared.runtime.wire import Raw, outgoing_event
from tests.support.journal import journal, replayed
from tests.support.memory_store import MemoryStore
from tests.support.operator import beside
from tests.support.rig import Rig, lay
from tests.support.toy import CURED, TOY, Add, event, session


async def _lived_through() -> Rig:
    """Sessions, a command, a message to the person, a tick, and a hole that newer code fills late."""
    old = Rig()
    families = ["walk", "tell", "poison", "walk"]
    raws = [lay(old.broker, event("p1", seq, session(seq, family=f))) for seq, f in enumerate(families, 1)]
    await old.consume(raws)
    await old.command("p1", Add("a", 5), "c1")
    rig = Rig(CURED, store=old.store, broker=old.broker, keys=old.keys, channel=old.channel, clock=old.clock)
    assert await rig.runtime.redrive(raws[2].id) == "redriven"
    await rig.rest()
    rig.clock.advance(timedelta(days=1))
    rig.caught_up()
    await rig.runtime.timers.tick()
    await rig.rest()
    return rig


@pytest.mark.parametrize("batch", [1, 3, 2000])
async def test_a_replay_ends_equal_in_state_seq_and_records(batch: int) -> None:
    rig = await _lived_through()

    replay, store = await replayed(rig, CURED, batch)

    assert replay.counts.folded == rig.aggregate("p1").steps
    assert await differences(CURED, rig.store, store) == []
    assert store.records["commands"] == rig.store.records["commands"]


async def test_what_was_written_twice_is_folded_once() -> None:
    rig = await _lived_through()
    lines = journal(rig, CURED)
    store = MemoryStore()
    replay = Replay(CURED, rig.runtime.codec, store, rig.runtime.sealer)

    await replay.take([*lines, *lines[2:]])
    await replay.take(lines)

    assert replay.counts.folded == rig.aggregate("p1").steps
    assert replay.counts.repeated == 3 * len(lines) - 2 - replay.counts.folded
    assert await differences(CURED, rig.store, store) == []


async def test_a_replay_publishes_nothing_and_sends_nothing() -> None:
    rig = await _lived_through()
    logs = {place: len(log) for place, log in rig.broker.logs.items()}
    sent = len(rig.channel.sent)

    _, store = await replayed(rig, CURED)

    assert {place: len(log) for place, log in rig.broker.logs.items()} == logs
    assert len(rig.channel.sent) == sent
    assert all(not document["outbox"] for document in store.aggregates.values())


async def test_an_open_dead_letter_and_its_hole_are_taken_over() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", n, session(n, family=f))) for n, f in ((1, "walk"), (2, "poison"))])
    await rig.rest()
    assert rig.aggregate("p1").holes

    _, store = await replayed(rig, rig.runtime.service)

    assert await differences(rig.runtime.service, rig.store, store) == []
    assert store.records["dead_letters"] == rig.store.records["dead_letters"]


async def test_a_difference_is_named_with_its_place() -> None:
    rig = await _lived_through()
    _, store = await replayed(rig, CURED)
    document = store.aggregates["p1"]
    document["state"] = orjson.dumps({**orjson.loads(document["state"]), "seq": 99}).decode()
    first = min(store.records["sums"])
    del store.records["sums"][first]

    assert await differences(CURED, rig.store, store) == ["aggregates:p1: seq", f"sums:{first}: missing in the replay"]


async def test_a_state_that_the_version_before_wrote_is_no_difference() -> None:
    rig = await _lived_through()

    def upgrade(schema: int, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "ticks": state["counted"]}

    _, store = await replayed(rig, CURED)
    document = store.aggregates["p1"]
    document["schema"] = 2
    old = rig.store.aggregates["p1"]
    written = orjson.loads(old["state"])
    counted = written["state"].pop("ticks")
    del written["state"]["weight"]
    old["state"] = orjson.dumps({**written, "state": {**written["state"], "counted": counted}}).decode()
    newer = replace(CURED, schema=2, upgrade=upgrade)

    assert await differences(newer, rig.store, store) == []
    old["state"] = orjson.dumps({**written, "state": {**written["state"], "counted": counted + 1}}).decode()
    assert await differences(newer, rig.store, store) == ["aggregates:p1: state"]


async def test_many_people_are_compared_page_by_page_and_held_within_bounds() -> None:
    rig = Rig()
    people = [f"p{number}" for number in range(1203)]
    await rig.consume([lay(rig.broker, event(key, n, session(n))) for n in (1, 2) for key in people])
    await rig.rest()
    store = MemoryStore()
    replay = Replay(rig.runtime.service, rig.runtime.codec, store, rig.runtime.sealer, held=100)
    lines = journal(rig, rig.runtime.service)

    for start in range(0, len(lines), 300):
        await replay.take(lines[start : start + 300])

    assert await differences(rig.runtime.service, rig.store, store) == []
    store.aggregates.pop("p1202")
    store.aggregates.pop("p0")
    assert await differences(rig.runtime.service, rig.store, store) == [
        "aggregates:p0: missing in the replay",
        "aggregates:p1202: missing in the replay",
    ]


class Counting(MemoryStore):
    """Counts what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.fenced = self.laid = 0

    async def fence(self, documents: Sequence[Document]) -> bool:
        self.fenced += len(documents)
        return await super().fence(documents)

    async def lay(self, records: Mapping[str, Sequence[Document]]) -> None:
        self.laid += sum(map(len, records.values()))
        await super().lay(records)


async def _long_lived(people: int, sessions: int) -> Rig:
    rig = Rig()
    raws = [
        lay(rig.broker, event(f"p{key}", n, session(n))) for n in range(1, sessions + 1) for key in range(1, people + 1)
    ]
    await rig.consume(raws)
    await rig.rest()
    return rig


async def test_a_person_is_written_once_for_many_lines_and_memory_is_bounded_whatever_lies_behind() -> None:
    rig = await _long_lived(people=20, sessions=30)
    store, lines = Counting(), journal(rig, rig.runtime.service)
    replay = Replay(
        rig.runtime.service, rig.runtime.codec, store, rig.runtime.sealer, held=10, records=40, every=10_000
    )

    for start in range(0, len(lines), 50):
        assert await replay.take(lines[start : start + 50]) is False
        assert (len(replay.held), replay.held.waiting) <= (10, 40)
    await replay.write()

    assert await differences(rig.runtime.service, rig.store, store) == []
    assert 20 <= store.fenced < len(lines) / 4
    assert store.laid == sum(len(there) for there in store.records.values())


@pytest.mark.parametrize("dies_after", range(0, 120, 7))
async def test_a_replay_that_dies_anywhere_goes_on_from_what_was_durable(dies_after: int) -> None:
    """Nobody is ever in the new database without the records of their steps."""
    rig = await _long_lived(people=6, sessions=20)
    service, lines = rig.runtime.service, journal(rig, rig.runtime.service)
    store, saved = MemoryStore(), 0

    def begun() -> Replay:
        return Replay(service, rig.runtime.codec, store, rig.runtime.sealer, held=3, records=8, every=40)

    dying = begun()
    for start in range(0, dies_after, 5):
        if await dying.take(lines[start : start + 5]):
            saved = start + 5
    heir = begun()
    for start in range(saved, len(lines), 5):
        await heir.take(lines[start : start + 5])
    await heir.write()

    assert heir.counts.folded + heir.counts.repeated == len(lines) - saved
    assert await differences(service, rig.store, store) == []


async def test_a_write_that_failed_is_told_by_the_next_and_nothing_is_durable_until_then() -> None:
    rig = await _long_lived(people=6, sessions=20)
    store, lines = MemoryStore(), journal(rig, rig.runtime.service)
    replay = Replay(rig.runtime.service, rig.runtime.codec, store, rig.runtime.sealer, records=8, every=10_000)
    await replay.take(lines[:5])
    store.lose_writes = 1
    await replay.take(lines[5:25])

    with pytest.raises(DependencyDown):
        await replay.write()
    assert store.aggregates == {}


async def test_a_missing_line_stops_the_replay() -> None:
    rig = await _lived_through()
    lines = journal(rig, CURED)
    replay = Replay(CURED, rig.runtime.codec, MemoryStore(), rig.runtime.sealer)

    with pytest.raises(Gap, match="line 3 follows line 1"):
        await replay.take([lines[0], *lines[2:]])


async def test_the_journal_of_an_erased_person_can_be_read_by_nobody() -> None:
    rig = await _lived_through()
    await rig.runtime.sealer.erase("clinic-a", "p1")
    store = MemoryStore()
    replay = Replay(CURED, rig.runtime.codec, store, rig.runtime.sealer)

    await replay.take(journal(rig, CURED))

    assert (replay.counts.folded, replay.counts.erased) == (0, len(journal(rig, CURED)))
    assert store.aggregates == {}


GOOD = Raw("progression-journal", 1, 7, b"p1", b"s1.x", (("n", b"1"), ("tenant", b"clinic-a")))


@pytest.mark.parametrize(
    "broken",
    [
        replace(GOOD, key=None),
        replace(GOOD, value=None),
        replace(GOOD, headers=()),
        replace(GOOD, headers=GOOD.headers[:1]),
    ],
)
def test_a_record_that_is_no_journal_line_is_told_by_its_place(broken: Raw) -> None:
    assert JournalLine.of(GOOD) == JournalLine("clinic-a", "p1", 1, "s1.x")
    with pytest.raises(NotAJournal, match="progression-journal:1:7"):
        JournalLine.of(broken)


async def test_what_waits_in_outboxes_is_carried_over_and_leaves_from_the_new_database() -> None:
    rig = await _lived_through()
    lines = list(journal(rig, CURED))
    await beside(rig, TOY).consumer.handle([lay(rig.broker, event("p1", 5, session(5, family="tell")))])
    assert {line.kind for line in rig.aggregate("p1").outbox} == {"r", "e", "x", "j"}
    store = MemoryStore()
    replay = Replay(CURED, rig.runtime.codec, store, rig.runtime.sealer)
    await replay.take(lines)

    for _ in range(2):
        assert await replay.carry_over(rig.store) == len(rig.aggregate("p1").outbox)
        await replay.finish(rig.store)

    assert await differences(CURED, rig.store, store) == []
    old, new = rig.aggregate("p1"), rig.runtime.codec.decode(store.aggregates["p1"])
    assert [(line.kind, line.body) for line in new.outbox] == [(line.kind, line.body) for line in old.outbox]
    assert new.pending == old.pending
    sent = len(rig.channel.sent)
    heir = Rig(CURED, store=store, broker=rig.broker, keys=rig.keys, channel=rig.channel, clock=rig.clock)
    await heir.rest()
    assert heir.aggregate("p1").outbox == ()
    assert len(rig.channel.sent) == sent + 1
    assert list(dict.fromkeys(event["seq"] for event in heir.events("p1"))) == list(range(1, new.seq + 1))


async def test_a_replay_gives_every_event_once_more_with_the_id_and_content_that_it_had() -> None:
    rig = await _lived_through()
    given: list[bytes] = []

    def emitted(key: str, line: Line) -> None:
        given.append(outgoing_event(key, line).value)

    replay = Replay(CURED, rig.runtime.codec, MemoryStore(), rig.runtime.sealer, emitted=emitted)
    await replay.take(journal(rig, CURED))

    assert [orjson.loads(value) for value in given] == list({e["seq"]: e for e in rig.events("p1")}.values())
