"""The embedded stack with people in it, ready to log."""

import asyncio
import io
import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.local.screen import Screen
from deploy.local.supervisor import Running, Supervisor
from deploy.local.topology import SERVICES, Layout, Ports
from tests.bench.bed import RunFailed
from tests.bench.web import Client, Reply
from tests.support.e2e_clinic import goal, terms
from tests.support.stack import JARS

TENANT: Final = "bench-clinic"
AT_ONCE: Final = 16
PATIENCE_S: Final = 120.0
_LIMITS: Final = tuple(f"PACEWELL_RATE_PER_{kind}" for kind in ("TOKEN", "TENANT", "ADDRESS"))


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack, and how long it took from nothing to ready (s)."""

    running: Running
    supervisor: Supervisor
    ready_s: float


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person and their token."""

    id: str
    token: str

    @property
    def path(self) -> str:
        """Where everything of this person lies."""
        return f"/v1/patients/{self.id}"


@contextmanager
def stack(services: Sequence[str] = SERVICES) -> Iterator[Stack]:
    """The stack with these services on free ports, without limits of rate; gone afterwards."""
    before = {name: os.environ.get(name) for name in _LIMITS}
    os.environ.update(dict.fromkeys(_LIMITS, "1000000"))
    with tempfile.TemporaryDirectory(prefix="pacewell-bench-") as folder:
        supervisor = Supervisor(Layout(Path(folder), Ports.free(), JARS), Screen(Console(file=io.StringIO())))
        supervisor.commands = {name: command for name, command in supervisor.commands.items() if name in services}
        began = time.monotonic()
        try:
            running = supervisor.start()
            yield Stack(running, supervisor, round(time.monotonic() - began, 1))
        finally:
            supervisor.fleet.stop()
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


async def enrolled(running: Running, count: int, *, decided: bool = True) -> list[Somebody]:
    """So many people with a walking track, whom `session_logging` knows, and progression too where `decided`."""
    staff = running.issuer.mint(["clinician"], TENANT)
    people = [Somebody(id, running.issuer.mint(["patient"], TENANT, patient_id=id)) for id in _ids(count)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def enrol(client: Client, person: Somebody) -> None:
        async with gate:
            body = {"id": person.id, "tz": "UTC", "locale": "en", "adult": True, "record_mode": "live"}
            accepted(await client.send("POST", "/v1/patients", staff, body))
            accepted(await client.send("POST", f"{person.path}/goals", staff, goal()))
            accepted(await client.send("POST", f"{person.path}/plans", staff, terms()))

    async with Client(running.url("plans")) as client:
        await asyncio.gather(*(enrol(client, person) for person in people))
    reads = [("session_logging", "sessions")] + ([("progression", "decisions")] if decided else [])
    for service, what in reads:
        async with Client(running.url(service)) as client:
            for person in people:
                await _until(client, f"{person.path}/{what}", staff)
    return people


def session() -> dict[str, Any]:
    """A log of ten minutes' walking that ends now, under a fresh id."""
    return {"id": str(uuid.uuid4()), "track_id": "walking", "amount": 10, "unit": "min"}


def accepted(reply: Reply) -> Reply:
    """The reply, or `RunFailed` when the request was not accepted."""
    if not 200 <= reply.status < 300:
        raise RunFailed(f"a request was answered {reply.status}: {reply.body[:300]!r}")
    return reply


async def _until(client: Client, path: str, token: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        reply = await client.send("GET", path, token)
        if reply.status == 200 and (not path.endswith("decisions") or reply.json()["decisions"]):
            return
        if time.monotonic() > until:
            raise RunFailed(f"nobody knows a new person after {PATIENCE_S:.0f} s ({reply.status})")
        await asyncio.sleep(0.05)


def _ids(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]
