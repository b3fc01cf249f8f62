"""The real services as processes on stores of their own: each can be started to die at a crash point."""

import asyncio
import io
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import httpx
from rich.console import Console

from deploy.local.clock import set_to
from deploy.local.screen import Screen
from deploy.local.supervisor import Running, Supervisor
from deploy.local.topology import SERVICES, Layout, environment
from shared.clock import FileClock
from tests.support.cluster import QUICK, TENANT, Member, eventually
from tests.support.cluster_nursery import Nursery
from tests.support.e2e_clinic import goal, terms

CLOCK_SEEN_S: Final = 0.25
"""Every process looks at the clock's file again after 0.1 s; several share the cores here."""


@dataclass
class ServiceStack:
    """Kafka, engines and one process for each service."""

    layout: Layout
    nursery: Nursery
    running: Running = field(init=False)
    members: dict[str, Member] = field(default_factory=dict)

    async def start_stores(self) -> None:
        """Kafka, the engines and the topics; `Trouble` when one does not start."""
        self._supervisor = Supervisor(self.layout, Screen(Console(file=io.StringIO())), commands={})
        self.running = await asyncio.to_thread(self._supervisor.start)

    async def serve(self, service: str, crash_at: str | None = None, **others: str) -> Member:
        """Start a service (again), with other settings if they are given; with a crash point it will die there."""
        quick = {f"PACEWELL_{name}": value for name, value in QUICK.items() if name != "PARTITIONS"}
        doomed = {} if crash_at is None else {"PACEWELL_CRASH_AT": crash_at}
        told = {f"PACEWELL_{name.upper()}": value for name, value in others.items()}
        env = {**environment(self.layout, service), **quick, **doomed, **told}
        process = self.nursery.fork(service, f"services.{service}", log=self.layout.log(service), env=env)
        if (before := self.members.get(service)) is not None:
            await before.end()
        member = Member(service, process, self.layout.url(service), self.running.issuer.mint(["clinician"], TENANT))
        self.members[service] = member
        return member.start()

    async def serve_all(self) -> None:
        """Every service up and ready."""
        for service in SERVICES:
            await self.serve(service)
        await asyncio.gather(*(member.ready(timeout_s=60) for member in self.members.values()))

    async def ask(
        self, service: str, method: str, path: str, body: Any = None, token: str | None = None
    ) -> httpx.Response:
        """One request under `/v1`, sent again until the service answers it; by a clinician without a `token`."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        while True:
            try:
                answer = await self.members[service].http.request(method, f"/v1{path}", json=body, headers=headers)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
            except (httpx.HTTPError, RuntimeError):  # it is down, or its client was closed for a new one
                pass
            await asyncio.sleep(0.1)

    async def told(self, service: str, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """The same, which must succeed; the body of the answer."""
        answer = await self.ask(service, method, path, body, token)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def open_group(self) -> str:
        """A group that anybody of the clinic may join; its id."""
        body = {"id": str(uuid.uuid4()), "name": "Walkers", "language": "en", "run_by": "clinic"}
        token = self.running.issuer.mint(["moderator"], TENANT)
        return str((await self.told("community", "POST", "/groups", body, token))["group_id"])

    def now(self) -> datetime:
        """What the stack's clock shows."""
        return FileClock(self.layout.clock_file).now()

    async def go(self, moment: datetime) -> None:
        """Move the stack's clock there, unless it is further already; every process has seen it on return."""
        if moment > self.now():
            set_to(self.layout.clock_file, moment)
            await asyncio.sleep(CLOCK_SEEN_S)

    async def end(self) -> None:
        """End every process."""
        for member in self.members.values():
            await member.end()
        self._supervisor.fleet.stop()


@dataclass
class Patient:
    """One person; everything logged is kept account of."""

    stack: ServiceStack
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sessions: list[str] = field(default_factory=list)
    mornings: int = 0
    groups: list[str] = field(default_factory=list)

    async def enrol(self, cue: str | None = "18:00") -> None:
        """Enrolled in UTC with one walking track and, unless told otherwise, a daily cue."""
        stack = self.stack
        await stack.told("plans", "POST", "/patients", {"id": self.id, "tz": "UTC", "locale": "en", "adult": True})
        await stack.told("plans", "POST", f"/patients/{self.id}/goals", goal())
        await stack.told("plans", "POST", f"/patients/{self.id}/plans", terms())
        if cue is not None:
            await self.known_to("reminders", "quiet-hours")
            body = {"id": str(uuid.uuid4()), "time": cue, "track_id": "walking"}
            await stack.told("reminders", "PUT", f"/patients/{self.id}/cues/evening", body)
        await self.known_to("session_logging", "sessions")

    async def join(self, group: str) -> None:
        """Join a group with the person's own consent."""
        token = self.stack.running.issuer.mint(["patient"], TENANT, patient_id=self.id)
        await self.known_to("community", "celebrations", token)
        body = {"id": str(uuid.uuid4()), "consent": True}
        await self.stack.told("community", "POST", f"/groups/{group}/members", body, token)
        self.groups.append(group)

    async def known_to(self, service: str, path: str, token: str | None = None) -> None:
        """Return once a service has heard of the person."""

        async def probe() -> None:
            answer = await self.stack.ask(service, "GET", f"/patients/{self.id}/{path}", token=token)
            assert answer.is_success, f"{service}: {answer.status_code}"

        await eventually(probe, 60)

    async def log(self, at: datetime, **fields: Any) -> str:
        """Log one session until it is accepted; its id."""
        body: dict[str, Any] = {"id": str(uuid.uuid4()), "track_id": "walking", "amount": 10, "unit": "min", "pain": 2}
        body |= {"started_at": at.isoformat(), **fields}
        answer = await self.stack.ask("session_logging", "POST", f"/patients/{self.id}/sessions", body)
        assert answer.status_code == 201, answer.text
        self.sessions.append(body["id"])
        return str(body["id"])

    async def morning(self, at: datetime, pain: int = 2) -> None:
        """Note how a morning felt."""
        body = {"id": str(uuid.uuid4()), "pain": pain, "at": at.isoformat()}
        answer = await self.stack.ask("session_logging", "POST", f"/patients/{self.id}/morning-checks", body)
        assert answer.status_code == 201, answer.text
        self.mornings += 1

    async def read(self, service: str, path: str) -> Any:
        """Something about the person."""
        return await self.stack.told(service, "GET", f"/patients/{self.id}/{path}")


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


def tomorrow(stack: ServiceStack) -> date:
    """The day after the one that the stack's clock shows."""
    return (stack.now() + timedelta(days=1)).date()
