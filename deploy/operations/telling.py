"""How a command's answer reaches the terminal: as a table for people or as JSON for programs, with its exit code."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import httpx
import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from deploy.operations.installation import Installation
from deploy.operations.reach import Reach
from deploy.operations.wrong import WrongQuestion
from shared.runtime.ports import DependencyDown
from shared.sealing import WrongMasterKey

WELL, WRONG, WRONG_QUESTION, UNREACHABLE = 0, 1, 2, 3
_PIPED_WIDTH: Final = 200
_DEPENDENCIES: Final = {"kafka": "Kafka", "mongo": "A database", "keys": "The database of keys"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: `found` as JSON, `lines` and `table` for people, and the exit code."""

    found: Any
    code: int = WELL
    lines: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """Which installation, asked for only when a command needs it."""

    installation: Callable[[], Installation]


@dataclass(slots=True)
class Bar:
    """A progress bar on standard error; without a terminal nothing is shown."""

    progress: Progress
    tasks: dict[str, Any] = field(default_factory=dict)

    def __call__(self, title: str, so_far: int, of: int) -> None:
        """Show how far the work of this title is."""
        if title not in self.tasks:
            self.tasks[title] = self.progress.add_task(title, total=of)
        self.progress.update(self.tasks[title], completed=so_far, total=of)


Advance = Callable[[str, int, int], None]
Work = Callable[[Reach, Advance], Awaitable[Answer]]


def carry_out(ctx: typer.Context, as_json: bool, work: Work) -> NoReturn:
    """Do the work of a command, tell its answer, and end with its exit code."""
    try:
        answer = asyncio.run(_reached(ctx.obj.installation(), work))
    except WrongQuestion as wrong:
        _end(str(wrong), WRONG_QUESTION)
    except WrongMasterKey:
        _end("The master key is not the one under which the stored keys were wrapped.", WRONG_QUESTION)
    except DependencyDown as down:
        _end(f"{_DEPENDENCIES.get(str(down), 'A dependency')} cannot be reached.", UNREACHABLE)
    except httpx.TransportError:
        _end("A service cannot be reached.", UNREACHABLE)
    tell(answer, as_json)
    raise typer.Exit(answer.code)


def tell(answer: Answer, as_json: bool) -> None:
    """Write an answer to standard output."""
    if as_json:
        typer.echo(orjson.dumps(answer.found, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    if answer.table is not None:
        console.print(answer.table)
    for line in answer.lines:
        console.print(line, soft_wrap=True, markup=False)


def table(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A plain table."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column)
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    return made


@contextmanager
def _bar() -> Iterator[Bar]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
        yield Bar(progress)


async def _reached(installation: Installation, work: Work) -> Answer:
    with _bar() as bar:
        async with Reach(installation) as reach:
            return await work(reach, bar)


def _end(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
