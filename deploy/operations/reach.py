"""The connections of one command to an installation, opened when they are first needed and closed at its end."""

from contextlib import AsyncExitStack
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Self

import httpx
from prometheus_client import CollectorRegistry

from deploy.operations.installation import Installation
from deploy.operations.wrong import WrongQuestion
from shared.clock import Clock, FileClock, SystemClock
from shared.kafka.reader import Reader
from shared.mongo.client import connect
from shared.mongo.keys import MongoKeyStore
from shared.mongo.store import MongoStore
from shared.mongo.whole import Whole
from shared.observability.metrics import Metrics
from shared.runtime.messages import Service
from shared.runtime.ownership import Ownership
from shared.runtime.ports import Delivery
from shared.runtime.runtime import Runtime
from shared.runtime.wire import Outgoing
from shared.sealing import Sealer, read_master_key

TIMEOUT_MS: Final = 10_000


class Unpublished:
    """Publishes nothing: what a command decides waits in the outbox for the service that owns the person."""

    async def publish(self, records: list[Outgoing] | tuple[Outgoing, ...] | Any) -> list[Delivery]:
        """See `shared.runtime.ports.Publisher`."""
        return [Delivery.DOWN] * len(records)


class Reach:
    """What a command may reach for; used as an asynchronous context."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
        self._sealer: Sealer | None = None
        self._reader: Reader | None = None
        self.http = httpx.AsyncClient(timeout=5.0, trust_env=False)

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        self._stack.push_async_callback(self.http.aclose)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was opened."""
        await self._stack.aclose()
        for client in self._clients.values():
            client.close()

    def names(self, service: str | None = None) -> list[str]:
        """The services of the installation, or the one that was named."""
        if service is None:
            return list(self.installation.services)
        self.installation.place(service)
        return [service.replace("-", "_")]

    def database(self, service: str, suffix: str | None = None) -> Any:
        """A service's database: the one it runs on, or the one with this suffix."""
        place = self.installation.place(service)
        suffix = place.database_suffix if suffix is None else suffix
        name = named(self.installation, service) + (f"-{suffix}" if suffix else "")
        return self._client(place.address())[name]

    def store(self, service: str, suffix: str | None = None) -> MongoStore:
        """The same as the runtime sees it."""
        return MongoStore(self.database(service, suffix))

    def whole(self, service: str, suffix: str | None = None) -> Whole:
        """The same with everything in it."""
        return Whole(self.database(service, suffix))

    def keys(self) -> MongoKeyStore:
        """People's wrapped keys."""
        return MongoKeyStore(self._keys_database())

    def whole_keys(self) -> Whole:
        """The database of keys with everything in it."""
        return Whole(self._keys_database())

    def sealer(self) -> Sealer:
        """Opens and seals people's words; `WrongQuestion` when the master key cannot be read."""
        if self._sealer is None:
            try:
                self._sealer = Sealer(self.keys(), read_master_key(self.installation.master_key_file))
            except (OSError, ValueError):
                raise WrongQuestion(
                    f"The master key cannot be read from {self.installation.master_key_file}."
                ) from None
        return self._sealer

    def clock(self) -> Clock:
        """The installation's clock."""
        file = self.installation.clock_file
        return SystemClock() if file is None else FileClock(file)

    def runtime(self, service: str) -> Runtime:
        """The service's own mechanism on its own database: it decides and fences here, and forwards nothing."""
        described = service_of(service)
        return Runtime(
            described,
            self.store(service),
            Unpublished(),
            self.sealer(),
            self.clock(),
            metrics(service),
            Ownership(self.installation.partitions),
            instance="operations",
            forwards=False,
        )

    async def reader(self) -> Reader:
        """Kafka's topics; may raise `DependencyDown`."""
        if self._reader is None:
            kafka = self.installation.kafka
            made = Reader(kafka.servers, namespace=self.installation.namespace, security=kafka.options())
            self._reader = await self._stack.enter_async_context(made)
        return self._reader

    def _keys_database(self) -> Any:
        return self._client(self.installation.keys.address())[named(self.installation, "keys")]

    def _client(self, address: str) -> Any:
        if address not in self._clients:
            self._clients[address] = connect(address, app="operations", timeout_ms=TIMEOUT_MS)
        return self._clients[address]


def service_of(name: str) -> Service:
    """A service as its own code describes it."""
    found: Service = import_module(f"services.{name.replace('-', '_')}.transitions").SERVICE
    return found


def metrics(service: str) -> Metrics:
    """Metrics that nobody reads, for parts that count."""
    return Metrics(CollectorRegistry(), service)


def named(installation: Installation, name: str) -> str:
    """A topic or database name with the namespace in front, where there is one."""
    own = name.replace("-", "_")
    return f"{installation.namespace}-{own}" if installation.namespace else own
