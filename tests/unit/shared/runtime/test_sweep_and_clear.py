"""The sweeper and the clearer side by side."""

from datetime import timedelta

from tests.support.rig import Rig
from tests.support.toy import Add


async def test_an_outbox_that_is_swept_again_and_again_is_cleared_all_the_same() -> None:
    rig = Rig()
    await rig.command("p1", Add("a1", 5), "a1")
    await rig.runtime.forwarder.submit([])
    for _ in range(4):
        rig.clock.advance(timedelta(milliseconds=500))
        await rig.runtime.timers.sweep(after_ms=-1)
        await rig.runtime.forwarder.clear()
    assert rig.store.aggregates["p1"]["outbox"] == ""
    assert rig.store.aggregates["p1"]["pending"] is None
