"""The infrastructure that tests ask for by name; what is missing fails the test with one sentence, never skips it."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from deploy.local.engine import Engine
from deploy.local.kafka import Kafka
from deploy.local.trouble import Trouble
from tests.support.stack import JavaEngine, engine_in, kafka_in
from tests.support.topics import delete_topics


class _Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> bool: ...


ServerT = TypeVar("ServerT", bound=_Server)


@contextmanager
def _running(make: Callable[[], ServerT]) -> Iterator[ServerT]:
    try:
        server = make()
        server.start()
    except Trouble as trouble:
        pytest.fail(f"The infrastructure of this test is missing: {trouble}", pytrace=False)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of one real Kafka for the whole run; take a `namespace` and do not stop it."""
    with _running(lambda: kafka_in(tmp_path_factory.mktemp("kafka"))) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one embedded engine for the whole run; take a `namespace` and do not stop it."""
    with _running(lambda: engine_in(tmp_path_factory.mktemp("engine"))) as started:
        yield started.url


@pytest.fixture(scope="session")
def java_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one mongo-java-server for the whole run: exact semantics, in memory, slow on much data."""
    with _running(lambda: JavaEngine(tmp_path_factory.mktemp("java"))) as started:
        yield started.url


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Kafka]:
    """A running broker of this test's own, which it may stop, kill and start again."""
    with _running(lambda: kafka_in(tmp_path / "kafka")) as broker:
        yield broker


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[Engine]:
    """A running embedded engine of this test's own, which it may stop, kill and start again."""
    with _running(lambda: engine_in(tmp_path / "engine")) as started:
        yield started


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh prefix for topics, groups and databases, so that tests share a cluster without meeting.

    Its topics are deleted afterwards: every partition costs the one broker of the run memory.
    """
    name = f"t{secrets.token_hex(5)}"
    yield name
    if "kafka" in request.fixturenames:
        delete_topics(request.getfixturevalue("kafka"), name)
