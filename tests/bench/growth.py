"""What one event costs as the store fills: with more people who do nothing, and with more years behind everybody."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.bench.bed import Bed, Ran
from tests.bench.workload import Workload

Advance = Callable[[int, int], None]
SESSIONS_A_YEAR: Final = 156
SESSIONS_IN_WINDOW: Final = 12
BYTES_A_PERSON: Final = 8000


@dataclass(frozen=True, slots=True)
class Plan:
    """People in the store, years behind everybody (of `with_years` people), and sessions folded in each case."""

    people: tuple[int, ...] = (1000, 10_000, 100_000, 1_000_000)
    years: tuple[int, ...] = (1, 2, 4)
    active: int = 1000
    with_years: int = 200
    events: int = 5000


FULL: Final = Plan()
QUICK: Final = Plan(people=(200, 2000), years=(1, 2), active=200, with_years=20, events=500)
TINY: Final = Plan(people=(20,), years=(), active=10, events=20)


def measure(bed: Bed, plan: Plan, advance: Advance) -> dict[str, Any]:
    """Milliseconds of wall time and of client CPU per event; None where the disk has no room for so many people."""
    steps, done = len(plan.people) + len(plan.years), 0
    people: dict[str, Any] = {}
    workload = Workload(plan.active, SESSIONS_IN_WINDOW, plan.events)
    bed.lay(workload)
    for count in plan.people:
        room = shutil.disk_usage(bed.folder).free > count * BYTES_A_PERSON
        people[str(count)] = cost(bed.run("ours", workload, others=count - plan.active)) if room else None
        done += 1
        advance(done, steps)
    years: dict[str, Any] = {}
    for count in plan.years:
        past = Workload(plan.with_years, SESSIONS_IN_WINDOW, plan.events, history=count * SESSIONS_A_YEAR)
        bed.lay(past)
        years[str(count)] = cost(bed.run("ours", past))
        done += 1
        advance(done, steps)
    return {"people": people, "years": years}


def cost(ran: Ran) -> dict[str, float]:
    """What one event took, in milliseconds."""
    return {"ms": round(ran.seconds / ran.events * 1000, 3), "cpu_ms": round(ran.cpu_s / ran.events * 1000, 3)}
