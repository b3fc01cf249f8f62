"""`python -m tests.bench [pipeline|latency|http|replay|growth|footprint] [--quick]`."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.local.screen import Screen
from deploy.local.topology import ROOT
from deploy.local.trouble import Trouble
from tests.bench import facts, footprint, growth, http, latency, pipeline, replay, results
from tests.bench.bed import Bed, RunFailed
from tests.bench.rivals import environment, python_of_rivals

ON_A_BED: Final[dict[str, Any]] = {"pipeline": pipeline, "replay": replay, "growth": growth}
ON_THE_STACK: Final[dict[str, Any]] = {"latency": latency, "http": http, "footprint": footprint}
BUSY: Final = 1.0
"""The load over the minute before from which on figures say little about the project."""


def measured(names: Sequence[str], *, quick: bool, step: Callable[[str], Any]) -> dict[str, Any]:
    """Run the benches one after the other; what each found. Raises `RunFailed` and `Trouble`."""
    found: dict[str, Any] = {}
    with ExitStack() as ending:
        bed: Bed | None = None
        for name in names:
            module = ON_A_BED.get(name) or ON_THE_STACK[name]
            plan = module.QUICK if quick else module.FULL
            with step(name) as advance:
                if name in ON_THE_STACK:
                    found[name] = module.measure(plan, advance)
                else:
                    bed = bed or ending.enter_context(Bed.made())
                    found[name] = module.measure(bed, plan, advance)
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, write the results only when everything was measured, and tell; 1 when a digest was wrong."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("bench", nargs="?", choices=results.BENCHES, help="only this one; all without it")
    parser.add_argument("--quick", action="store_true", help="small sizes, two rounds; not published")
    parser.add_argument("--output", type=Path, help="where the results go, with the plots beside them")
    asked = parser.parse_args(arguments)
    console = Console()
    screen = Screen(console)
    output = asked.output or (results.QUICK if asked.quick else results.PUBLISHED)
    about = {
        "machine": facts.machine(),
        "versions": facts.versions(),
        "measured": {**facts.moment(), "quick": asked.quick},
    }

    def step(name: str) -> Any:
        return screen.step(f"Measuring {name}", f"{name} is measured")

    try:
        with screen.step("Preparing the rivals' environment", "The rivals' environment is here"):
            python = python_of_rivals()
        names = [asked.bench] if asked.bench else list(results.BENCHES)
        found = measured(names, quick=asked.quick, step=step)
    except (RunFailed, Trouble) as error:
        console.print(f"[red]Not measured:[/red] {error} Nothing was written.")
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted: nothing was written.")
        return 130
    whole = results.assembled(results.read(output), found, about)
    results.write(output, whole)
    command = [str(python), "-m", "tests.bench.plots", str(output)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment())
    told(console, whole, output)
    return 0 if _right(whole) else 1


def told(console: Console, whole: dict[str, Any], output: Path) -> None:
    """The goals beside what was measured, and every contender of the pipeline."""
    for window, one in ((whole["pipeline"] or {}).get("by_window") or {}).items():
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
    busy = [name for name, at in whole["measured"].items() if at["load_before"] > BUSY]
    if busy:
        console.print(f"[yellow]The machine was busy before {', '.join(busy)}:[/yellow] these figures are noise.")
    console.print(f"Results and plots: {output.parent}", soft_wrap=True)


def _right(whole: dict[str, Any]) -> bool:
    windows = ((whole["pipeline"] or {}).get("by_window") or {}).values()
    return all(all(one["state_as_expected"].values()) for one in windows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
