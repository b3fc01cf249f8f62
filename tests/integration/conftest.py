"""The toy as real processes on the Kafka and the engine of the whole run."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.operations.installation import Installation, KafkaPlace, Mongo, ServicePlace
from deploy.operations.reach import Reach
from tests.support.cluster import Cluster, Member
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


@pytest.fixture
async def reach(cluster: Cluster, toy: Member) -> AsyncIterator[Reach]:
    """An operator's connections to a test module's `toy`, which goes by the name of progression."""
    installation = Installation(
        services={"progression": ServicePlace(http=(toy.url,), mongo_url=cluster.engine)},
        keys=Mongo(mongo_url=cluster.engine),
        kafka=KafkaPlace(servers=cluster.kafka),
        master_key_file=cluster.folder / "master.key",
        namespace=cluster.namespace,
        partitions=4,
        clock_file=cluster.folder / "clock.json",
    )
    async with Reach(installation) as opened:
        yield opened
