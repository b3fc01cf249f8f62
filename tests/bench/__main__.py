"""`python -m tests.bench [pipeline|latency|http|replay|growth|footprint|decide] [--quick]`."""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.local.screen import Screen
from deploy.local.topology import ROOT
from deploy.local.trouble import Trouble
from tests.bench import decide, facts, footprint, growth, http, latency, pipeline, replay, results
from tests.bench.apart import Part, run
from tests.bench.bed import Bed, RunFailed
from tests.bench.rivals import environment, python_of_rivals

ON_A_BED: Final[dict[str, Any]] = {"pipeline": pipeline, "replay": replay, "growth": growth}
ON_THE_STACK: Final[dict[str, Any]] = {"latency": latency, "http": http, "footprint": footprint}
ALONE: Final[dict[str, Any]] = {"decide": decide}
WHOLE_S: Final = 75 * 60
_SMALL: Final = {"http": 260, "growth": 900, "footprint": 210, "decide": 90}
LONGEST_S: Final = {"pipeline": 2000, "latency": 330, "replay": 900, **_SMALL}
"""What takes longer than this, or than is left of the whole time, is ended and not measured. On a quiet machine each of
them ends well before.
"""

BUSY: Final = 1.0
"""The load over the minute before from which on figures say little about the project."""


def measured(name: str, *, quick: bool, screen: Screen) -> Any:
    """Run one bench; what it found. Raises `RunFailed` and `Trouble`."""
    module = {**ON_A_BED, **ON_THE_STACK, **ALONE}[name]
    plan = module.QUICK if quick else module.FULL
    with screen.step(f"Measuring {name}", f"{name} is measured") as advance:
        if name not in ON_A_BED:
            return module.measure(plan, advance)
        with Bed.made() as bed:
            return module.measure(bed, plan, advance)


def main(arguments: Sequence[str]) -> int:
    """Measure, write each bench's results as soon as it is done, and tell; 1 when one failed or a digest was wrong."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("bench", nargs="?", choices=results.BENCHES, help="only this one; all without it")
    parser.add_argument("--quick", action="store_true", help="small sizes, two rounds; not published")
    parser.add_argument("--output", type=Path, help="where the results go, with the plots beside them")
    parser.add_argument("--load", type=float, help=argparse.SUPPRESS)  # one of many: how busy it was before all
    asked = parser.parse_args(arguments)
    console = Console()
    output = (asked.output or (results.QUICK if asked.quick else results.PUBLISHED)).resolve()
    load = facts.load() if asked.load is None else asked.load
    try:
        with Screen(console).step("Preparing the rivals' environment", "The rivals' environment is here"):
            python = python_of_rivals()
        if asked.bench is None:
            return every(console, output, quick=asked.quick, load=load)
        about = facts.about(quick=asked.quick, load=load)
        found = {asked.bench: measured(asked.bench, quick=asked.quick, screen=Screen(console))}
    except (RunFailed, Trouble) as error:
        console.print(f"[red]Not measured:[/red] {error}")
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted: what was not measured is not written.")
        return 130
    whole = results.assembled(results.read(output), found, about)
    results.write(output, whole)
    command = [str(python), "-m", "tests.bench.plots", str(output)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment())
    if asked.load is None:
        told(console, whole, output)
    return 0 if right(whole, found) else 1


def every(console: Console, output: Path, *, quick: bool, load: float) -> int:
    """Each bench as a process of its own, which writes its results: one that fails takes nothing from the others."""
    failed, until = [], time.monotonic() + WHOLE_S
    for name in results.BENCHES:
        more = ["--quick"] if quick else []
        part = Part((sys.executable, "-m", "tests.bench", name, "--output", str(output), "--load", f"{load}", *more))
        if not run(part, min(LONGEST_S[name], until - time.monotonic())):
            failed.append(name)
    told(console, results.read(output), output)
    if failed:
        console.print(f"[red]Failed:[/red] {', '.join(failed)}. Of these the file says what it said before.")
    return 1 if failed else 0


def told(console: Console, whole: dict[str, Any], output: Path) -> None:
    """The goals beside what was measured, and every contender of the pipeline."""
    for window, one in ((whole.get("pipeline") or {}).get("by_window") or {}).items():
        table = Table("contender", "events/s", "per CPU s", "spread", "ours ×", title=f"pipeline, window {window}")
        for name, per_s in one["per_s"].items():
            ratio = one["ours_times"].get(name)
            shown = "1" if name == "ours" else "state differs" if ratio is None else f"{ratio:g}"
            table.add_row(name, f"{per_s:g}", f"{one['per_cpu_s'][name]:g}", f"{one['spread'][name]:.0%}", shown)
        console.print(table)
    table = Table("goal", "asked", "measured", "met")
    for goal, asked, found, met in results.against_goals(whole):
        table.add_row(goal, asked, found, {True: "yes", False: "no", None: "–"}[met])
    console.print(table)
    busy = [name for name, at in whole.get("measured", {}).items() if at["load_before"] > BUSY]
    if busy:
        console.print(f"[yellow]The machine was busy before {', '.join(busy)}:[/yellow] these figures are noise.")
    console.print(f"Results and plots: {output.parent}", soft_wrap=True)


def right(whole: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether what was measured now ended where it must."""
    windows = (whole["pipeline"].get("by_window") or {}).values() if "pipeline" in found else ()
    return all(all(one["state_as_expected"].values()) for one in windows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
