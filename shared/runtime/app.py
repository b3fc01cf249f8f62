"""A service process: the runtime, its database, its subscription and its HTTP side, started and stopped together."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from shared.clock import Clock, FileClock, SystemClock
from shared.contracts.catalog import BY_MODEL
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.security import client_options
from shared.kafka.subscriber import Subscriber
from shared.kafka.topics import TopicRefused, ensure_topics, topics
from shared.mongo.client import connect
from shared.mongo.keys import MongoKeyStore
from shared.mongo.store import MongoStore
from shared.observability.logs import configure
from shared.observability.metrics import Metrics
from shared.observability.stall import watch_loop
from shared.runtime.consume import pause
from shared.runtime.crash import crash_at
from shared.runtime.garbage import collect_rarely
from shared.runtime.messages import Refused, Service
from shared.runtime.ownership import Ownership
from shared.runtime.ports import Channel, DependencyDown
from shared.runtime.runtime import Runtime
from shared.sealing import Sealer, read_master_key
from shared.settings import RuntimeSettings
from shared.web.app import create_app
from shared.web.audit import AuditTrail, audit_key
from shared.web.keys import keys_from_file, keys_from_url
from shared.web.limits import Limits
from shared.web.probes import Readiness
from shared.web.server import run as run_server
from shared.web.tokens import Verifier

STALLED_S = 60.0
STOP_S = 5.0
READY_S = 0.5

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class App:
    """One wired service; nothing is connected before `run`."""

    settings: RuntimeSettings
    runtime: Runtime
    http: FastAPI

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        collect_rarely()
        run_server(self.http, self.settings.http_host, self.settings.http_port)


def inputs(service: Service) -> list[str]:
    """The topics a service subscribes to: those of its events, or its own when it has none."""
    found = {BY_MODEL[t].topic for t in service.transitions if t in BY_MODEL}
    return sorted(found) or [service.events_topic]


def assemble(
    service: Service,
    settings: RuntimeSettings,
    router: Callable[[Runtime], APIRouter],
    *,
    channels: Callable[[Sealer, Clock], Mapping[str, Channel]] = lambda _sealer, _clock: {},
    beside: Callable[[Runtime], Coroutine[Any, Any, None]] | None = None,
    needs_database: bool = True,
    gathers: bool = False,
) -> App:
    """Wire one service from its description and its settings; connects nothing yet.

    `beside` is work of the service's own that runs in the background until the process stops. A service that also
    serves without its database (`needs_database=False`) is then ready all the same, and says so within half a second.
    What a service that `gathers` makes of events nobody waits for: they may come to it a tenth of a second later.
    """
    configure(service.name, level=settings.log_level, instance=settings.instance)
    metrics = Metrics(CollectorRegistry(), service.name)
    clock: Clock = FileClock(settings.clock_file) if settings.clock_file else SystemClock()
    master_key = read_master_key(settings.master_key_file)
    mongo = connect(settings.mongo_url, app=service.name, timeout_ms=settings.mongo_timeout_ms)
    keys = connect(settings.keys_mongo_url, app=service.name, timeout_ms=settings.mongo_timeout_ms)
    store = MongoStore(mongo[settings.database(service.name)], metrics)
    sealer = Sealer(MongoKeyStore(keys[settings.named("keys")], metrics), master_key)
    ownership = Ownership(settings.partitions)
    crash = crash_at(settings.crash_at)
    publisher = KafkaPublisher(
        settings.kafka,
        metrics,
        namespace=settings.namespace,
        partitions=settings.partitions,
        client=f"{service.name}-{settings.instance}",
        security=client_options(settings),
    )
    runtime = Runtime(
        service,
        store,
        publisher,
        sealer,
        clock,
        metrics,
        ownership,
        instance=settings.instance,
        channels=channels(sealer, clock),
        crash=crash,
        sweep_after_ms=settings.sweep_after_ms,
        clear_after_ms=settings.clear_after_ms,
        cache_bytes=settings.cache_bytes,
    )
    subscriber = Subscriber(
        settings,
        service.name,
        inputs(service),
        ownership,
        metrics,
        handle=runtime.consumer.handle,
        forget=runtime.cache.clear,
        crash=crash,
        gathers=gathers,
    )
    trail = AuditTrail(
        audit_key(master_key),
        service.name,
        settings.instance,
        file=settings.audit_file,
        failed=lambda: metrics.audit_failures().inc(),
    )
    beat = [time.monotonic()]
    tasks: list[asyncio.Task[None]] = []

    async def ready() -> Readiness:
        """Only whether HTTP can be served; without Kafka it can, and says so."""
        try:
            async with asyncio.timeout(None if needs_database else READY_S):
                await store.find("dead_letters", {"_id": ""}, limit=1)
        except (DependencyDown, Refused, TimeoutError):
            return Readiness("unavailable" if needs_database else "degraded", {"mongo": "down"})
        if subscriber.blocked:
            return Readiness("degraded", {"mongo": "ok", "kafka": "stopped_at_newer_schema"})
        if subscriber.stopped:
            return Readiness("degraded", {"mongo": "ok", "kafka": "stopped_after_too_many_dead_letters"})
        if not subscriber.connected:
            return Readiness("degraded", {"mongo": "ok", "kafka": "down"})
        return Readiness("ok", {"mongo": "ok", "kafka": "ok"})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks[:] = [
            asyncio.create_task(_start(service, settings, store, publisher, subscriber, runtime)),
            asyncio.create_task(watch_loop(metrics)),
            asyncio.create_task(_beat(beat)),
            *([] if beside is None else [asyncio.create_task(beside(runtime))]),
        ]
        for task in (tasks[0], *tasks[3:]):
            task.add_done_callback(_told)
        trail.start()
        try:
            yield
        finally:
            trail.end()
            await _stop(tasks, publisher, subscriber, runtime)
            mongo.close()
            keys.close()

    verifier = Verifier(
        settings.issuer,
        settings.audience,
        keys_from_file(settings.jwks_file)
        if settings.jwks_file
        else keys_from_url(str(settings.jwks_url), failed=lambda kind: metrics.dependency_errors("issuer", kind).inc()),
    )
    http = create_app(
        f"Pacewell {service.name}",
        [router(runtime), _asyncapi(service)],
        verifier,
        clock,
        metrics,
        ready=ready,
        live=lambda: time.monotonic() - beat[0] < STALLED_S and not any(task.done() for task in tasks[:1] + tasks[3:]),
        audit=trail,
        lifespan=lifespan,
        body_bytes=settings.body_bytes,
        limits=Limits(
            settings.rate_per_token,
            settings.rate_per_tenant,
            settings.rate_per_address,
            settings.rate_burst_s,
            settings.requests_at_once,
        ),
        open_paths=("/asyncapi.json",),
    )
    return App(settings, runtime, http)


async def _start(
    service: Service,
    settings: RuntimeSettings,
    store: MongoStore,
    publisher: KafkaPublisher,
    subscriber: Subscriber,
    runtime: Runtime,
) -> None:
    """Prepare the database and Kafka, each as often as it takes, then let time act; HTTP serves meanwhile."""
    await publisher.start()
    timers = asyncio.create_task(_timers(store, service, runtime, settings))
    try:
        attempt = 0
        while True:
            try:
                await ensure_topics(
                    settings.kafka,
                    topics([service.name]),
                    namespace=settings.namespace,
                    partitions=settings.partitions,
                    replicas=settings.replicas,
                    security=client_options(settings),
                )
                break
            except (DependencyDown, TopicRefused) as error:
                _log.warning("kafka.waits_at_start", error=type(error).__name__)
                await pause(settings.pause_ms / 1000, attempt, random.random)
                attempt += 1
        await subscriber.start()
        await timers
    finally:
        timers.cancel()


async def _timers(store: MongoStore, service: Service, runtime: Runtime, settings: RuntimeSettings) -> None:
    attempt = 0
    while True:
        try:
            await store.prepare(service)
            await runtime.redrive_newer()
            break
        except (DependencyDown, Refused):
            await pause(settings.pause_ms / 1000, attempt, random.random)
            attempt += 1
    await runtime.timers.run(settings.tick_every_ms / 1000)


async def _stop(
    tasks: list[asyncio.Task[None]], publisher: KafkaPublisher, subscriber: Subscriber, runtime: Runtime
) -> None:
    """Finish what is in hand, within bounds; what is left lies in outboxes."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(TimeoutError, DependencyDown, OSError):
        async with asyncio.timeout(STOP_S):
            await subscriber.stop()
            await runtime.effects.drain()
            await runtime.forwarder.submit([])
            await runtime.rest()
    await publisher.stop()


def _told(task: asyncio.Task[None]) -> None:
    """The work in the background ends only with the process; anything else is an error that `/livez` shows."""
    if not task.cancelled():
        _log.error("app.background_ended", exc_info=task.exception())


async def _beat(beat: list[float]) -> None:
    """The sign of life that `/livez` looks for."""
    while True:
        beat[0] = time.monotonic()
        await asyncio.sleep(1.0)


def _asyncapi(service: Service) -> APIRouter:
    """`/asyncapi.json`: the events of this service, from the catalog."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/asyncapi.json")
    async def asyncapi() -> dict[str, Any]:
        from shared.contracts.asyncapi import asyncapi_document

        return asyncapi_document(service.name)

    return routes
