"""Several real processes of one service on real infrastructure, started, killed, frozen and asked over HTTP."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx

from deploy.local.issuer import AUDIENCE, ISSUER, JWKS, LocalIssuer, open_issuer
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.process import Child
from deploy.local.topology import ROOT
from shared.clock import write_offset
from shared.sealing import make_master_key
from tests.support.cluster_nursery import Nursery

TENANT: Final = "clinic-a"
KILLED: Final = -signal.SIGKILL
QUICK: Final = {
    "PARTITIONS": "4",
    "SESSION_TIMEOUT_MS": "6000",  # the least that Kafka allows
    "REBALANCE_TIMEOUT_MS": "8000",
    "DRAIN_MS": "4000",
    "SWEEP_AFTER_MS": "500",
    "CLEAR_AFTER_MS": "200",
    "TICK_EVERY_MS": "100",
    "PAUSE_MS": "1000",
    "MONGO_TIMEOUT_MS": "2000",
    "LOG_LEVEL": "warning",
    "RATE_PER_TOKEN": "0",  # one caller makes the whole load
}
"""Settings under which everything that waits waits shortly; names without their prefix."""

T = TypeVar("T")


async def eventually(probe: Callable[[], Awaitable[T]], timeout_s: float = 20.0, *, every_s: float = 0.05) -> T:
    """The probe's first result that is reached without an `AssertionError` or a connection that fails.

    After `timeout_s` the test fails and says what the probe last saw.
    """
    until = time.monotonic() + timeout_s
    while True:
        try:
            return await probe()
        except (AssertionError, httpx.HTTPError) as seen:
            if time.monotonic() > until:
                raise AssertionError(f"not within {timeout_s:g} s; last seen: {type(seen).__name__}: {seen}") from seen
        await asyncio.sleep(every_s)


class Member:
    """One process with an HTTP side."""

    def __init__(self, name: str, child: Child, url: str, token: str) -> None:
        self.name = name
        self.child = child
        self.url = url
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=30.0)

    def start(self) -> Self:
        """Start the process and return at once."""
        self.child.start()
        return self

    async def ready(self, *, status: str = "ok", timeout_s: float = 30.0) -> Self:
        """Wait until `/readyz` says so; fails as soon as the process ends."""

        async def probe() -> None:
            if not self.child.running:
                raise RuntimeError(f"{self.name} ended with {self.child.exit_code}: {self.child.last_lines()}")
            answer = await self.http.get("/readyz")
            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] == status, answer.text

        await eventually(probe, timeout_s)
        return self

    async def died_by_kill(self, timeout_s: float = 30.0) -> None:
        """Wait until the process has ended, and by SIGKILL."""

        async def probe() -> int:
            code = self.child.exit_code
            assert code is not None, f"{self.name} still runs"
            return code

        try:
            assert await eventually(probe, timeout_s) == KILLED, self.child.last_lines()
        except AssertionError as error:
            raise AssertionError(f"{error}; its metrics: {await self.metrics_told()}") from error

    async def is_still(self) -> bool:
        """Whether the process is stopped by a signal now."""
        stat = await asyncio.to_thread(Path(f"/proc/{self.child.pid}/stat").read_text)
        return stat.rsplit(")", 1)[1].split()[0] == "T"

    async def stands_still(self, timeout_s: float = 30.0) -> None:
        """Wait until the process was stopped by a signal."""

        async def probe() -> None:
            assert await self.is_still(), f"{self.name} goes on"

        await eventually(probe, timeout_s)

    async def metrics_told(self) -> list[str]:
        """The process's own metrics that are not zero, for a person to read."""
        try:
            lines = (await self.http.get("/metrics")).text.splitlines()
        except httpx.HTTPError as error:
            return [type(error).__name__]
        return [x for x in lines if x.startswith("pacewell_") and "_bucket" not in x and not x.endswith(" 0.0")]

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all label sets that agree with these; 0 when it is not shown."""
        text = (await self.http.get("/metrics")).text
        total = 0.0
        for line in text.splitlines():
            series, _, value = line.rpartition(" ")
            if series.split("{", 1)[0] == name and all(f'{key}="{wanted}"' in series for key, wanted in labels.items()):
                total += float(value)
        return total

    def cpu_s(self) -> float:
        """Seconds of processor time that the process has used."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    async def end(self) -> None:
        """Close the client and end the process, frozen or not."""
        await self.http.aclose()
        self.child.thaw()
        self.child.kill()


@dataclass
class Cluster:
    """The toy service on one Kafka and one engine: all its processes share topics, database, clock and messages."""

    kafka: str
    engine: str
    namespace: str
    folder: Path
    nursery: Nursery
    issuer: LocalIssuer = field(init=False)
    members: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.issuer = open_issuer(self.folder / "issuer")
        make_master_key(self.folder / "master.key")
        self.set_clock(timedelta(0))

    @property
    def messages(self) -> Path:
        """The file with one line for every message that left."""
        return self.folder / "messages.log"

    def set_clock(self, ahead: timedelta) -> None:
        """Set how far the clock of every process is ahead of the machine's."""
        write_offset(self.folder / "clock.json", ahead)

    def token(self) -> str:
        """A clinician's token."""
        return self.issuer.mint(["clinician"], TENANT)

    def member(self, instance: str = "1", **settings: str) -> Member:
        """A process of the toy, not yet started; `settings` are PACEWELL_ names in lower case."""
        port = free_port()
        table = {
            **QUICK,
            "KAFKA": self.kafka,
            "MONGO_URL": self.engine,
            "KEYS_MONGO_URL": self.engine,
            "MASTER_KEY_FILE": str(self.folder / "master.key"),
            "ISSUER": ISSUER,
            "AUDIENCE": AUDIENCE,
            "JWKS_FILE": str(self.folder / "issuer" / JWKS),
            "NAMESPACE": self.namespace,
            "INSTANCE": instance,
            "HTTP_PORT": str(port),
            "CLOCK_FILE": str(self.folder / "clock.json"),
            "TOY_MESSAGES": str(self.messages),
            **{name.upper(): value for name, value in settings.items()},
        }
        log = self.folder / f"toy-{instance}.log"
        child = self.nursery.fork(
            f"toy-{instance}", "tests.support.toy_process", log=log, env=service_environment(table)
        )
        member = Member(f"toy-{instance}", child, f"http://{LOOPBACK}:{port}", self.token())
        self.members.append(member)
        return member

    async def end(self) -> None:
        """End every process."""
        for member in self.members:
            await member.end()


def service_environment(table: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without `PACEWELL_*`, and the table with that prefix."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PACEWELL_")}
    return {**own, **{f"PACEWELL_{k}": v for k, v in table.items()}, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def all_shards(answers: list[dict[str, Any]]) -> list[int]:
    """The shards that several processes say they own, sorted; one owner each means 0, 1, 2 … 63."""
    return sorted(shard for answer in answers for shard in answer["owned"])
