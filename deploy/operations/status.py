"""`status`: whether each service is ready, how far behind it is, and what waits in it."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

import httpx

from deploy.operations.figures import SINCE_START, figures
from deploy.operations.reach import Reach
from deploy.operations.telling import UNREACHABLE, WELL, WRONG, Advance, Answer, table

OLD_OUTBOX_S: Final = 60.0
"""An outbox that waits longer than this is wrong: the sweeper comes every few seconds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One process of a service. `kafka` and `mongo` are what its readiness says of them; ages are in seconds.

    Work items and letters are those of the whole service, everything else is of this process alone. `since_start`
    counts what went wrong since it started, and is no judgement: who asks twice sees whether it still grows.
    """

    service: str
    address: str
    ready: str
    mongo: str = "?"
    kafka: str = "?"
    lag: int = 0
    oldest_outbox_s: float = 0.0
    quarantined: int = 0
    stopped: bool = False
    dead_letters_open: int = 0
    owned: int = 0
    red_flags_overdue: int = 0
    work_items_overdue: int = 0
    answers_waiting: int = 0
    answers_set_aside: int = 0
    since_start: Mapping[str, int] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Whether nobody needs to look."""
        waits = self.stopped or self.dead_letters_open or self.quarantined or self.oldest_outbox_s > OLD_OUTBOX_S
        people = self.red_flags_overdue or self.answers_waiting or self.answers_set_aside
        return self.ready == "ok" and not waits and not people

    @property
    def remarks(self) -> tuple[str, ...]:
        """In words: what the table has no column for."""
        now = {
            "red flags overdue": self.red_flags_overdue,
            "other work items overdue": self.work_items_overdue,
            "answers to the red-flag list waiting on the disk": self.answers_waiting,
            "set aside there": self.answers_set_aside,
        }
        counted = [f"{count} {what.replace('_', ' ')}" for what, count in self.since_start.items() if count]
        return (
            *(f"{self.service}: {count} {what}" for what, count in now.items() if count),
            *([f"{self.service}, since it started: {', '.join(counted)}"] if counted else []),
        )


async def status(reach: Reach, _: Advance) -> Answer:
    """Ask every process; 1 when somebody must look, 3 when one does not answer."""
    asked = [(name, url) for name in reach.names() for url in reach.installation.place(name).http]
    found = await asyncio.gather(*(_condition(reach.http, name, url) for name, url in asked))
    unreachable = any(one.ready == "unreachable" for one in found)
    code = UNREACHABLE if unreachable else WELL if all(one.well for one in found) else WRONG
    told_of = ("service", "at", "ready", "mongo", "kafka")
    columns = (*told_of, "owned", "lag", "oldest outbox", "set aside", "stopped", "dead letters")
    rows = [
        (
            one.service,
            one.address.partition("://")[2],
            one.ready,
            one.mongo,
            one.kafka,
            one.owned,
            one.lag,
            f"{one.oldest_outbox_s:.1f} s",
            one.quarantined,
            "yes" if one.stopped else "no",
            one.dead_letters_open,
        )
        for one in found
    ]
    told = [{**asdict(one), "well": one.well} for one in found]
    remarks = [remark for one in found for remark in one.remarks]
    return Answer({"well": code == WELL, "services": told}, code, remarks, table(columns, rows))


async def _condition(http: httpx.AsyncClient, service: str, address: str) -> Condition:
    try:
        ready = (await http.get(f"{address}/readyz")).json()
        told = figures((await http.get(f"{address}/metrics")).text)
    except (httpx.HTTPError, ValueError):
        return Condition(service, address, "unreachable")
    checks = ready.get("checks", {})
    return Condition(
        service,
        address,
        ready=str(ready.get("status", "?")),
        mongo=checks.get("mongo", "?"),
        kafka=checks.get("kafka", "?"),
        lag=int(told["lag"]),
        oldest_outbox_s=told["oldest_outbox_s"],
        quarantined=int(told["quarantined"]),
        stopped=bool(told["stopped"]),
        dead_letters_open=int(told["dead_letters_open"]),
        owned=int(told["owned"]),
        red_flags_overdue=int(told["red_flags_overdue"]),
        work_items_overdue=int(told["work_items_overdue"]),
        answers_waiting=int(told["answers_waiting"]),
        answers_set_aside=int(told["answers_set_aside"]),
        since_start={name: int(told[name]) for name in SINCE_START},
    )
