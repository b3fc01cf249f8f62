"""What the local stack consists of: its folders, its ports, and the environment of each service, in one table."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from deploy.local.issuer import AUDIENCE, ISSUER, JWKS
from deploy.local.ports import FIRST_EPHEMERAL, LOOPBACK, free_port

ROOT: Final = Path(__file__).parents[2]
PROJECT_HOME: Final = ROOT / ".pacewell"
SERVICES: Final = ("plans", "session_logging", "progression", "reminders", "community", "safety")
CLINICS: Final = ROOT / "deploy" / "local" / "clinics.json"
# The user's own value goes through to every service; all other PACEWELL_ names are set here alone.
_PASSED_ON: Final = (
    "PACEWELL_LOG_LEVEL",
    "PACEWELL_RATE_PER_TOKEN",
    "PACEWELL_RATE_PER_TENANT",
    "PACEWELL_RATE_PER_ADDRESS",
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of the stack; `http` and `engines` by service, all on the loopback address and below 32768."""

    kafka: int
    controller: int
    keys: int
    http: Mapping[str, int]
    engines: Mapping[str, int]

    @classmethod
    def usual(cls, shift: int = 0) -> Self:
        """The documented ports, each moved by `shift`; `ValueError` when one would leave 1024–32767."""
        ports = cls(
            kafka=19_092 + shift,
            controller=19_093 + shift,
            keys=27_117 + shift,
            http={name: 18_101 + shift + place for place, name in enumerate(SERVICES)},
            engines={name: 27_118 + shift + place for place, name in enumerate(SERVICES)},
        )
        if not all(1024 <= port < FIRST_EPHEMERAL for port in ports.named()):
            raise ValueError("every port must stay between 1024 and 32767")
        return ports

    @classmethod
    def free(cls) -> Self:
        """Ports that are free now, so that several stacks run side by side in tests."""
        return cls(
            kafka=free_port(),
            controller=free_port(),
            keys=free_port(),
            http={name: free_port() for name in SERVICES},
            engines={name: free_port() for name in SERVICES},
        )

    def named(self) -> dict[int, str]:
        """Each port that the stack listens on, with what listens there."""
        return {
            self.kafka: "Kafka",
            self.controller: "Kafka's controller",
            self.keys: "the database of keys",
            **{port: f"the database of {name}" for name, port in self.engines.items()},
            **{port: name for name, port in self.http.items()},
        }


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one local stack keeps its things, and on which ports it listens.

    `home` holds everything that lasts. `jars` may be shared by several stacks; everything else belongs to one.
    """

    home: Path
    ports: Ports
    jars: Path
    namespace: str | None = None

    @classmethod
    def of_project(cls, shift: int = 0, home: Path = PROJECT_HOME) -> Self:
        """The stack that `make run` starts, in `.pacewell` of the project folder or another one.

        What was fetched lies in the project folder in any case.
        """
        return cls(home, Ports.usual(shift), PROJECT_HOME / "jars")

    @property
    def data(self) -> Path:
        """What a second run finds again: topics, databases, master key, clock, messages."""
        return self.home / "data"

    @property
    def kafka(self) -> Path:
        """The broker's folder."""
        return self.data / "kafka"

    @property
    def issuer(self) -> Path:
        """The local issuer's key pair."""
        return self.home / "issuer"

    @property
    def master_key_file(self) -> Path:
        """The key under which people's keys are wrapped; without it the data cannot be read."""
        return self.data / "master.key"

    @property
    def clock_file(self) -> Path:
        """The offset of the stack's clock."""
        return self.data / "clock.json"

    @property
    def messages(self) -> Path:
        """Where the local channel lays down the messages to people."""
        return self.data / "messages"

    @property
    def spool(self) -> Path:
        """Where `safety` keeps what it cannot store while its database is away."""
        return self.data / "spool"

    def engine(self, name: str) -> Path:
        """The folder of one service's database engine, or of the one for keys."""
        return self.data / "engines" / name

    def log(self, name: str) -> Path:
        """The log file of one process."""
        return self.home / "logs" / f"{name}.log"

    def url(self, service: str) -> str:
        """The address of a service's HTTP side."""
        return f"http://{LOOPBACK}:{self.ports.http[service]}"


def environment(layout: Layout, service: str, *, instance: str = "1") -> dict[str, str]:
    """The whole environment of one service process: this process's own without `PACEWELL_*`, and the table."""
    ports = layout.ports
    table = {
        "PACEWELL_KAFKA": f"{LOOPBACK}:{ports.kafka}",
        "PACEWELL_MONGO_URL": f"mongodb://{LOOPBACK}:{ports.engines[service]}/",
        "PACEWELL_KEYS_MONGO_URL": f"mongodb://{LOOPBACK}:{ports.keys}/",
        "PACEWELL_MASTER_KEY_FILE": str(layout.master_key_file),
        "PACEWELL_ISSUER": ISSUER,
        "PACEWELL_AUDIENCE": AUDIENCE,
        "PACEWELL_JWKS_FILE": str(layout.issuer / JWKS),
        "PACEWELL_INSTANCE": instance,
        "PACEWELL_HTTP_PORT": str(ports.http[service]),
        "PACEWELL_CLOCK_FILE": str(layout.clock_file),
        "PACEWELL_OUTBOX_DIR": str(layout.messages),
        "PACEWELL_CLINICS_FILE": str(CLINICS),
        "PACEWELL_SPOOL_DIR": str(layout.spool),
    }
    if layout.namespace is not None:
        table["PACEWELL_NAMESPACE"] = layout.namespace
    own = {name: value for name, value in os.environ.items() if not name.startswith("PACEWELL_") or name in _PASSED_ON}
    return {**own, **table, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
