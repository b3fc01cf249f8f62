"""Ask Kafka from outside every service: an administrator for a few questions, and an end to a client within a bound."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.runtime.ports import DependencyDown

REQUEST_MS: Final = 10_000
STOP_S: Final = 2.0


@contextmanager
def reached() -> Iterator[None]:
    """Turn the client's failures into `DependencyDown`."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise DependencyDown("kafka") from error


@asynccontextmanager
async def administering(servers: str, security: Mapping[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administrator's connection for one block; what fails in it is `DependencyDown`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=REQUEST_MS, **security)
    with reached():
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


async def let_go(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer within a bound."""
    await within(consumer.stop)


async def within(stop: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A consumer's own stop waits for ever when its fetcher is just leaving an assignment, and ends when that wait is
    cancelled, here after 2 s."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop(), STOP_S)
