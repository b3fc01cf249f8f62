"""Processes to kill and freeze, and the table of what every fault did, printed when the run ends."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.checker import Verdict
from tests.support.cluster import Cluster
from tests.support.cluster_nursery import Nursery


@dataclass
class Row:
    """One kind of fault over all its runs."""

    runs: int
    verdict: Verdict


_TABLE: Final = pytest.StashKey[dict[str, Row]]()
_HEAD: Final = ("fault", "runs", "accepted", "lost", "doubled", "reordered", "sent twice", "messages")
Note = Callable[[str, Verdict], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The fault table."""
    table = config.stash.get(_TABLE, {})
    if not table:
        return
    terminalreporter.section("faults: every accepted thing takes effect once, in order")
    lines = [_HEAD, *(_cells(fault, row) for fault, row in table.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    for line in lines:
        terminalreporter.write_line("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def _cells(fault: str, row: Row) -> tuple[str, ...]:
    verdict = row.verdict
    numbers = (row.runs, verdict.accepted, verdict.lost, verdict.doubled, verdict.reordered, verdict.repeats)
    endings = ", ".join(f"{count} {ending}" for ending, count in sorted(verdict.endings.items()))
    return (fault, *map(str, numbers), endings or "–")


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Note:
    """Puts a verdict into the fault table, and fails the test when something is wrong with it."""

    def add(fault: str, verdict: Verdict) -> None:
        row = pytestconfig.stash[_TABLE].setdefault(fault, Row(0, Verdict()))
        row.runs += 1
        row.verdict.merge(verdict)
        assert not verdict.problems, verdict.problems
        assert (verdict.lost, verdict.doubled, verdict.reordered) == (0, 0, 0)

    return add


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where processes of the toy come from."""
    with Nursery() as started:
        yield started
