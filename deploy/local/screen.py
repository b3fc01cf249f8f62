"""What `make run` shows: a bar while something is fetched or started, one line when it is done, and the addresses."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.local.issuer import LocalIssuer
from deploy.local.ports import LOOPBACK
from deploy.local.topology import PROJECT_HOME, Layout

Advance = Callable[[int, int], None]
DEMO_TENANT = "demo-clinic"
STAFF = ("clinician", "admin")
_LOCAL = ".venv/bin/python -m deploy.local"


class Screen:
    """The person's terminal; without one (a pipe, a log) only the finished lines are written."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, title: str, done: str) -> Iterator[Advance]:
        """A bar with this title while the block runs; call what it yields with (so far, of how many)."""
        began = time.monotonic()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        quiet = not self.console.is_terminal
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True, disable=quiet) as progress:
            task = progress.add_task(title, total=None)
            yield lambda so_far, of: progress.update(task, completed=so_far, total=of)
        self.console.print(f"[green]✓[/green] {done} [dim]({time.monotonic() - began:.1f} s)[/dim]")

    def addresses(self, layout: Layout, issuer: LocalIssuer) -> None:
        """Where everything is, and ready tokens for the demo clinic's staff."""
        for name in layout.ports.http:
            pages = "/openapi.json  /asyncapi.json  /metrics  /readyz"
            self._line(f"[bold]{name:<16}[/bold] {layout.url(name)}  {pages}")
        self._line(f"[bold]{'kafka':<16}[/bold] {LOOPBACK}:{layout.ports.kafka}")
        self._line(f"[bold]{'messages':<16}[/bold] {layout.messages}")
        self._line(f"[bold]{'logs':<16}[/bold] {layout.home / 'logs'}")
        for role in STAFF:
            self._line(f"[bold]{role}[/bold] of {DEMO_TENANT}: {issuer.mint([role], DEMO_TENANT)}")
        elsewhere = layout.home != PROJECT_HOME
        folder = f" --folder {layout.issuer}" if elsewhere else ""
        clock = f"{_LOCAL} live --home {layout.home} --days 1" if elsewhere else "make demo-clock DAYS=1"
        self._line(f"Other tokens: {_LOCAL}.issuer{folder} mint --tenant {DEMO_TENANT} --role patient --patient ID")
        self._line(f"One more day: {clock}")

    def _line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)
