"""Two instances of the toy over one store and one broker, driven step by step, and what must be true once they rest."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from shared.clock import ManualClock
from shared.kafka.partition import partition_of
from shared.runtime.differences import differences
from shared.runtime.messages import Message, Record, Refused, Service, Transition
from shared.runtime.ports import CrashPoint, DependencyDown
from shared.runtime.wire import Raw
from tests.support.journal import journal, replayed
from tests.support.key_store import MemoryKeyStore
from tests.support.life import Died, Life, Turn
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_store import MemoryStore
from tests.support.rig import Rig, Sent, lay
from tests.support.toy import CURED, START, TOY, Add, event, session

PARTITIONS = 2
INPUT = "session-logging-events"
TENANT = "clinic-a"


def _with_latest(service: Service) -> Service:
    """The service with one more record, which every event it publishes puts anew."""

    def wrapped(handler: Any) -> Any:
        def transition(state: Any, message: Message[Any], now: datetime) -> Transition[Any]:
            made: Transition[Any] = handler(state, message, now)
            if not made.events:
                return made
            latest = Record("sums", "latest", {"total": _published(made.state), "at": 0})
            return replace(made, records=(*made.records, latest))

        return transition

    return replace(service, transitions={kind: wrapped(handler) for kind, handler in service.transitions.items()})


def _published(state: Any) -> int:
    return len(state.sessions or {}) + int(state.ticks)


class World:
    """Everything around the instances, and an account of what was given to them.

    An operation of an instance that dies is lost, and the instance is started again; one that stands still goes on when
    it is told to. Only what an instance that still owns a partition has handled is committed.
    """

    def __init__(self, *, cache_bytes: int = 0, turn: Turn | None = None) -> None:
        self.store = MemoryStore()
        self.broker = MemoryBroker(partitions=PARTITIONS)
        self.keys = MemoryKeyStore()
        self.clock = ManualClock(START)
        self.channel = Sent()
        self._cache_bytes = cache_bytes
        self._turn = turn
        self._service = _with_latest(TOY)
        self.owners = {0: 0, 1: 1}
        self.generation = 0
        self.committed = dict.fromkeys(range(PARTITIONS), 0)
        self.rigs = [self._start(0), self._start(1)]
        self.standing: dict[int, asyncio.Task[None]] = {}
        self.last_seq: Counter[str] = Counter()
        self.expected: dict[str, set[str]] = {}
        self.told: dict[str, set[str]] = {}
        self.commands: dict[tuple[str, str], Any] = {}

    # What is given to them

    def produce(self, key: str, family: str) -> None:
        """Another session of a person: `walk`, `tell` (a message to the person follows), `poison` or `unreadable`."""
        self.last_seq[key] += 1
        seq = self.last_seq[key]
        body = event(key, seq, session(seq, family=family))
        if family == "unreadable":
            body["data"]["amount"] = "many"
        else:
            self.expected.setdefault(key, set()).add(f"s{seq}")
        if family == "tell":
            self.told.setdefault(key, set()).add(f"e-s{seq}")
        lay(self.broker, body)

    def repeat(self, key: str, back: int) -> None:
        """A stale worker of the producer sends an old event once more, behind newer ones."""
        records = [raw for raw in self.broker.topic(INPUT) if raw.key == key.encode()]
        if records:
            old = records[-1 - back % len(records)]
            self.broker.append(INPUT, old.key, old.value, old.headers)

    def redeliver(self, partition: int, count: int) -> None:
        """Offsets are set back."""
        self.committed[partition] = max(0, self.committed[partition] - count)

    # What they do

    async def consume(self, index: int, count: int, *, everything: bool = False) -> None:
        """Handle the next records of the partitions that this instance owns, or believes to own, and commit."""
        generation = self.generation
        batch: list[Raw] = []
        after: dict[int, int] = {}
        for partition, owner in self.owners.items():
            if everything or owner == index:
                log = self.broker.logs.get((INPUT, partition), [])
                part = log[self.committed[partition] :][: count - len(batch)]
                batch += part
                after[partition] = self.committed[partition] + len(part)

        async def work() -> None:
            rig = self.rigs[index]
            await rig.runtime.consumer.handle(batch)
            rig.life.crash(CrashPoint.BEFORE_COMMIT)
            if generation == self.generation:
                self.committed.update(after)
            rig.life.crash(CrashPoint.AFTER_COMMIT)

        await self._do(index, work())

    async def command(self, index: int, key: str, number: int) -> None:
        """A person adds something; without an answer the same is sent again, now or at rest."""
        id = f"c{number}"
        self.commands.setdefault((key, id), None)
        self.expected.setdefault(key, set()).add(id)

        async def work() -> None:
            answer = await self.rigs[index].command(key, Add(id, number), id)
            assert self.commands[key, id] in (None, answer), "the same id was answered twice, and differently"
            self.commands[key, id] = answer

        await self._do(index, work())

    async def sweep(self, index: int) -> None:
        await self._do(index, self.rigs[index].runtime.timers.sweep(after_ms=-1))

    async def clear(self, index: int) -> None:
        await self._do(index, self.rigs[index].runtime.forwarder.clear(everything=True))

    async def tick(self, index: int) -> None:
        """A day goes by."""
        self.clock.advance(timedelta(days=1))
        self.rigs[index].caught_up()
        await self._do(index, self.rigs[index].runtime.timers.tick())

    async def redrive(self, index: int) -> None:
        """Try every dead letter again."""
        for id in list(self.store.records.get("dead_letters", {})):
            await self._do(index, self.rigs[index].runtime.redrive(id))

    def rebalance(self, owners: dict[int, int]) -> None:
        """Partitions change hands; nobody is told who stands still."""
        self.generation += 1
        self.owners = owners
        for index, rig in enumerate(self.rigs):
            rig.runtime.cache.clear()
            rig.own([p for p, owner in owners.items() if owner == index])

    async def go_on(self, index: int) -> None:
        """An instance that stood still runs to the end of what it was at."""
        standing = self.standing.pop(index, None)
        if standing is not None:
            self.rigs[index].life.go_on()
            await standing

    async def breathe(self, turns: int) -> None:
        """Let what is in the background take a few steps."""
        for _ in range(turns):
            await asyncio.sleep(0)

    async def _do(self, index: int, work: Coroutine[Any, Any, Any]) -> None:
        """Run an operation until it ends, its instance dies or stands still."""
        if index in self.standing:
            work.close()
            return
        rig = self.rigs[index]

        async def through() -> None:
            try:
                await rig.life.live(work)
            except (DependencyDown, Refused):
                pass
            except Died:
                self.rigs[index] = self._start(index)

        task, still = asyncio.create_task(through()), asyncio.create_task(rig.life.standstill())
        await asyncio.wait({task, still}, return_when=asyncio.FIRST_COMPLETED)
        still.cancel()
        if task.done():
            await task
        else:
            self.standing[index] = task

    def _start(self, index: int) -> Rig:
        rig = Rig(
            self._service,
            store=self.store,
            broker=self.broker,
            keys=self.keys,
            clock=self.clock,
            channel=self.channel,
            life=Life(self._turn),
            instance=str(index),
            cache_bytes=self._cache_bytes,
            chunk=2,  # so that a few records are several chunks under way
        )
        rig.own([p for p, owner in self.owners.items() if owner == index])
        return rig

    # What must be true at rest

    async def come_to_rest(self) -> None:
        """Mend everything, let all that waits come to its end, then put newer code in place and redrive."""
        self.store.down, self.store.lose_writes, self.store.lose_answers = False, 0, 0
        self.broker.down, self.broker.fail_after = False, None
        for index, rig in enumerate(self.rigs):
            rig.life.spare()
            await self.go_on(index)
        for (key, id), answer in self.commands.items():
            if answer is None:
                await self.command(0, key, int(id[1:]))
        await self._quiet()
        for key, document in self.store.aggregates.items():
            aggregate = self.rigs[0].runtime.codec.decode(document)
            assert aggregate.holes or not aggregate.outbox, f"something of {key} was never forwarded"
        for key, id in self.commands:
            await self.command(0, key, int(id[1:]))
        for rig in self.rigs:
            rig.life.die()
        self._service = _with_latest(CURED)
        self.rigs = [self._start(0), self._start(1)]
        for id, letter in list(self.store.records.get("dead_letters", {}).items()):
            if letter["reason"] == "invalid_event":
                assert await self.rigs[0].runtime.discard(id) == "discarded"
            else:
                assert await self.rigs[0].runtime.redrive(id) == "redriven"
        await self._quiet()

    async def _quiet(self) -> None:
        for _ in range(4):
            self.clock.advance(timedelta(seconds=61))  # until no claim of an instance that is gone holds any more
            for index in range(len(self.rigs)):
                if self.rigs[index].life.dead:
                    self.rigs[index] = self._start(index)
                await self.consume(index, 2000)
                await self.rigs[index].rest()

    async def check(self) -> None:
        """Nothing lost, nothing doubled, everything in order, every message to a person ended once."""
        assert set(self.store.aggregates) == self.expected.keys() | set(self.last_seq)
        sent = Counter(self.channel.sent)
        for key in self.store.aggregates:
            aggregate = self.rigs[0].aggregate(key)
            state, expected = aggregate.state, self.expected.get(key, set())
            assert set(state.sessions or {}) == expected, "lost, or made up"
            assert aggregate.seq == _published(state), "an event was lost or doubled"
            assert (aggregate.outbox, aggregate.pending, aggregate.holes) == ((), None, {})

            firsts: dict[int, bytes] = {}
            for raw in self.broker.topic("progression-events"):
                if raw.key == key.encode():
                    value = raw.value or b""
                    seq = orjson.loads(value)["seq"]
                    assert firsts.setdefault(seq, value) == value, "the same seq with other content"
            assert list(firsts) == list(range(1, aggregate.seq + 1)), "first occurrences out of order, or a gap"

            records = {d["_id"]: d for d in self.store.records.get("sums", {}).values() if d["key"] == key}
            assert set(records) == {f"{key}:{id}" for id in expected | ({"latest"} if aggregate.seq else set())}
            assert not aggregate.seq or records[f"{key}:latest"]["total"] == aggregate.seq, "an older record came back"

            outcomes, told = state.outcomes or {}, self.told.get(key, set())
            assert set(outcomes) == told, "a message to a person without an end"
            for id, outcome in outcomes.items():
                times = sent[key, id]
                assert times <= 1, "a message to a person was repeated"
                assert outcome == "unknown" or times == (outcome == "sent")

            steps = [line.n for line in journal(self.rigs[0], CURED) if line.key == key]
            assert list(dict.fromkeys(steps)) == list(range(1, aggregate.steps + 1))
        _, store = await replayed(self.rigs[0], self._service)
        assert await differences(self._service, self.store, store) == []
        for partition, offset in self.committed.items():
            assert offset == len(self.broker.logs.get((INPUT, partition), [])), "a partition that never ends"
        for key, id in self.commands:
            assert self.commands[key, id] is not None, "a command that nobody answers"
            assert partition_of(key, PARTITIONS) in self.owners
        reasons = {letter["reason"] for letter in self.store.records.get("dead_letters", {}).values()}
        assert reasons <= {"ValueError:poison", "invalid_event"}
