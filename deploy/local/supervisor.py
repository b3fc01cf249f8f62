"""Start the whole local stack in order, watch over it, and end all of it: what `make run` does."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Final, TypeVar

import httpx
import orjson
from aiokafka.errors import KafkaError
from rich.console import Console

from deploy.local import engine, jars
from deploy.local.checks import alone, enough_space, free_ports
from deploy.local.engine import Engine
from deploy.local.fleet import Fleet, Member
from deploy.local.found import write_down
from deploy.local.issuer import LocalIssuer, open_issuer
from deploy.local.java import Classes
from deploy.local.kafka import Kafka
from deploy.local.nursery import Nursery
from deploy.local.process import Child
from deploy.local.screen import Advance, Screen
from deploy.local.topology import SERVICES, Layout, environment
from deploy.local.trouble import Trouble
from shared.clock import write_offset
from shared.kafka.topics import ensure_topics, topics
from shared.sealing import make_master_key
from shared.settings import RuntimeSettings

STORES_READY_S: Final = 90.0
SERVICES_READY_S: Final = 90.0
_LOOK_EVERY_S: Final = 0.25
_PARTS: Final = ("app", "settings")
"""What every service's main module imports, if only when it serves."""

AnyMember = TypeVar("AnyMember", bound=Member)


@dataclass(frozen=True, slots=True)
class Running:
    """The stack once it is ready: what a story, a person or a test needs to talk to it."""

    layout: Layout
    issuer: LocalIssuer
    console: Console
    nursery: Child
    kafka: Kafka
    engines: Mapping[str, Engine]
    services: Mapping[str, Child]

    def url(self, service: str) -> str:
        """The address of a service's HTTP side, without a slash at the end."""
        return self.layout.url(service)


Story = Callable[[Running], None]


@dataclass(slots=True)
class Supervisor:
    """Brings the processes of a layout up in order and takes them down again; every failure is a `Trouble`."""

    layout: Layout
    screen: Screen
    commands: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {name: [sys.executable, "-m", f"services.{name}"] for name in SERVICES}
    )
    fleet: Fleet = field(default_factory=Fleet)
    begins: timedelta = timedelta(0)

    def start(self) -> Running:
        """Everything up and truly ready; what was started before a failure is still in the fleet, to be stopped."""
        layout = self.layout
        free_ports(layout)
        issuer = self._prepare()
        nursery = Nursery(layout.log("nursery"))
        kafka = Kafka(
            layout.kafka,
            self._classes(),
            port=layout.ports.kafka,
            controller_port=layout.ports.controller,
            log=layout.log("kafka"),
        )
        engines = self._engines(nursery)
        self.fleet.join([nursery.child, kafka])
        self.fleet.join(engines.values())
        self._start_stores(nursery, kafka, engines)
        self._apply_topics(kafka)
        services = {
            name: Child(name, command, log=layout.log(name), env=environment(layout, name), starts=nursery.start)
            for name, command in self.commands.items()
        }
        self.start_services(services)
        return Running(layout, issuer, self.screen.console, nursery.child, kafka, engines, services)

    def start_services(self, services: Mapping[str, Child]) -> None:
        """Start them side by side and return when each says of itself that it is ready, and not degraded."""
        self.fleet.join(services.values())
        done = f"{len(services)} services are ready"
        with self.screen.step("Starting the services", done) as advance, httpx.Client(timeout=2.0) as client:
            for child in services.values():
                child.start()
            self._wait(
                services, lambda child: _readiness(client, self.layout.url(child.name)), SERVICES_READY_S, advance
            )

    def watch(self) -> None:
        """Return never; `Trouble` as soon as one process ended by itself."""
        while True:
            self.check()
            time.sleep(_LOOK_EVERY_S)

    def check(self) -> None:
        """`Trouble` with name, exit code and log when a process ended by itself."""
        if (member := self.fleet.ended()) is not None:
            raise Trouble(
                f"{member.name} ended by itself with exit code {member.exit_code}; its last words are in {member.log}."
            )

    def _prepare(self) -> LocalIssuer:
        layout = self.layout
        try:
            layout.messages.mkdir(parents=True, exist_ok=True)
            make_master_key(layout.master_key_file)
            if not layout.clock_file.exists():
                write_offset(layout.clock_file, self.begins)
            return open_issuer(layout.issuer)
        except OSError as error:
            raise Trouble(f"{layout.home} cannot be written: {error.strerror}.") from None

    def _classes(self) -> Classes:
        with self.screen.step("Fetching Kafka's archives", "Kafka's archives are here") as advance:
            return Classes(tuple(jars.fetch(jars.KAFKA_LOCK, self.layout.jars, advance)), self.layout.jars)

    def _engines(self, nursery: Nursery) -> dict[str, Engine]:
        ports = {"keys": self.layout.ports.keys, **self.layout.ports.engines}
        return {
            name: Engine(
                f"engine-{name}",
                self.layout.engine(name),
                port=port,
                log=self.layout.log(f"engine-{name}"),
                starts=nursery.start,
            )
            for name, port in ports.items()
        }

    def _start_stores(self, nursery: Nursery, kafka: Kafka, engines: Mapping[str, Engine]) -> None:
        """While Kafka starts, the nursery learns: the engines are forked before it knows what only services need."""
        stores: dict[str, Engine | Kafka] = {kafka.name: kafka, **engines}
        title = "Starting Kafka and the databases"
        with self.screen.step(title, f"Kafka and {len(engines)} databases are ready") as advance:
            nursery.child.start()
            nursery.learn([engine.SERVER])
            for store in stores.values():
                store.launch()
            nursery.learn([f"services.{name}.{part}" for name in self.commands for part in _PARTS])
            self._wait(stores, lambda store: "ok" if store.ready() else "no answer", STORES_READY_S, advance)

    def _apply_topics(self, kafka: Kafka) -> None:
        partitions = RuntimeSettings.model_fields["partitions"].default
        wanted = topics(SERVICES)
        with self.screen.step("Making topics", f"{len(wanted)} topics are there"):
            try:
                asyncio.run(
                    ensure_topics(kafka.bootstrap, wanted, namespace=self.layout.namespace, partitions=partitions)
                )
            except (KafkaError, OSError) as error:
                raise Trouble(f"The topics could not be made ({type(error).__name__}); see {kafka.log}.") from None

    def _wait(
        self, members: Mapping[str, AnyMember], look: Callable[[AnyMember], str], within_s: float, advance: Advance
    ) -> None:
        """Return when `look` says "ok" of every member; `Trouble` when one ends or it takes too long."""
        until = time.monotonic() + within_s
        waiting = dict(members)
        while waiting:
            for name, member in list(waiting.items()):
                self.check()
                found = look(member)
                if found == "ok":
                    del waiting[name]
                elif time.monotonic() > until:
                    raise Trouble(f"{name} was not ready within {within_s:.0f} s ({found}); see {member.log}.")
            advance(len(members) - len(waiting), len(members))
            time.sleep(_LOOK_EVERY_S / 5)


def run(
    layout: Layout,
    console: Console,
    *,
    story: Story | None,
    stay: bool = True,
    begins: timedelta = timedelta(0),
) -> None:
    """Start, tell the story, then stay until Ctrl-C or SIGTERM; `Trouble` when something goes wrong.

    Every process has ended when this returns or raises. With `stay=False` the stack stops after the story. Where
    nothing was recorded yet, the stack's clock starts at the wall clock plus `begins`.
    """
    with alone(layout):
        enough_space(layout.home)
        write_down(layout)
        supervisor = Supervisor(layout, Screen(console), begins=begins)
        began = time.monotonic()
        told = False
        try:
            with _signals_interrupt():
                running = supervisor.start()
                console.print(f"[bold]Pacewell is ready[/bold] after {time.monotonic() - began:.1f} s.")
                if story is not None:
                    story(running)
                supervisor.check()
                told = True
                if stay:
                    supervisor.screen.addresses(layout, running.issuer)
                    console.print("Ctrl-C stops it; what was recorded stays until `make clean`.")
                    supervisor.watch()
        except KeyboardInterrupt:
            console.print("\nStopping …")
            if not told:
                raise Trouble("It was stopped before everything was ready.") from None
        finally:
            _stop(supervisor.fleet, console)


def _stop(fleet: Fleet, console: Console) -> None:
    if not fleet:
        return
    began = time.monotonic()
    with _second_signal_kills(fleet):
        killed = fleet.stop()
    late = f"; killed, because they did not leave in time: {', '.join(killed)}" if killed else ""
    console.print(f"Every process has ended ({time.monotonic() - began:.1f} s{late}).")


def _readiness(client: httpx.Client, url: str) -> str:
    try:
        answer = client.get(f"{url}/readyz")
        return str(orjson.loads(answer.content)["status"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return "no answer"


Handler = Callable[[int, FrameType | None], None]


@contextmanager
def _handling(handler: Handler) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, old in zip(numbers, before, strict=True):
            signal.signal(number, old)


def _signals_interrupt() -> AbstractContextManager[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    return _handling(interrupt)


def _second_signal_kills(fleet: Fleet) -> AbstractContextManager[None]:
    return _handling(lambda _number, _frame: fleet.kill())
