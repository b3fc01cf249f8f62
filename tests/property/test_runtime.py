"""The fold of any service, seen through the toy: repetition, batching, interleaving and who writes change nothing."""

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.runtime.ports import CrashPoint
from tests.support.life import Died
from tests.support.rig import Rig, lay
from tests.support.schedule import Schedule
from tests.support.toy import event
from tests.support.virtual import VirtualLoop, run
from tests.support.world import World

PEOPLE = [f"p{i}" for i in range(7)]
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _merged(lengths: dict[str, int], draw: random.Random) -> list[tuple[str, int]]:
    """Everybody's events in an order that keeps each person's own."""
    left = {key: iter(range(1, length + 1)) for key, length in lengths.items()}
    order = [key for key, length in lengths.items() for _ in range(length)]
    draw.shuffle(order)
    return [(key, next(left[key])) for key in order]


def _with_repeats(order: list[tuple[str, int]], draw: random.Random) -> list[tuple[str, int]]:
    """20 % of the events once more, right behind themselves or anywhere later."""
    repeated = []
    for place, item in enumerate(order):
        repeated.append((float(place), item))
        if draw.random() < 0.2:
            later = place + 0.5 if draw.random() < 0.5 else draw.uniform(place, 2 * len(order))
            repeated.append((later, item))
    return [item for _, item in sorted(repeated)]


async def _outcome(order: list[tuple[str, int]], batch: int, cache_bytes: int) -> tuple[Any, ...]:
    """What is stored and published in the end, in bytes."""
    rig = Rig(cache_bytes=cache_bytes)
    await rig.consume([lay(rig.broker, event(key, seq)) for key, seq in order], batch)
    await rig.rest()
    records = {
        id: {name: value for name, value in document.items() if name != "seq"}
        for id, document in sorted(rig.store.records["sums"].items())
    }
    events = {key: rig.events(key) for key in PEOPLE}
    return {key: rig.text(key) for key in rig.store.aggregates}, records, events


@settings(QUICK, max_examples=20)
@given(
    st.randoms(use_true_random=False),
    st.lists(st.integers(1, 25), min_size=len(PEOPLE), max_size=len(PEOPLE)),
    st.sampled_from([0, 1_000_000]),
)
def test_repeats_shuffles_and_batch_sizes_change_not_a_byte(
    draw: random.Random, lengths: list[int], cache: int
) -> None:
    wanted = run(_outcome(_merged(dict(zip(PEOPLE, lengths, strict=True)), draw), 2000, 0))
    other = _with_repeats(_merged(dict(zip(PEOPLE, lengths, strict=True)), draw), draw)
    for batch in (1, 7, 2000):
        states, records, events = run(_outcome(other, batch, cache))
        assert dict(sorted(states.items())) == dict(sorted(wanted[0].items()))
        assert records == wanted[1]
        assert events == wanted[2]


@QUICK
@given(
    choices=st.lists(st.integers(0, 5), max_size=120),
    families=st.lists(st.sampled_from(["walk", "tell", "poison"]), min_size=1, max_size=4),
    commands=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), max_size=4),
    dies=st.one_of(st.none(), st.tuples(st.integers(0, 1), st.sampled_from(CrashPoint))),
    cache_bytes=st.sampled_from([0, 1_000_000]),
)
def test_two_writers_in_any_interleaving_lose_and_double_nothing(
    choices: list[int],
    families: list[str],
    commands: list[tuple[int, int]],
    dies: tuple[int, CrashPoint] | None,
    cache_bytes: int,
) -> None:
    async def scenario() -> None:
        schedule = Schedule(choices)
        world = World(turn=schedule.turn, cache_bytes=cache_bytes)
        world.produce("p1", "walk")
        await world.consume(0, 10)
        await world.consume(1, 10)
        for family in families:
            world.produce("p1", family)
        if dies is not None:
            world.rigs[dies[0]].life.die_at(dies[1])
        for rig in world.rigs:
            rig.own([0, 1])  # both believe that they own everything
        work = [world.consume(index, count, everything=True) for index in (0, 1) for count in (2, 2000)]
        work += [world.command(index, "p1", number) for index, number in commands]
        work += [step for index in (0, 1) for step in (world.sweep(index), world.clear(index), world.sweep(index))]
        await schedule.play(work)
        await world.come_to_rest()
        await world.check()

    loop = VirtualLoop(Died)
    try:
        loop.run_until_complete(scenario())
        assert not loop.lost
    finally:
        loop.close()
