"""All six services, some twice, with a proxy before Kafka and before each engine, and a clock for each process."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

import httpx

from deploy.local.engine import Engine
from deploy.local.issuer import open_issuer
from deploy.local.kafka import Kafka
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.process import Child
from deploy.local.topology import SERVICES, Layout, Ports, environment
from shared.clock import SystemClock, write_offset
from shared.kafka.topics import ensure_topics, topics
from shared.sealing import make_master_key
from tests.chaos.still import still
from tests.support.cluster import QUICK, eventually
from tests.support.cluster_nursery import Nursery
from tests.support.link import Link
from tests.support.stack import JARS, kafka_in

TWICE: Final = ("session_logging", "progression", "reminders")
PARTITIONS: Final = 8
READY_S: Final = 180.0
STORE_READY_S: Final = 180.0
SETTINGS: Final = {
    **QUICK,
    "PARTITIONS": str(PARTITIONS),
    "TICK_EVERY_MS": "500",
    "SWEEP_AFTER_MS": "1500",
    "CLEAR_AFTER_MS": "500",
    "RATE_PER_TENANT": "0",
    "RATE_PER_ADDRESS": "0",
}
MODULE: Final = "services.{service}"
SABOTAGED: Final = "tests.chaos.sabotaged"


@dataclass(eq=False)
class Instance:
    """One process of a service, which can be started again and again on the same port."""

    service: str
    number: str
    port: int
    clock_file: Path
    fork: Child
    jump: timedelta = timedelta(0)
    frozen: bool = False

    @property
    def name(self) -> str:
        """How it is called on the screen, and by Kafka."""
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://{LOOPBACK}:{self.port}"


@dataclass
class Bed:
    """`async with Bed(folder, nursery) as bed`: everything runs and is ready; everything has ended afterwards."""

    folder: Path
    nursery: Nursery
    sabotage: str | None = None
    twice: Sequence[str] = TWICE
    base: timedelta = timedelta(0)
    instances: list[Instance] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.layout = Layout(self.folder, Ports.free(), JARS)
        self.layout.messages.mkdir(parents=True)
        make_master_key(self.layout.master_key_file)
        self.issuer = open_issuer(self.layout.issuer)
        self.kafka_link = Link("kafka", 0, kafka=True)
        self.kafka: Kafka = kafka_in(self.layout.kafka, advertised=self.kafka_link.port)
        self.kafka_link.target = self.kafka.port
        ports = {**self.layout.ports.engines, "keys": self.layout.ports.keys}
        self.engines = {
            name: Engine(f"engine-{name}", self.layout.engine(name), port=port, log=self.layout.log(f"engine-{name}"))
            for name, port in ports.items()
        }
        self.links: dict[str, Link] = {name: Link(f"engine-{name}", port) for name, port in ports.items()}
        self.links["kafka"] = self.kafka_link

    async def __aenter__(self) -> Self:
        try:
            for link in self.links.values():
                await link.start()
            starts = [self.kafka.start, *(engine.start for engine in self.engines.values())]
            await asyncio.gather(*(asyncio.to_thread(start, STORE_READY_S) for start in starts))
            await ensure_topics(self.kafka.bootstrap, topics(SERVICES), namespace=None, partitions=PARTITIONS)
            for service in SERVICES:
                for number in ("1", "2")[: 1 + (service in self.twice)]:
                    await self.start(self.instance(service, number))
            await asyncio.gather(*(self.ready(instance) for instance in self.instances))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for instance in self.instances:
            with suppress(RuntimeError, OSError):  # the nursery may be gone, and they with it
                instance.fork.thaw()
                instance.fork.kill()
        servers: list[Kafka | Engine] = [self.kafka, *self.engines.values()]
        for server in servers:
            if server.running:
                server.child.thaw()
            server.kill()
        for link in self.links.values():
            await link.stop()

    def instance(self, service: str, number: str) -> Instance:
        """A process of this number, made if there is none yet; not started."""
        for known in self.instances:
            if (known.service, known.number) == (service, number):
                return known
        clock_file = self.folder / "clocks" / f"{service}-{number}.json"
        clock_file.parent.mkdir(exist_ok=True)
        port = free_port()
        made = Instance(service, number, port, clock_file, self._fork(service, number, port, clock_file, None))
        self.instances.append(made)
        return made

    async def start(self, instance: Instance, crash_at: str | None = None) -> None:
        """Start a process that does not run, to die at a crash point if one is named."""
        self.show_time(instance)
        instance.frozen = False
        instance.fork = self._fork(instance.service, instance.number, instance.port, instance.clock_file, crash_at)
        await asyncio.to_thread(instance.fork.start)

    async def ready(self, instance: Instance) -> None:
        """Wait until it says of itself that it is ready, and not degraded."""

        async def probe() -> None:
            if not instance.fork.running:
                raise RuntimeError(f"{instance.name} ended: {instance.fork.last_lines()}")
            answer = await http.get("/readyz")
            assert answer.json()["status"] == "ok", answer.text

        async with httpx.AsyncClient(base_url=instance.url, timeout=5.0) as http:
            await eventually(probe, READY_S, every_s=0.2)

    def serving(self, service: str) -> list[Instance]:
        """The processes of a service that could answer now."""
        return [one for one in self.instances if one.service == service and one.fork.running and not one.frozen]

    def now(self) -> datetime:
        """What the clocks show, but for those that jumped."""
        return SystemClock().now() + self.base

    def go_on(self, step: timedelta) -> None:
        """Move every clock."""
        self.base += step
        for instance in self.instances:
            self.show_time(instance)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Time stands still for every process: nothing becomes due while somebody looks."""
        try:
            with still({one.clock_file: one.jump for one in self.instances}, self.now()):
                yield
        finally:
            for instance in self.instances:
                self.show_time(instance)

    def show_time(self, instance: Instance) -> None:
        """Have a process see the time, and its own jump."""
        write_offset(instance.clock_file, self.base + instance.jump)

    def installation(self) -> Path:
        """A file that describes all of it for the command of operations, which comes around the proxies."""
        lines = [
            f'master_key_file = "{self.layout.master_key_file.relative_to(self.folder)}"',
            f'messages = "{self.layout.messages.relative_to(self.folder)}"',
            f"partitions = {PARTITIONS}",
            f'kafka = {{ servers = "{self.kafka.bootstrap}" }}',
            f'keys = {{ mongo_url = "{self.engines["keys"].url}" }}',
        ]
        for service in SERVICES:
            urls = ", ".join(f'"{one.url}"' for one in self.instances if one.service == service)
            lines += [f"[services.{service}]", f"http = [{urls}]", f'mongo_url = "{self.engines[service].url}"']
        file = self.folder / "installation.toml"
        file.write_text("\n".join(lines))
        return file

    def _fork(self, service: str, number: str, port: int, clock_file: Path, crash_at: str | None) -> Child:
        own = {
            **SETTINGS,
            "KAFKA": f"{LOOPBACK}:{self.kafka_link.port}",
            "MONGO_URL": f"mongodb://{LOOPBACK}:{self.links[service].port}/",
            "KEYS_MONGO_URL": f"mongodb://{LOOPBACK}:{self.links['keys'].port}/",
            "HTTP_PORT": str(port),
            "CLOCK_FILE": str(clock_file),
            **({} if crash_at is None else {"CRASH_AT": crash_at}),
        }
        env = {**environment(self.layout, service, instance=number), **_prefixed(own)}
        module = MODULE.format(service=service)
        if self.sabotage is not None:
            env |= {"CHAOS_SABOTAGE": self.sabotage, "CHAOS_MODULE": module}
            module = SABOTAGED
        name = f"{service}-{number}"
        return self.nursery.fork(name, module, log=self.layout.log(name), env=env)


def _prefixed(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"PACEWELL_{name}": value for name, value in settings.items()}
