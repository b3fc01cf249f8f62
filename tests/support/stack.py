"""Start real infrastructure for tests: brokers and engines of their own, each ended with the test process."""

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from deploy.local import jars
from deploy.local.engine import Engine
from deploy.local.java import Classes
from deploy.local.kafka import Kafka
from deploy.local.ports import LOOPBACK, free_port, is_open
from deploy.local.process import Child, wait_until_ready
from deploy.local.topology import ROOT

# Shared with `make run`, so that each archive is fetched once for a project folder.
JARS: Final = ROOT / ".pacewell" / "jars"
_MONGO_JAVA: Final = Path(__file__).with_name("mongo_java") / "jgo.lock.toml"


def kafka_in(folder: Path, *, advertised: int | None = None) -> Kafka:
    """A broker with its data and log in this folder, on free ports; not started. Clients may be sent to a proxy."""
    return Kafka(
        folder,
        _kafka_classes(),
        port=free_port(),
        controller_port=free_port(),
        log=folder / "kafka.log",
        advertised=advertised,
    )


def engine_in(folder: Path, name: str = "engine") -> Engine:
    """An embedded engine with its data and log in this folder, on a free port; not started."""
    return Engine(name, folder / "data", port=free_port(), log=folder / f"{name}.log")


class JavaEngine:
    """mongo-java-server in a process of its own: everything is gone when it ends."""

    def __init__(self, folder: Path) -> None:
        archives = jars.fetch(_MONGO_JAVA, JARS / "mongo-java-server")
        self.port = free_port()
        command = [sys.executable, "-m", "tests.support.mongo_java", str(self.port), *map(str, archives)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.child = Child("mongo-java-server", command, log=folder / "mongo-java-server.log", env=environment)

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"mongodb://{LOOPBACK}:{self.port}/"

    def start(self, timeout_s: float = 60.0) -> None:
        """Start and return when it answers a ping; `Trouble` when it ends or does not answer in time."""
        self.child.start()
        wait_until_ready(self._ready, self.child, timeout_s)

    def stop(self, grace_s: float = 5.0) -> bool:
        """End it; whether it left by itself."""
        return self.child.stop(grace_s)

    def _ready(self) -> bool:
        if not is_open(self.port):
            return False
        try:
            with pymongo.MongoClient[dict[str, object]](self.url, timeoutMS=2000) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True


@lru_cache(maxsize=1)
def _kafka_classes() -> Classes:
    return Classes(tuple(jars.fetch(jars.KAFKA_LOCK, JARS)), JARS)
