"""How fast the journal becomes a new database while the service runs, and that it then equals the live one."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.bench.bed import Bed, RunFailed, result, started
from tests.bench.contenders.replayer import EQUAL
from tests.bench.workload import Workload

Advance = Callable[[int, int], None]
STEPS: Final = 2


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
    """Journal lines a second and memory, also of a tenth of the history; `RunFailed` when the outcome differs from the
    live state.
    """
    tenth = _measured(bed, replace(plan, sessions=plan.sessions // 10))
    advance(1, STEPS)
    whole = _measured(bed, plan)
    advance(2, STEPS)
    return {**whole, "memory_mb_of_a_tenth": tenth["memory_mb"]}


def _measured(bed: Bed, plan: Plan) -> dict[str, Any]:
    workload = Workload(plan.people, 3, plan.sessions, history=0)
    bed.lay(workload, from_the_start=True)
    with bed.engines() as (engine, keys, folder), ExitStack() as ending:
        job = bed.job(workload, engine, keys, folder, seeded=False, stay=True, beside=2 * plan.people)
        live = result(ending.enter_context(started("ours", job)), "ours", job)
        ran = result(ending.enter_context(started("replayer", job, str(plan.processes))), "replayer", job)
        if ran.digest != EQUAL:
            raise RunFailed(f"the replay differs from the live state: {ran.digest}")
        return {
            "replay_per_s": round(ran.per_s, 1),
            "per_cpu_s": round(ran.per_cpu_s, 1),
            "lines": ran.events,
            "seconds": round(ran.seconds, 1),
            "processes": plan.processes,
            "memory_mb": ran.memory_mb,
            "equal": True,
            "live_per_s": round(live.per_s, 1),
        }
