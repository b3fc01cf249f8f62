"""`python -m tests.chaos [--seed N] [--logs N] [--only NAME]`: the run, then sabotaged builds that must be caught."""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from shared.runtime.ports import CrashPoint
from tests.chaos.run import Outcome, Plan, run
from tests.chaos.sabotage import SABOTAGES, plan_of
from tests.chaos.schedule import schedule
from tests.support.cluster_nursery import Nursery

LOGS: Final = 100_000
LEAST, MOST = 36, 60
SHOWN: Final = 12


class Told:
    """Lines above a progress bar."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def tell(self, text: str) -> None:
        """One line."""
        self._progress.console.print(text, highlight=False, markup=False)

    def advance(self, logs: int, of: int, what: str) -> None:
        """How far it is."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=of)
        self._progress.update(self._tasks[what], completed=logs, total=of)


def main(arguments: Sequence[str]) -> int:
    """Run, judge, tell; 0 only when nothing was lost, doubled or reordered, and every sabotage was caught."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="what the load and the schedule follow from; random without it")
    parser.add_argument("--logs", type=int, default=LOGS, help=f"how many logs are accepted at least ({LOGS})")
    parser.add_argument("--faults", type=int, help="how many things go wrong; by the number of logs without it")
    parser.add_argument("--only", choices=("run", *SABOTAGES), help="only the run, or only one sabotaged build")
    asked = parser.parse_args(arguments)
    seed = random.randrange(1_000_000) if asked.seed is None else asked.seed
    console = Console()
    length = asked.faults or max(LEAST, min(MOST, asked.logs // 1500))
    plan = Plan(seed, asked.logs, schedule(seed, length))
    size = f": {plan.logs} logs, {plan.everybody} people, {length} faults" if asked.only in (None, "run") else ""
    console.print(f"chaos with seed {seed}{size}", highlight=False)
    well, line = True, ""
    with Nursery() as nursery:
        for name in SABOTAGES if asked.only is None else [asked.only] if asked.only != "run" else []:
            well = _caught(name, seed, nursery, console) and well
        if asked.only in (None, "run"):
            outcome, folder = _run(plan, nursery, console)
            passed = _told(outcome, console, {CrashPoint(one.detail) for one in plan.entries if one.what == "die"})
            well, line = passed and well, outcome.verdict.line
            _leave(folder, passed, console)
    if not well:
        console.print(f"[red]failed[/red] with seed {seed}: make chaos SEED={seed}", highlight=False)
    if line:
        console.print(line, highlight=False)
    return 0 if well else 1


def _run(plan: Plan, nursery: Nursery, console: Console) -> tuple[Outcome, Path]:
    folder = Path(tempfile.mkdtemp(prefix="pacewell-chaos-"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            return asyncio.run(run(plan, folder, nursery, Told(progress))), folder
    except BaseException:
        console.print(f"Everything that was recorded lies in {folder} (seed {plan.seed}).", soft_wrap=True)
        raise


def _told(outcome: Outcome, console: Console, planned: set[CrashPoint]) -> bool:
    ledger, verdict = outcome.ledger, outcome.verdict
    answers = ", ".join(f"{answer} {count}×" for answer, count in sorted(ledger.answers.items()))
    endings = ", ".join(f"{count} {ending}" for ending, count in sorted(verdict.endings.items()))
    console.print(f"answers: {answers}; asked again because nobody knew: {ledger.unknown}", highlight=False)
    console.print(f"messages: {endings or 'none'}; events that were there twice: {verdict.repeats}", highlight=False)
    console.print(
        f"records laid by hand that nobody can read: {len(ledger.undecodable)}, each a dead letter where it was "
        f"heard; produces cut: {outcome.produces_cut}",
        highlight=False,
    )
    console.print("deaths by crash point:", highlight=False)
    never = []
    for point in CrashPoint:
        console.print(f"  {point.value:18} {outcome.deaths[point]}", highlight=False)
        if point in planned and not outcome.deaths[point]:
            never.append(point.value)
    if never:
        console.print(f"[red]nobody died at {', '.join(never)}[/red]")
    for problem in verdict.problems[:SHOWN]:
        console.print(problem, style="red", markup=False, highlight=False)
    if len(verdict.problems) > SHOWN:
        console.print(f"… and {len(verdict.problems) - SHOWN} more")
    return verdict.well and not never


def _caught(name: str, seed: int, nursery: Nursery, console: Console) -> bool:
    """Whether the checker finds something wrong with a build in which a part was taken out."""
    console.print(f"a build with {SABOTAGES[name]} must be caught", highlight=False)
    outcome, folder = _run(plan_of(name, seed), nursery, console)
    found = outcome.verdict
    caught = bool(found.lost or found.doubled or found.reordered)
    first = found.problems[0] if found.problems else "nothing wrong"
    console.print(f"  {'caught' if caught else 'NOT CAUGHT'}: {found.line}; {first}", highlight=False, markup=False)
    _leave(folder, caught, console)
    return caught


def _leave(folder: Path, well: bool, console: Console) -> None:
    if well:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        console.print(f"Everything that was recorded lies in {folder}.", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
