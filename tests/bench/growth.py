"""What one event costs as the store fills: with more people who do nothing, and with more years behind everybody."""

import asyncio
import random
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from services.progression.store import DECISIONS
from services.progression.transitions import SERVICE
from shared.mongo.client import connect
from shared.mongo.store import MongoStore
from tests.bench.bed import Bed, Ran, result, started
from tests.bench.contenders.ours import FAR_MS, SHARDS
from tests.bench.workload import TENANT, Workload

Advance = Callable[[int, int], None]
SESSIONS_A_YEAR: Final = 156
SESSIONS_IN_WINDOW: Final = 12
BYTES_A_PERSON: Final = 14_000
ASKED: Final = 50
PAGE: Final = 21


@dataclass(frozen=True, slots=True)
class Plan:
    """People in the store, years behind everybody (of `with_years` people), and sessions folded in each case."""

    people: tuple[int, ...] = (1000, 10_000, 100_000, 1_000_000)
    years: tuple[int, ...] = (1, 2, 4)
    active: int = 1000
    with_years: int = 200
    events: int = 4000


FULL: Final = Plan()
QUICK: Final = Plan(people=(200, 2000), years=(1, 2), active=200, with_years=20, events=500)
TINY: Final = Plan(people=(20,), years=(), active=10, events=20)


def measure(bed: Bed, plan: Plan, advance: Advance) -> dict[str, Any]:
    """Milliseconds of wall time and of client CPU per event, and of each question that a service asks again and again.

    None where the disk has no room for so many people.
    """
    steps, done = len(plan.people) + len(plan.years), 0
    people: dict[str, Any] = {}
    workload = Workload(plan.active, SESSIONS_IN_WINDOW, plan.events)
    bed.lay(workload)
    for count in plan.people:
        room = shutil.disk_usage(bed.folder).free > count * BYTES_A_PERSON
        people[str(count)] = _costs(bed, workload, others=count - plan.active) if room else None
        done += 1
        advance(done, steps)
    years: dict[str, Any] = {}
    for count in plan.years:
        past = Workload(plan.with_years, SESSIONS_IN_WINDOW, plan.events, history=count * SESSIONS_A_YEAR)
        bed.lay(past)
        years[str(count)] = _costs(bed, past)
        done += 1
        advance(done, steps)
    return {"people": people, "years": years}


def cost(ran: Ran) -> dict[str, float]:
    """What one event took, in milliseconds."""
    return {"ms": round(ran.seconds / ran.events * 1000, 3), "cpu_ms": round(ran.cpu_s / ran.events * 1000, 3)}


def _costs(bed: Bed, workload: Workload, **more: Any) -> dict[str, float]:
    with bed.engines() as (engine, keys, folder):
        job = bed.job(workload, engine, keys, folder, stay=True, **more)
        with started("ours", job) as process:
            costs = cost(result(process, "ours", job))
            database = connect(job.mongo_url, app="growth", timeout_ms=60_000)[f"{workload.namespace}-{SERVICE.name}"]
            return {**costs, **asyncio.run(asked(MongoStore(database), workload))}


async def asked(store: MongoStore, workload: Workload) -> dict[str, float]:
    """The median of each question's milliseconds: a page of somebody's list over HTTP, who is due (500 of them, and
    nobody), whose outbox waits, and whether all indexes are there, which is asked at every start.
    """
    drawn, shards = random.Random(1), range(SHARDS)

    def page() -> Awaitable[Any]:
        where = {"key": drawn.choice(workload.everybody()), "tenant": TENANT}
        return store.find(DECISIONS, where, [("number", -1)], PAGE)

    questions: dict[str, Callable[[], Awaitable[Any]]] = {
        "page_ms": page,
        "tick_ms": lambda: store.due(FAR_MS + SHARDS * 1000, shards, 500),
        "no_tick_ms": lambda: store.due(1, shards, 500),
        "sweep_ms": lambda: store.pending(FAR_MS, shards, 500),
        "start_ms": lambda: store.prepare(SERVICE),
    }
    return {name: await _median_ms(ask) for name, ask in questions.items()}


async def _median_ms(ask: Callable[[], Awaitable[Any]]) -> float:
    taken = []
    for _ in range(ASKED):
        began = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - began)
    return round(median(taken) * 1000, 2)
