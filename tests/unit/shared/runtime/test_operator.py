"""A runtime that forwards nothing: what an operator redrives waits in the outbox for the service itself."""

from tests.support.operator import beside
from tests.support.rig import Rig, lay
from tests.support.toy import CURED, event, session


async def test_what_an_operator_redrives_is_fenced_here_and_forwarded_by_the_owner() -> None:
    rig = Rig()
    raws = [lay(rig.broker, event("p1", n, session(n, family=f))) for n, f in enumerate(["walk", "poison", "tell"], 1)]
    await rig.consume(raws)
    await rig.rest()
    published = len(rig.events("p1"))
    assert rig.aggregate("p1").holes
    operator = beside(rig)

    assert await operator.redrive(raws[1].id) == "redriven"

    assert rig.aggregate("p1").holes == {}
    assert len(rig.events("p1")) == published
    assert rig.aggregate("p1").pending is not None
    assert rig.channel.sent == []

    owner = Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys, channel=rig.channel, clock=rig.clock)
    await owner.rest()
    assert len(rig.events("p1")) > published
    text = owner.text("p1")
    assert await operator.redrive(raws[1].id) == "redriven"
    await owner.rest()
    assert owner.text("p1") == text


async def test_an_outbox_that_was_set_aside_waits_again_once_an_operator_redrives_it() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", 1))])
    rig.broker.down = True
    await rig.consume([lay(rig.broker, event("p1", 2))])
    rig.broker.down = False
    await rig.runtime._quarantine(rig.aggregate("p1"))
    assert rig.aggregate("p1").pending is None

    assert await beside(rig).redrive("outbox:p1") == "redriven"
    assert rig.aggregate("p1").pending is not None
    await rig.rest()
    assert rig.aggregate("p1").outbox == ()
