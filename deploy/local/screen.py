"""What `make run` shows: a bar while something is fetched or started, one line when it is done, and the addresses."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.local.issuer import LocalIssuer
from deploy.local.ports import LOOPBACK
from deploy.local.topology import Layout

Advance = Callable[[int, int], None]
DEMO_TENANT = "demo-clinic"
STAFF = ("clinician", "admin")


class Screen:
    """The person's terminal; without one (a pipe, a log) only the finished lines are written."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, title: str, done: str) -> Iterator[Advance]:
        """A bar with this title while the block runs; call what it yields with (so far, of how many)."""
        began = time.monotonic()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True) as progress:
            task = progress.add_task(title, total=None)
            yield lambda so_far, of: progress.update(task, completed=so_far, total=of)
        self.console.print(f"[green]✓[/green] {done} [dim]({time.monotonic() - began:.1f} s)[/dim]")

    def addresses(self, layout: Layout, issuer: LocalIssuer) -> None:
        """Where everything is, and ready tokens for the demo clinic's staff."""
        table = Table("service", "interactive docs", "OpenAPI", "metrics", box=None, header_style="bold")
        for name in layout.ports.http:
            url = layout.url(name)
            table.add_row(name, f"{url}/docs", f"{url}/openapi.json", f"{url}/metrics")
        self.console.print(table)
        self.console.print(f"Kafka {LOOPBACK}:{layout.ports.kafka}, logs in {layout.home / 'logs'}")
        self.console.print(f"Messages to people: {layout.messages}")
        for role in STAFF:
            token = issuer.mint([role], DEMO_TENANT)
            self.console.print(f"[bold]{role}[/bold] of {DEMO_TENANT}:", highlight=False)
            self.console.print(token, soft_wrap=True, highlight=False)
        self.console.print(
            "Other tokens: .venv/bin/python -m deploy.local.issuer mint --role patient --tenant "
            f"{DEMO_TENANT} --patient ID",
            soft_wrap=True,
        )
