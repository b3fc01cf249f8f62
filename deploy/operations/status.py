"""`status`: whether each service is ready, how far behind it is, and what waits in it."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.operations.reach import Reach
from deploy.operations.telling import UNREACHABLE, WELL, WRONG, Advance, Answer, table

OLD_OUTBOX_S: Final = 60.0
"""An outbox that waits longer than this is wrong: the sweeper comes every few seconds."""

_LAG: Final = "pacewell_consumer_lag_records"
_OUTBOX: Final = "pacewell_runtime_outbox_oldest_seconds"
_QUARANTINED: Final = "pacewell_runtime_outbox_quarantined"
_STOPPED: Final = "pacewell_consumer_stopped"
_LETTERS: Final = "pacewell_dead_letters_open"


@dataclass(frozen=True, slots=True)
class Condition:
    """One process of a service. `kafka` and `mongo` are what its readiness says of them; ages are in seconds."""

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

    @property
    def well(self) -> bool:
        """Whether nobody needs to look."""
        waits = self.stopped or self.dead_letters_open or self.quarantined or self.oldest_outbox_s > OLD_OUTBOX_S
        return self.ready == "ok" and not waits


async def status(reach: Reach, _: Advance) -> Answer:
    """Ask every process; 1 when somebody must look, 3 when one does not answer."""
    asked = [(name, url) for name in reach.names() for url in reach.installation.place(name).http]
    found = await asyncio.gather(*(_condition(reach.http, name, url) for name, url in asked))
    unreachable = any(one.ready == "unreachable" for one in found)
    code = UNREACHABLE if unreachable else WELL if all(one.well for one in found) else WRONG
    told_of = ("service", "at", "ready", "mongo", "kafka")
    columns = (*told_of, "lag", "oldest outbox", "set aside", "stopped", "dead letters")
    rows = [
        (
            one.service,
            one.address.partition("://")[2],
            one.ready,
            one.mongo,
            one.kafka,
            one.lag,
            f"{one.oldest_outbox_s:.1f} s",
            one.quarantined,
            "yes" if one.stopped else "no",
            one.dead_letters_open,
        )
        for one in found
    ]
    told = [{**asdict(one), "well": one.well} for one in found]
    return Answer({"well": code == WELL, "services": told}, code, table=table(columns, rows))


async def _condition(http: httpx.AsyncClient, service: str, address: str) -> Condition:
    try:
        ready = (await http.get(f"{address}/readyz")).json()
        figures = _figures((await http.get(f"{address}/metrics")).text)
    except (httpx.HTTPError, ValueError):
        return Condition(service, address, "unreachable")
    checks = ready.get("checks", {})
    return Condition(
        service,
        address,
        ready=str(ready.get("status", "?")),
        mongo=checks.get("mongo", "?"),
        kafka=checks.get("kafka", "?"),
        lag=int(figures.get(_LAG, 0)),
        oldest_outbox_s=figures.get(_OUTBOX, 0.0),
        quarantined=int(figures.get(_QUARANTINED, 0)),
        stopped=bool(figures.get(_STOPPED, 0)),
        dead_letters_open=int(figures.get(_LETTERS, 0)),
    )


def _figures(exposition: str) -> dict[str, Any]:
    """The gauges that count here, each summed over its labels."""
    wanted = {_LAG, _OUTBOX, _QUARANTINED, _STOPPED, _LETTERS}
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.name in wanted:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found
