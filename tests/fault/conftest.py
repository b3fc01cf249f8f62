"""Processes to kill and freeze, and the table of what every fault did, printed when the run ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from deploy.local.engine import Engine
from deploy.local.kafka import Kafka
from deploy.local.trouble import Trouble
from tests.support.checker import Verdict
from tests.support.cluster import Cluster
from tests.support.cluster_nursery import Nursery
from tests.support.stack import engine_in, kafka_in


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
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # in an outage the tests' own clients say nothing else


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


@pytest.fixture
async def cluster(kafka: str, engine: str, namespace: str, tmp_path: Path, nursery: Nursery) -> AsyncIterator[Cluster]:
    """The toy on the Kafka and the engine of the whole run; its processes end with the test."""
    async with _ended(Cluster(kafka, engine, namespace, tmp_path, nursery)) as made:
        yield made


@dataclass
class OwnCluster:
    """The toy on a Kafka and an engine that the test may kill, and must start again."""

    toy: Cluster
    broker: Kafka
    engine: Engine


@pytest.fixture(scope="session")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kafka, Engine]]:
    """A broker and an engine to kill, beside those on which all other tests rely."""
    broker, engine = kafka_in(tmp_path_factory.mktemp("mortal-kafka")), engine_in(tmp_path_factory.mktemp("mortal"))
    try:
        broker.start()
        engine.start()
        yield broker, engine
    except Trouble as trouble:
        pytest.fail(f"The infrastructure of this test is missing: {trouble}", pytrace=False)
    finally:
        broker.stop()
        engine.stop()


@pytest.fixture
async def own_cluster(
    mortal: tuple[Kafka, Engine], namespace: str, tmp_path: Path, nursery: Nursery
) -> AsyncIterator[OwnCluster]:
    """The toy on infrastructure that the test may kill; it is brought back in any case."""
    broker, engine = mortal
    async with _ended(Cluster(broker.bootstrap, engine.url, namespace, tmp_path, nursery)) as made:
        yield OwnCluster(made, broker, engine)
    for server in (broker, engine):
        if not server.running:
            await asyncio.to_thread(server.start)


@asynccontextmanager
async def _ended(cluster: Cluster) -> AsyncIterator[Cluster]:
    try:
        yield cluster
    finally:
        await cluster.end()
