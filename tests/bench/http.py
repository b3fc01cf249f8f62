"""Logs a second that one process of session_logging accepts, with few and with many clients (closed loop)."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import uvloop

from deploy.local.supervisor import Running
from tests.bench.clinic import Somebody, accepted, enrolled, session, stack
from tests.bench.footprint import cpu_s, processes
from tests.bench.measure import middle, percentiles, rotated, spread
from tests.bench.web import Client

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of clients, for how long each (s), how often, over how many people."""

    clients: tuple[int, ...] = (1, 16, 64)
    seconds: float = 10.0
    rounds: int = 5
    people: int = 1000


FULL: Final = Plan()
QUICK: Final = Plan(seconds=3.0, rounds=2, people=200)
TINY: Final = Plan(clients=(2,), seconds=0.5, rounds=1, people=4)


def measure(plan: Plan, advance: Advance) -> dict[str, Any]:
    """By number of clients: logs a second, percentiles of the answer (ms), CPU of each process; raises `RunFailed`."""
    with stack(("plans", "session_logging")) as started:
        return uvloop.run(on(started.running, plan, advance))


async def on(running: Running, plan: Plan, advance: Advance) -> dict[str, Any]:
    """The same on a stack that runs."""
    people = await enrolled(running, plan.people, decided=False)
    rates: dict[int, list[float]] = {count: [] for count in plan.clients}
    took: dict[int, list[float]] = {count: [] for count in plan.clients}
    used = {count: Counter[str]() for count in plan.clients}
    pids = {**processes(running), "client": os.getpid()}
    done = 0
    for round_ in range(plan.rounds):
        for count in rotated(plan.clients, round_):
            before = {name: cpu_s(pid) for name, pid in pids.items()}
            answers, seconds = await closed_loop(running, people, count, plan.seconds)
            rates[count].append(len(answers) / seconds)
            took[count] += answers
            used[count].update({name: cpu_s(pid) - before[name] for name, pid in pids.items()})
            done += 1
            advance(done, plan.rounds * len(plan.clients))
    return {
        str(count): {
            "per_s": middle(rates[count]),
            "spread": spread(rates[count]),
            "ms": percentiles(took[count]),
            "cpu_ms": {name: round(1000 * spent / len(took[count]), 3) for name, spent in used[count].items() if spent},
        }
        for count in plan.clients
    }


async def closed_loop(
    running: Running, people: Sequence[Somebody], clients: int, seconds: float
) -> tuple[list[float], float]:
    """Each client logs again as soon as it was answered; how long each answer took (ms), and all of it (s)."""
    took: list[float] = []
    began = time.perf_counter()

    async def one(number: int) -> None:
        mine = people[number::clients] or people
        turn = 0
        async with Client(running.url("session_logging")) as client:
            while (sent := time.perf_counter()) < began + seconds:
                person = mine[turn % len(mine)]
                turn += 1
                accepted(await client.send("POST", f"{person.path}/sessions", person.token, session()))
                took.append((time.perf_counter() - sent) * 1000)

    await asyncio.gather(*(one(number) for number in range(clients)))
    return took, time.perf_counter() - began
