"""`make demo-outage`: Kafka is killed, five logs are accepted all the same, Kafka comes back, and each counts once."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer
from rich.console import Console

from deploy.local.demo.arriving import goal_body, plan_body
from deploy.local.demo.cast import HARBOUR, KINDS
from deploy.local.demo.loop import play
from deploy.local.demo.settled import Settled
from deploy.local.demo.web import Web
from deploy.local.demo.weeks import until
from deploy.local.supervisor import Running
from deploy.local.trouble import Trouble
from shared.ids import random_id

LOGS: Final = 5
SWEPT_S: Final = 8.0
"""Longer than an outbox waits for the sweeper (5 s): whatever would be sent a second time has been sent by then."""


def outage(running: Running) -> None:
    """Show it with times; `Trouble` when a log was lost, refused, or counted twice."""
    play(_outage(running))


async def _outage(running: Running) -> None:
    web = Web(running.layout, running.issuer, seed=0)
    try:
        await _Outage(running, web, running.console).play()
    finally:
        await web.close()


@dataclass(slots=True)
class _Outage:
    running: Running
    web: Web
    console: Console
    people: list[str] = field(default_factory=lambda: [random_id() for _ in range(LOGS)])
    sessions: list[str] = field(default_factory=lambda: [random_id() for _ in range(LOGS)])
    began: float = field(default_factory=time.monotonic)

    async def play(self) -> None:
        """The whole of it, in order."""
        self.console.rule("Kafka is killed and comes back")
        await self._arrive()
        before = await self._decisions()
        self.began = time.monotonic()
        self.running.kafka.kill()
        self._say("kafka", "killed (kill -9)")
        for number in range(LOGS):
            await self._log(number)
        await self._ready("session_logging", "degraded")
        self._say("session_logging", "/readyz: 200 degraded: it goes on taking logs")
        waiting = sum((await self._decisions()).values()) - sum(before.values())
        self._say("progression", f"{waiting} new decisions: the events wait in session_logging's outbox")
        self.running.kafka.launch()
        await until(lambda: asyncio.to_thread(self.running.kafka.ready), "Kafka to be back")
        self._say("kafka", "back, on the same data")
        await asyncio.gather(*(self._decided(number, before) for number in range(LOGS)))
        await self._ready("session_logging", "ok")
        self._say("session_logging", "/readyz: 200 ok")
        await asyncio.sleep(SWEPT_S)
        await self._judge(before)

    async def _arrive(self) -> None:
        clinician = self.web.token("clinician", HARBOUR)
        today = datetime.now(UTC).date()
        settled = Settled(self.web)
        await settled.begin()
        for patient in self.people:
            person = {"id": patient, "tz": "Europe/London", "locale": "en", "adult": True}
            await self.web.ask(clinician, "plans", "POST", "/patients", person)
            tracks = [KINDS["walking"].terms("walking", 3, 1, "GRADED")]
            review_on = today + timedelta(days=42)
            plan = plan_body(random_id(), HARBOUR, tracks, review_on=review_on, usual_pain=2, pem="no")
            await self.web.ask(clinician, "plans", "POST", f"/patients/{patient}/goals", goal_body(random_id()))
            await self.web.ask(clinician, "plans", "POST", f"/patients/{patient}/plans", plan)
        await settled.wait({"plan.activated": LOGS})
        self.console.print(f"{LOGS} people of {HARBOUR} have a plan; every service knows it.")

    async def _log(self, number: int) -> None:
        patient = self.people[number]
        own = self.web.token("patient", HARBOUR, patient)
        body = {"id": self.sessions[number], "track_id": "walking", "amount": 10, "unit": "min", "pain": 2}
        sent = time.monotonic()
        path = f"/patients/{patient}/sessions"
        status, _ = await self.web.send(own, "session_logging", "POST", path, body)
        took = (time.monotonic() - sent) * 1000
        self._say("session_logging", f"log {number + 1} of {LOGS}: {status} after {took:.0f} ms")
        if status != 201:
            raise Trouble(f"Log {number + 1} was answered {status} while Kafka was away.")

    async def _decided(self, number: int, before: Counter[str]) -> None:
        patient = self.people[number]

        async def done() -> bool:
            return len(await self._decisions_of(patient)) > before[patient]

        await until(done, f"the decision on log {number + 1}")
        latest = (await self._decisions_of(patient))[0]
        told = f"log {number + 1}: {latest['rule']} {latest['action']}, “{latest['explanation']['text']}”"
        self._say("progression", told)

    async def _judge(self, before: Counter[str]) -> None:
        after = await self._decisions()
        effects = {patient: after[patient] - before[patient] for patient in self.people}
        stored = Counter({patient: await self._stored(patient) for patient in self.people})
        logged = await self._in_topic("session-logging-events", "session.logged")
        decided = await self._in_topic("progression-events", "progression.decided")
        self._say("count", f"sessions stored {sum(stored.values())}, decisions because of them {sum(effects.values())}")
        self._say("count", f"in Kafka: session.logged {_told(logged)}, progression.decided {_told(decided)}")
        lost = sum(count < 1 for count in effects.values()) + max(0, LOGS - len(logged))
        twice = sum(count > 1 for count in (*effects.values(), *stored.values()))
        twice += max(0, len(logged) - LOGS) + max(0, len(decided) - sum(after.values()))
        if lost or twice or len(decided) != sum(after.values()):
            raise Trouble(f"Of {LOGS} accepted logs {lost} were lost and {twice} counted twice; see the logs.")
        self.console.print(f"[green]✓[/green] {LOGS} accepted, {LOGS} effects, 0 lost, 0 twice.")

    async def _decisions(self) -> Counter[str]:
        return Counter({patient: len(await self._decisions_of(patient)) for patient in self.people})

    async def _decisions_of(self, patient: str) -> list[dict[str, Any]]:
        token = self.web.token("clinician", HARBOUR)
        path = f"/patients/{patient}/decisions?limit=100"
        found: list[dict[str, Any]] = (await self.web.ask(token, "progression", "GET", path))["decisions"]
        return found

    async def _stored(self, patient: str) -> int:
        token = self.web.token("clinician", HARBOUR)
        page = await self.web.ask(token, "session_logging", "GET", f"/patients/{patient}/sessions")
        return len(page["items"])

    async def _in_topic(self, topic: str, kind: str) -> Counter[str]:
        """How often each event of this type about our people lies in the topic, by its id."""
        people = {patient.encode() for patient in self.people}
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=self.running.kafka.bootstrap, group_id=None, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: Counter[str] = Counter()
        try:
            places = list(consumer.assignment())
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        heads = {name: value.decode() for name, value in record.headers}
                        if record.key in people and heads["ce_type"] == kind:
                            found[heads["ce_id"]] += 1
        finally:
            await consumer.stop()
        return found

    async def _ready(self, service: str, status: str) -> None:
        url = f"{self.running.url(service)}/readyz"
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:

            async def done() -> bool:
                return bool((await client.get(url)).json()["status"] == status)

            await until(done, f"{service} to say that it is {status}")

    def _say(self, who: str, what: str) -> None:
        passed = time.monotonic() - self.began
        self.console.print(
            f"[dim]{passed:6.2f} s[/dim]  [bold]{who:<15}[/bold] {what}", highlight=False, soft_wrap=True
        )


def _told(found: Counter[str]) -> str:
    again = sum(found.values()) - len(found)
    return f"{len(found)} events" + (f" ({again} sent again and dropped by everyone who reads them)" if again else "")
