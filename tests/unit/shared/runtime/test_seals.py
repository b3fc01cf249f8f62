"""Keys of people: made for whom something is stored, and for nobody else."""

import pytest

from shared.runtime.messages import Refused
from shared.sealing import key_id
from tests.support.rig import Rig, laid
from tests.support.toy import Add


async def test_a_refused_command_about_a_stranger_leaves_no_key_behind() -> None:
    rig = Rig()
    with pytest.raises(Refused):
        await rig.command("nobody", Add("a", -1), "c1")
    assert rig.keys.stored == {}


async def test_a_command_that_makes_somebody_known_makes_their_key() -> None:
    rig = Rig()
    await rig.command("p1", Add("a", 1), "c1")
    assert set(rig.keys.stored) == {key_id("clinic-a", "p1")}


async def test_an_event_makes_the_persons_key_in_one_round_trip_per_batch() -> None:
    rig = Rig()
    await rig.consume([*laid(rig.broker, "p1", 3), *laid(rig.broker, "p2", 3)])
    assert set(rig.keys.stored) == {key_id("clinic-a", "p1"), key_id("clinic-a", "p2")}
    assert rig.keys.writes == 1
