"""How fast the journal becomes a new database while the service runs, and that it then equals the live one."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from services.progression.transitions import SERVICE
from shared.runtime.differences import differences
from tests.bench.bed import Bed, RunFailed, result, started
from tests.bench.contenders.job import Job
from tests.bench.contenders.replayer import replay_of, store_of
from tests.bench.workload import Workload
from tests.support.stack import engine_in

Advance = Callable[[int, int], None]
STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How many people and sessions, and how many processes fold them again."""

    people: int = 10_000
    sessions: int = 200_000
    processes: int = 2


FULL: Final = Plan()
QUICK: Final = Plan(people=200, sessions=2000)
TINY: Final = Plan(people=10, sessions=30)


def measure(bed: Bed, plan: Plan, advance: Advance) -> dict[str, Any]:
    """Journal lines a second and memory; raises `RunFailed` when the outcome differs from the live state."""
    workload = Workload(plan.people, 3, plan.sessions, history=0)
    bed.lay(workload, from_the_start=True)
    with bed.engines() as (engine, keys, folder), ExitStack() as ending:
        job = bed.job(workload, engine, keys, folder, seeded=False, stay=True, beside=2 * plan.people)
        live = result(ending.enter_context(started("ours", job)), "ours", job)
        advance(1, STEPS)
        new = engine_in(folder / "new", "new")
        ending.callback(new.stop)
        new.start()
        again = replace(job, mongo_url=new.url, events=plan.sessions)
        began = time.perf_counter()
        shares = []
        for share in range(plan.processes):
            mine = replace(again, run=f"replay{share}")
            shares.append(ending.enter_context(started("replayer", mine, str(share), str(plan.processes))))
        ran = [result(process, "replayer") for process in shares]
        seconds = time.perf_counter() - began
        advance(2, STEPS)
        different = asyncio.run(_finish(job, again))
        if different:
            raise RunFailed(f"the replay differs from the live state: {', '.join(different[:3])}")
        advance(3, STEPS)
        lines = sum(one.events for one in ran)
        return {
            "replay_per_s": round(lines / max(one.seconds for one in ran), 1),
            "per_cpu_s": round(lines / sum(one.cpu_s for one in ran), 1),
            "lines": lines,
            "seconds_with_start": round(seconds, 1),
            "processes": plan.processes,
            "memory_mb": [one.memory_mb for one in ran],
            "equal": True,
            "live_per_s": round(live.per_s, 1),
        }


async def _finish(live: Job, again: Job) -> list[str]:
    namespace = live.workload.namespace
    store, new = store_of(live.mongo_url, namespace), store_of(again.mongo_url, namespace)
    await replay_of(again, new).finish(store)
    return await differences(SERVICE, store, new)
