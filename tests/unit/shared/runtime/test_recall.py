"""What waits to be sent is taken back when the service wants it no more: asked in the write that claims it."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.messages import Effect, EffectOutcome, Message, Service, Transition
from shared.runtime.ports import CrashPoint
from tests.support.life import Died, Life
from tests.support.rig import Rig, lay
from tests.support.toy import START, TOY, Add, Tally, event

STOP = Add("stop", 1)


def _service(*, safety: bool) -> Service:
    """Every session is told, until the command `STOP`; outcomes are kept with their reasons."""

    def on_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        effect = Effect(f"e-{message.data.session_id}", "file", START + timedelta(hours=1), {}, safety)
        return Transition(replace(state, ticks=state.ticks + 1), effects=(effect,))

    def on_outcome(state: Tally, message: Message[EffectOutcome], now: datetime) -> Transition[Tally]:
        ended = message.data
        return Transition(replace(state, outcomes={ended.effect_id: f"{ended.outcome} {ended.reason}"}))

    def recall(state: Tally, effect_id: str) -> str | None:
        return "stopped" if effect_id == "e-s1" and "stop" in (state.sessions or {}) else None

    table = {**TOY.transitions, SessionLoggedV1: on_logged, EffectOutcome: on_outcome}
    return replace(TOY, transitions=table, recall=recall)


async def _left_by_a_crash(point: CrashPoint, *, safety: bool = False) -> Rig:
    """A new process beside what one that died at this point left behind: a message decided and not ended."""
    life = Life()
    service = _service(safety=safety)
    first = Rig(service, life=life)
    life.die_at(point)

    async def work() -> None:
        await first.consume([lay(first.broker, event("p1", 1))])
        await first.rest()

    with pytest.raises(Died):
        await life.live(work())
    assert first.channel.sent == []
    return Rig(service, store=first.store, broker=first.broker, keys=first.keys, channel=first.channel)


@pytest.mark.parametrize("safety", [False, True])
async def test_a_waiting_message_that_is_wanted_no_more_ends_with_the_reason(safety: bool) -> None:
    rig = await _left_by_a_crash(CrashPoint.AFTER_PUBLISH, safety=safety)
    await rig.command("p1", STOP, "c1")
    await rig.rest()

    assert rig.channel.sent == []
    assert rig.state("p1").outcomes == {"e-s1": "suppressed stopped"}
    assert rig.aggregate("p1").outbox == ()


async def test_one_that_is_still_wanted_leaves() -> None:
    rig = await _left_by_a_crash(CrashPoint.AFTER_PUBLISH)
    await rig.command("p1", Add("go on", 1), "c1")
    await rig.rest()

    assert rig.channel.sent == [("p1", "e-s1")]


async def test_a_safety_message_in_doubt_after_a_crash_is_not_sent_again_when_it_is_wanted_no_more() -> None:
    rig = await _left_by_a_crash(CrashPoint.AFTER_CLAIM, safety=True)
    await rig.command("p1", STOP, "c1")
    await rig.rest()

    assert rig.channel.sent == []
    assert rig.state("p1").outcomes == {"e-s1": "suppressed stopped"}


async def test_what_takes_a_message_back_while_it_is_being_claimed_wins() -> None:
    other, life = await _left_by_a_crash(CrashPoint.AFTER_PUBLISH), Life()
    one = Rig(
        _service(safety=False), store=other.store, broker=other.broker, keys=other.keys, channel=other.channel,
        life=life, instance="2",
    )  # fmt: skip
    life.stall_before("fence")  # the claim, folded while the message was still wanted
    resting = asyncio.create_task(one.rest())
    await life.standstill()
    await other.command("p1", STOP, "c1")
    life.go_on()
    await resting

    assert one.channel.sent == []
    assert one.state("p1").outcomes == {"e-s1": "suppressed stopped"}


@pytest.mark.parametrize("touch", ["sweep", "command", "event"])
@pytest.mark.parametrize("safety", [False, True])
async def test_what_waited_leaves_only_once_the_history_is_read_to_its_end(safety: bool, touch: str) -> None:
    rig = await _left_by_a_crash(CrashPoint.AFTER_PUBLISH, safety=safety)
    rig.caught_up(behind=1)
    if touch == "command":
        await rig.command("p1", Add("go on", 1), "c1")
    if touch == "event":
        await rig.consume([lay(rig.broker, event("p1", 2))])
    await rig.runtime.forwarder.submit([])
    await rig.runtime.effects.drain()
    if touch == "sweep":
        await rig.rest()
    now = [("p1", "e-s2")] if touch == "event" else []
    assert rig.channel.sent == ([("p1", "e-s1"), *now] if safety else now)

    rig.caught_up()
    await rig.rest()
    assert sorted(rig.channel.sent) == [("p1", "e-s1"), *now]
