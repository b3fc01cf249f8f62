"""What the whole stack costs: memory, idle CPU, start to ready, and bytes stored for each session."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.local.supervisor import Running
from tests.bench.clinic import enrolled, stack
from tests.bench.latency import at_rate
from tests.bench.measure import arrivals

Advance = Callable[[int, int], None]
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_BLOCK: Final = 512
STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How many people, how many seconds of logs (50 a second) before memory is read, and of rest for idle CPU."""

    people: int = 500
    loaded_s: float = 60.0
    idle_s: float = 30.0


FULL: Final = Plan()
QUICK: Final = Plan(people=100, loaded_s=10.0, idle_s=10.0)
TINY: Final = Plan(people=3, loaded_s=0.5, idle_s=0.5)


def measure(plan: Plan, advance: Advance) -> dict[str, Any]:
    """Memory by process and whole (MB, a page that several share counted in parts), resident beside, and the rest."""
    with stack() as started:
        advance(1, STEPS)
        return {"ready_s": started.ready_s, **asyncio.run(on(started.running, plan, advance))}


async def on(running: Running, plan: Plan, advance: Advance) -> dict[str, Any]:
    """The same on a stack that runs, but for how long its start took."""
    people = await enrolled(running, plan.people)
    moments = arrivals(50, plan.loaded_s, seed=1)
    empty = stored(running.layout.data)
    await at_rate(running, people, moments)
    advance(2, STEPS)
    await asyncio.sleep(min(plan.idle_s, 5.0))  # what was forwarded is cleared meanwhile
    grown = stored(running.layout.data) - empty
    pids = processes(running)
    before, began = {name: cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    await asyncio.sleep(plan.idle_s)
    rested = time.monotonic() - began
    idle = {name: (cpu_s(pid) - before[name]) / rested for name, pid in pids.items()}
    advance(3, STEPS)
    memory = {name: memory_mb(pid) for name, pid in pids.items()}
    resident = {name: memory_mb(pid, "Rss") for name, pid in pids.items()}
    advance(4, STEPS)
    return {
        "stack_mb": sum(memory.values()),
        "stack_rss_mb": sum(resident.values()),
        "rss_mb": resident,
        "memory_mb": memory,
        "idle_cores": round(sum(idle.values()), 3),
        "idle_by_process": {name: round(cores, 4) for name, cores in idle.items()},
        "bytes_per_session": round(grown / max(1, len(moments))),
    }


def processes(running: Running) -> dict[str, int]:
    """The process ids of the stack by name."""
    engines = {f"engine of {name}": engine.child.pid for name, engine in running.engines.items()}
    services = {name: child.pid for name, child in running.services.items()}
    return {"kafka": running.kafka.child.pid, "nursery": running.nursery.pid, **engines, **services}


def memory_mb(pid: int, what: str = "Pss") -> int:
    """Memory of a process, in MB: its share of what it shares (`Pss`), or the whole of that each time (`Rss`)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return round(sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024)


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    return sum(map(int, _stat(Path(f"/proc/{pid}/stat"))[11:13])) / _TICKS


def stored(folder: Path) -> int:
    """Bytes that a folder takes on disk; holes in files take none."""
    return sum(file.stat().st_blocks * _BLOCK for file in folder.rglob("*") if file.is_file())


def _stat(file: Path) -> list[str]:
    """The fields of /proc/…/stat from the state on; the name before it may hold anything."""
    return file.read_text(errors="replace").rpartition(")")[2].split()
