"""Messages to people: each ends once, prompts leave at most once, and safety messages at least once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.messages import Effect, Message, Service, Transition
from shared.runtime.ports import ChannelFailed, CrashPoint, DependencyDown
from tests.support.life import Died, Life
from tests.support.rig import Rig, lay
from tests.support.toy import CURED, START, TOY, Tally, event, session
from tests.support.virtual import run


def _telling(*, safety: bool = False, channel: str = "file") -> Service:
    def on_logged(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        effect = Effect(f"e-{message.data.session_id}", channel, START + timedelta(hours=1), {"a": 1}, safety)
        return Transition(replace(state, ticks=state.ticks + 1), effects=(effect,))

    return replace(TOY, transitions={**TOY.transitions, SessionLoggedV1: on_logged})


def _outcomes(rig: Rig) -> Any:
    return rig.state("p1").outcomes


async def test_a_message_is_sent_once_and_its_outcome_is_folded() -> None:
    rig = Rig(_telling())
    raw = lay(rig.broker, event("p1", 1))
    await rig.consume([raw])
    await rig.rest()
    await rig.consume([raw])
    await rig.rest()

    assert rig.channel.effects == [Effect("e-s1", "file", START + timedelta(hours=1), {"a": 1})]
    assert _outcomes(rig) == {"e-s1": "sent"}
    assert rig.aggregate("p1").outbox == ()


async def test_every_ending_is_told_as_zero_before_the_first_message() -> None:
    """Or nobody would see the growth by those that failed first."""
    told = Rig().runtime.metrics.exposition().decode()
    for outcome in ("sent", "unknown", "suppressed", "failed"):
        assert f'pacewell_runtime_effects_total{{channel="file",outcome="{outcome}",service="progression"}} 0.0' in told


async def test_two_people_may_have_messages_of_the_same_id() -> None:
    rig = Rig(_telling())
    await rig.consume([lay(rig.broker, event(key, 1)) for key in ("p1", "p2")])
    await rig.rest()

    assert sorted(rig.channel.sent) == [("p1", "e-s1"), ("p2", "e-s1")]


async def _died(rig: Rig, life: Life, point: CrashPoint) -> None:
    life.die_at(point)
    with pytest.raises(Died):
        await life.live(_consumed(rig))


async def _consumed(rig: Rig) -> None:
    await rig.consume([lay(rig.broker, event("p1", 1))])
    await rig.rest()


@pytest.mark.parametrize("point", [CrashPoint.AFTER_CLAIM, CrashPoint.AFTER_SEND])
@pytest.mark.parametrize("safety", [False, True])
async def test_after_a_crash_a_prompt_is_unknown_and_a_safety_message_is_sent_again(
    point: CrashPoint, safety: bool
) -> None:
    life = Life()
    first = Rig(_telling(safety=safety), life=life)
    await _died(first, life, point)
    before = 1 if point is CrashPoint.AFTER_SEND else 0
    second = Rig(
        _telling(safety=safety), store=first.store, broker=first.broker, keys=first.keys, channel=first.channel
    )
    await second.rest()

    assert len(second.channel.sent) == before + (1 if safety else 0)
    assert _outcomes(second) == {"e-s1": "sent" if safety else "unknown"}


async def test_another_instance_waits_until_the_claim_is_surely_given_up() -> None:
    life = Life()
    first = Rig(_telling(), life=life)
    await _died(first, life, CrashPoint.AFTER_CLAIM)
    other = Rig(
        _telling(), store=first.store, broker=first.broker, keys=first.keys, channel=first.channel, instance="2"
    )
    await other.rest()
    assert _outcomes(other) is None

    other.clock.advance(timedelta(seconds=61))
    await other.rest()
    assert _outcomes(other) == {"e-s1": "unknown"}


async def test_a_claim_whose_answer_was_lost_does_not_lose_the_message() -> None:
    rig = Rig(_telling())
    fence = rig.store.fence

    async def losing(documents: Any) -> bool:
        won: bool = await fence(documents)
        if any('"cl":' in d["outbox"] for d in documents):
            rig.store.fence, rig.store.down = fence, True  # nobody learns whether the claim took effect
            raise DependencyDown("mongo")
        return won

    rig.store.fence = losing
    await rig.consume([lay(rig.broker, event("p1", 1))])
    await rig.runtime.effects.drain()
    assert rig.channel.sent == []
    rig.store.down = False
    await rig.rest()

    assert rig.channel.sent == [("p1", "e-s1")]
    assert _outcomes(rig) == {"e-s1": "sent"}


async def test_too_late_is_suppressed_as_stale() -> None:
    rig = Rig(_telling())
    rig.clock.advance(timedelta(hours=2))
    await _consumed(rig)

    assert rig.channel.sent == []
    assert _outcomes(rig) == {"e-s1": "suppressed"}


@pytest.mark.parametrize("safety", [False, True])
async def test_while_a_hole_is_open_only_safety_messages_leave(safety: bool) -> None:
    service = _telling(safety=safety)
    on_logged = service.transitions[SessionLoggedV1]

    def poisoned(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        if message.data.activity_family == "poison":
            raise ValueError("poison")
        return on_logged(state, message, now)  # type: ignore[operator]

    rig = Rig(replace(service, transitions={**service.transitions, SessionLoggedV1: poisoned}))
    poison = lay(rig.broker, event("p1", 1, session(1, family="poison")))
    await rig.consume([poison, lay(rig.broker, event("p1", 2))])
    await rig.rest()
    assert rig.channel.sent == ([("p1", "e-s2")] if safety else [])

    await rig.runtime.discard(poison.id)
    await rig.rest()
    assert rig.channel.sent == [("p1", "e-s2")]


async def test_a_held_message_is_stale_when_the_hole_closes_too_late() -> None:
    rig = Rig()
    poison = lay(rig.broker, event("p1", 1, session(1, family="poison")))
    await rig.consume([poison, lay(rig.broker, event("p1", 2, session(2, family="tell")))])
    newer = Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys, clock=rig.clock)
    rig.clock.advance(timedelta(hours=3))
    await newer.runtime.redrive(poison.id)
    await newer.rest()

    assert newer.channel.sent == []
    assert newer.state("p1").outcomes == {"e-s2": "suppressed"}


async def test_a_channel_that_says_no_fails_the_message_with_its_reason() -> None:
    rig = Rig(_telling())
    rig.channel.fail = [ChannelFailed("no_such_address")]
    await _consumed(rig)

    assert _outcomes(rig) == {"e-s1": "failed"}


async def test_an_unknown_channel_fails_the_message() -> None:
    rig = Rig(_telling(channel="pigeon"))
    await _consumed(rig)

    assert _outcomes(rig) == {"e-s1": "failed"}


@pytest.mark.parametrize(("safety", "failures", "sent", "outcome"), [
    (False, 1, 0, "unknown"),
    (True, 2, 1, "sent"),
    (True, 9, 0, "unknown"),
])  # fmt: skip
def test_a_channel_that_breaks_is_called_once_for_a_prompt_and_three_times_for_safety(
    safety: bool, failures: int, sent: int, outcome: str
) -> None:
    async def scenario() -> None:
        rig = Rig(_telling(safety=safety))
        rig.channel.fail = [OSError() for _ in range(failures)]
        await _consumed(rig)

        assert len(rig.channel.sent) == sent
        assert _outcomes(rig) == {"e-s1": outcome}
        assert len(rig.channel.fail) == max(0, failures - (3 if safety else 1))

    run(scenario())


async def test_an_outcome_that_could_not_be_stored_is_stored_later_without_sending_again() -> None:
    rig = Rig(_telling())
    send = rig.channel.send

    async def send_and_lose(effect: Effect, key: str, tenant: str) -> None:
        await send(effect, key, tenant)
        rig.store.down = True

    rig.channel.send = send_and_lose  # type: ignore[method-assign]
    await rig.consume([lay(rig.broker, event("p1", 1))])
    await rig.runtime.effects.drain()
    rig.store.down = False
    assert _outcomes(rig) is None

    await rig.rest()
    assert rig.channel.sent == [("p1", "e-s1")]
    assert _outcomes(rig) == {"e-s1": "sent"}
