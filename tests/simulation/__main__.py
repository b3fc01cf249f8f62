"""`python -m tests.simulation [--people 1000] [--weeks 26] [--seed 1]`: months of many lives, reported."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.local.screen import Screen
from deploy.local.topology import ROOT
from services.progression.domain.table import RULE_SET
from tests.bench.rivals import environment, python_of_rivals
from tests.simulation.promises import REPLAYED_EVERY, PromiseBroken
from tests.simulation.report import PAGE, page
from tests.simulation.run import simulated, summed

PUBLISHED: Final = ROOT / "deploy" / "docs" / "simulation"
FIGURES: Final = "figures.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, write figures, page and plots; 1 when a life broke a promise, and then nothing is written."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--only", type=int, help="live so many of them, where there is no time for all")
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--output", type=Path, default=PUBLISHED, help="the folder of figures, page and plots")
    parser.add_argument("--no-plots", action="store_true", help="without the environment that draws")
    asked = parser.parse_args(arguments)
    console = Console()
    try:
        with Screen(console).step("Living lives", "All lives were lived") as advance:
            outcomes = simulated(asked.people, asked.weeks, asked.seed, asked.processes, advance, only=asked.only)
    except PromiseBroken as broken:
        console.print(f"[red]A promise was broken:[/red] {broken}. Nothing was written.")
        return 1
    told = {name: getattr(asked, name) for name in ("people", "only", "weeks", "seed")}
    write(asked.output, {"asked": told, "rule_set": RULE_SET, "found": summed(outcomes)})
    if not asked.no_plots:
        python = python_of_rivals()
        command = [str(python), "-m", "tests.simulation.plots", str(asked.output / FIGURES)]
        subprocess.run(command, check=True, cwd=ROOT, env=environment())
    console.print(f"Report, figures and plots: {asked.output}", soft_wrap=True)
    return 0


def write(folder: Path, whole: dict[str, Any]) -> None:
    """Figures and page of a simulation."""
    folder.mkdir(parents=True, exist_ok=True)
    whole["replayed_every"] = REPLAYED_EVERY
    (folder / FIGURES).write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(whole), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
