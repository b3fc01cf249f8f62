"""A command about somebody never heard of leaves nothing behind unless it makes them known."""

import pytest

from shared.runtime.messages import Refused
from tests.support.rig import Rig
from tests.support.toy import Add


async def test_a_refused_command_about_a_stranger_leaves_neither_a_document_nor_a_key() -> None:
    rig = Rig()

    with pytest.raises(Refused, match="amount_below_zero"):
        await rig.command("stranger", Add("x", -1), "c1")

    assert rig.store.aggregates == {}
    assert rig.keys.stored == {}


async def test_a_command_that_makes_somebody_known_makes_their_key_and_seals_its_journal_line() -> None:
    rig = Rig()

    await rig.command("newcomer", Add("x", 1), "c1")
    await rig.rest()

    assert set(rig.keys.stored) == {"clinic-a:newcomer"}
    journal = rig.broker.topic("progression-journal")
    ring = await rig.runtime.sealer.load("clinic-a", ["newcomer"])
    assert [ring.unseal("clinic-a", "newcomer", (raw.value or b"").decode()) != b"" for raw in journal] == [True]
