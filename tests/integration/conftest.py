"""The toy as real processes on the Kafka and the engine of the whole run."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.cluster_nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where processes of the toy come from."""
    with Nursery() as started:
        yield started


@pytest.fixture
async def cluster(kafka: str, engine: str, namespace: str, tmp_path: Path, nursery: Nursery) -> AsyncIterator[Cluster]:
    """An installation of this test's own; its processes end with the test."""
    made = Cluster(kafka, engine, namespace, tmp_path, nursery)
    yield made
    await made.end()
