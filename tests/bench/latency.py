"""From the moment a log is due to the moment its decision is read over HTTP, on the whole stack, with an open loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.supervisor import Running
from shared.kafka.outside import let_go
from tests.bench.bed import RunFailed
from tests.bench.clinic import Somebody, accepted, enrolled, session, stack
from tests.bench.measure import arrivals, percentiles
from tests.bench.web import Client
from tests.bench.workload import OUT, PARTITIONS

Advance = Callable[[int, int], None]
LATE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Rates (logs a second), for how long each, over how many people."""

    rates: tuple[int, ...] = (1, 50, 200)
    seconds: float = 60.0
    people: int = 1000


FULL: Final = Plan()
QUICK: Final = Plan(seconds=10.0, people=200)
TINY: Final = Plan(rates=(10,), seconds=1.0, people=5)


@dataclass(slots=True)
class Open:
    """Logs under way: when each was due, and in the end how long it took (ms) or what went wrong."""

    waiting: dict[str, tuple[float, Somebody]] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    backlog: list[int] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    failed: list[BaseException] = field(default_factory=list)

    def go(self, work: Any) -> None:
        """Let something happen beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def check(self) -> None:
        """Raise `RunFailed` as soon as a log was refused or its decision could not be read."""
        if self.failed:
            raise RunFailed(f"{len(self.took_ms)} logs were decided, then: {self.failed[0]!r}")

    def _done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed.append(error)


def measure(plan: Plan, advance: Advance) -> dict[str, Any]:
    """Percentiles by rate, or `failed` with the reason where a log was refused or never decided; `RunFailed` when that
    was so at every rate.
    """
    with stack() as started:
        return uvloop.run(on(started.running, plan, advance))


async def on(running: Running, plan: Plan, advance: Advance) -> dict[str, Any]:
    """The same on a stack that runs."""
    people = await enrolled(running, plan.people)
    found: dict[str, Any] = {}
    for number, rate in enumerate(plan.rates):
        try:
            done = await at_rate(running, people, arrivals(rate, plan.seconds, seed=rate))
        except RunFailed as error:
            found[str(rate)] = {"failed": str(error)}
            continue
        third = len(done.backlog) // 3
        found[str(rate)] = {
            **percentiles(done.took_ms),
            "answer": percentiles(done.answered_ms),
            "logs": len(done.took_ms),
            "backlog_first_third": max(done.backlog[: third + 1], default=0),
            "backlog_last_third": max(done.backlog[-third - 1 :], default=0),
        }
        advance(number + 1, len(plan.rates))
    if all("failed" in one for one in found.values()):
        raise RunFailed("; ".join(one["failed"] for one in found.values()))
    return found


async def at_rate(running: Running, people: Sequence[Somebody], moments: Sequence[float]) -> Open:
    """Log at these moments, one person after the other, whatever the answers take; return when all is decided."""
    found = Open()
    consumer = AIOKafkaConsumer(bootstrap_servers=running.kafka.bootstrap, fetch_max_wait_ms=100)
    await consumer.start()
    consumer.assign([TopicPartition(OUT, partition) for partition in range(PARTITIONS)])
    await consumer.seek_to_end()
    logging, progression = Client(running.url("session_logging")), Client(running.url("progression"))
    async with logging, progression:
        watcher = asyncio.create_task(_watch(consumer, progression, found))
        try:
            began, second = time.perf_counter(), 0.0
            for number, moment in enumerate(moments):
                await asyncio.sleep(max(0.0, began + moment - time.perf_counter()))
                found.check()
                found.go(_log(logging, people[number % len(people)], began + moment, found))
                if moment >= second:
                    found.backlog.append(len(found.waiting))
                    second += 1.0
            until = time.perf_counter() + LATE_S
            while found.waiting or found.tasks:
                found.check()
                if time.perf_counter() > until:
                    raise RunFailed(f"{len(found.waiting)} logs were not decided within {LATE_S:.0f} s")
                await asyncio.sleep(0.02)
        finally:
            for task in (watcher, *found.tasks):
                task.cancel()
            await let_go(consumer)
    found.check()
    if len(found.took_ms) != len(moments):
        raise RunFailed(f"{len(moments) - len(found.took_ms)} of {len(moments)} logs were refused or not decided")
    return found


async def _log(client: Client, person: Somebody, due: float, found: Open) -> None:
    body = session()
    found.waiting[body["id"]] = (due, person)
    accepted(await client.send("POST", f"{person.path}/sessions", person.token, body))
    found.answered_ms.append((time.perf_counter() - due) * 1000)


async def _watch(consumer: Any, client: Client, found: Open) -> None:
    """The events only tell when to look; what counts is that the decision can be read."""
    while True:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                event = orjson.loads(record.value)
                if event["type"] != "progression.decided":
                    continue
                waiting = found.waiting.pop(event["correlation_id"], None)
                if waiting is not None:
                    found.go(_read(client, *waiting, event["data"]["decision_id"], found))


async def _read(client: Client, due: float, person: Somebody, decision_id: str, found: Open) -> None:
    path = f"{person.path}/decisions/{decision_id}"
    until = time.perf_counter() + LATE_S
    while (await client.send("GET", path, person.token)).status != 200:
        if time.perf_counter() > until:
            raise RunFailed("a decision that was published cannot be read")
        await asyncio.sleep(0.005)
    found.took_ms.append((time.perf_counter() - due) * 1000)
