"""The mechanism as a state machine: whatever fails, dies, stands still or comes twice, at rest nothing is amiss."""

from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from shared.runtime.ports import CrashPoint
from tests.support.life import Died
from tests.support.virtual import VirtualLoop
from tests.support.world import PARTITIONS, World

INSTANCES = st.integers(0, 1)
PEOPLE = st.sampled_from(["p1", "p2", "p3"])
CALLS = st.sampled_from(["load", "fence", "put", "publish", "clear", "send", "pending", "find"])


class Mechanism(RuleBasedStateMachine):
    """Steps of the world in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop(Died)
        self.world = World()

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(work)

    @initialize(cache_bytes=st.sampled_from([0, 1_000_000]))
    def start(self, cache_bytes: int) -> None:
        self.world = World(cache_bytes=cache_bytes)

    @rule(key=PEOPLE, families=st.lists(st.sampled_from(["walk", "walk", "tell", "poison", "unreadable"]), max_size=4))
    def produce(self, key: str, families: list[str]) -> None:
        for family in families:
            self.world.produce(key, family)

    @rule(key=PEOPLE, back=st.integers(0, 10))
    def repeat(self, key: str, back: int) -> None:
        self.world.repeat(key, back)

    @rule(partition=st.integers(0, PARTITIONS - 1), count=st.integers(1, 10))
    def redeliver(self, partition: int, count: int) -> None:
        self.world.redeliver(partition, count)

    @rule(index=INSTANCES, count=st.sampled_from([1, 2, 7, 2000]))
    def consume(self, index: int, count: int) -> None:
        self._run(self.world.consume(index, count))

    @rule(index=INSTANCES, key=PEOPLE, number=st.integers(1, 12))
    def command(self, index: int, key: str, number: int) -> None:
        self._run(self.world.command(index, key, number))

    @rule(index=INSTANCES)
    def sweep(self, index: int) -> None:
        self._run(self.world.sweep(index))

    @rule(index=INSTANCES)
    def clear(self, index: int) -> None:
        self._run(self.world.clear(index))

    @rule(index=INSTANCES)
    def tick(self, index: int) -> None:
        self._run(self.world.tick(index))

    @rule(index=INSTANCES)
    def redrive(self, index: int) -> None:
        self._run(self.world.redrive(index))

    @rule(turns=st.integers(1, 12))
    def breathe(self, turns: int) -> None:
        self._run(self.world.breathe(turns))

    @rule(index=INSTANCES, point=st.sampled_from(CrashPoint), times=st.integers(1, 2))
    def die_at(self, index: int, point: CrashPoint, times: int) -> None:
        self.world.rigs[index].life.die_at(point, times)

    @rule(index=INSTANCES, point=st.sampled_from(CrashPoint), key=PEOPLE, command=st.booleans())
    def die_within(self, index: int, point: CrashPoint, key: str, command: bool) -> None:
        """One dies on the way of a message from its topic to the person, or of a command to its answer."""
        world = self.world
        world.produce(key, "tell")
        world.rebalance({0: index, 1: index})
        world.rigs[index].life.die_at(point)
        self._run(world.command(index, key, 22) if command else world.consume(index, 2000))
        self._run(world.breathe(12))
        self._run(world.sweep(index))
        self._run(world.clear(index))

    @rule(index=INSTANCES, call=CALLS)
    def stand_still(self, index: int, call: str) -> None:
        self.world.rigs[index].life.stall_before(call)

    @precondition(lambda self: self.world.standing)
    @rule(index=INSTANCES)
    def go_on(self, index: int) -> None:
        self._run(self.world.go_on(index))

    @rule(index=INSTANCES, call=CALLS, key=PEOPLE, first=st.booleans(), family=st.sampled_from(["walk", "tell"]))
    def overtake(self, index: int, call: str, key: str, first: bool, family: str) -> None:
        """One stands still in the middle of something; the other takes everything over and goes on; then both do."""
        world, other = self.world, 1 - index
        world.produce(key, family)
        world.rigs[index].life.stall_before(call)
        self._run(world.command(index, key, 20) if first else world.consume(index, 3))
        world.rebalance({0: other, 1: other})
        self._run(world.consume(other, 7))
        self._run(world.command(other, key, 21))
        self._run(world.sweep(other))
        self._run(world.go_on(index))

    @rule(owners=st.tuples(INSTANCES, INSTANCES))
    def rebalance(self, owners: tuple[int, int]) -> None:
        self.world.rebalance(dict(enumerate(owners)))

    @rule(lost=st.integers(1, 2), effective=st.booleans())
    def lose(self, lost: int, effective: bool) -> None:
        if effective:
            self.world.store.lose_answers = lost
        else:
            self.world.store.lose_writes = lost

    @rule(down=st.booleans())
    def store_down(self, down: bool) -> None:
        self.world.store.down = down

    @rule(after=st.one_of(st.none(), st.integers(0, 5)))
    def broker_down(self, after: int | None) -> None:
        self.world.broker.down, self.world.broker.fail_after = False, after

    def teardown(self) -> None:
        self._run(self.world.come_to_rest())
        self._run(self.world.check())
        lost = self.loop.lost
        self.loop.close()
        assert not lost


TestMechanism = Mechanism.TestCase
TestMechanism.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
