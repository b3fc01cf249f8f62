"""`session.logged` to a decision published: ours beside the loops that people write by hand, and two frameworks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from tests.bench.bed import Bed, Ran
from tests.bench.measure import middle, rotated, spread
from tests.bench.workload import Workload, expected

Advance = Callable[[int, int], None]
GOALS: Final = {"floor": 1.5, "floor_unsafe": 1.25, "faststream_single": 30.0}
ONE_BY_ONE: Final = "faststream_single"
RIVALS: Final = ("floor", "floor_unsafe", "floor_text", ONE_BY_ONE, "quix")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured; the contender that takes one message at a time gets `few` of the events."""

    people: int
    events: int
    few: int
    rounds: int
    windows: tuple[int, ...] = (3, 40)
    contenders: tuple[str, ...] = ("ours", *RIVALS)


FULL: Final = Plan(people=5000, events=10_000, few=500, rounds=5)
QUICK: Final = Plan(people=500, events=2000, few=200, rounds=2)
TINY: Final = Plan(people=20, events=40, few=20, rounds=1, windows=(3,))


def measure(bed: Bed, plan: Plan, advance: Advance) -> dict[str, Any]:
    """Every contender in every round, its digest beside its figures; raises `RunFailed`."""
    steps = len(plan.windows) * plan.rounds * len(plan.contenders)
    done = 0
    by_window: dict[str, Any] = {}
    for window in plan.windows:
        whole, few = Workload(plan.people, window, plan.events), Workload(plan.people, window, plan.few)
        wanted = {work: expected(work) for work in {whole, few}}
        ran: dict[str, list[Ran]] = {name: [] for name in plan.contenders}
        for work in wanted:
            bed.lay(work)
        for round_ in range(plan.rounds):
            for name in rotated(plan.contenders, round_):
                ran[name].append(bed.run(name, few if name == ONE_BY_ONE else whole))
                done += 1
                advance(done, steps)
        digests = {name: wanted[few if name == ONE_BY_ONE else whole] for name in plan.contenders}
        by_window[str(window)] = judged(ran, digests)
    first = by_window[str(plan.windows[0])]
    flat = {name: first["per_s"].get(name) for name in ("ours", *RIVALS)}
    per_cpu = {f"{name}_per_cpu_s": first["per_cpu_s"].get(name) for name in ("ours", "quix")}
    size = {"people": plan.people, "events": plan.events, "events_one_by_one": plan.few, "rounds": plan.rounds}
    return {**flat, **per_cpu, "window": plan.windows[0], **size, "by_window": by_window}


def judged(ran: Mapping[str, Sequence[Ran]], wanted: Mapping[str, str]) -> dict[str, Any]:
    """Medians and spread of each contender; a ratio only where both sides ended where they must."""
    right = {name: all(run.digest == wanted[name] for run in runs) for name, runs in ran.items()}
    per_s = {name: middle([run.per_s for run in runs]) for name, runs in ran.items()}
    ratios = {
        name: round(per_s["ours"] / rate, 2) if right["ours"] and right[name] else None
        for name, rate in per_s.items()
        if name != "ours" and "ours" in per_s
    }
    return {
        "per_s": per_s,
        "per_cpu_s": {name: middle([run.per_cpu_s for run in runs]) for name, runs in ran.items()},
        "spread": {name: spread([run.per_s for run in runs]) for name, runs in ran.items()},
        "rounds_per_s": {name: [round(run.per_s, 1) for run in runs] for name, runs in ran.items()},
        "memory_mb": {name: median([run.memory_mb for run in runs]) for name, runs in ran.items()},
        "state_as_expected": right,
        "ours_times": ratios,
    }
