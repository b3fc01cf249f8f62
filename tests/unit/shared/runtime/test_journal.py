"""The journal: what it holds, opened and folded again, gives the same state and the same count of events."""

from datetime import timedelta

import pytest

from shared.sealing import Erased
from tests.support.journal import opened, refolded
from tests.support.rig import Rig, lay
from tests.support.toy import CURED, Add, event, session


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


async def test_folding_the_opened_journal_gives_the_same_state_and_seq() -> None:
    rig = await _lived_through()
    lines = await opened(rig.broker.topic("progression-journal"), rig.runtime.sealer, "clinic-a", "p1")

    assert [line["n"] for line in lines] == list(range(1, rig.aggregate("p1").steps + 1))
    assert {line["kind"] for line in lines} == {"event", "command", "outcome", "tick"}
    assert [line["message"]["incomplete"] for line in lines if line["message"]["seq"] in (3, 4)] == [True, True]
    assert refolded(CURED, "clinic-a", "p1", lines) == (rig.state("p1"), rig.aggregate("p1").seq)


async def test_the_journal_of_an_erased_person_can_be_read_by_nobody() -> None:
    rig = await _lived_through()
    await rig.runtime.sealer.erase("clinic-a", "p1")

    with pytest.raises(Erased):
        await opened(rig.broker.topic("progression-journal"), rig.runtime.sealer, "clinic-a", "p1")
