"""Everything that the checker reads once all is at rest."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from deploy.local.topology import SERVICES
from shared.contracts.catalog import CATALOG
from tests.chaos.asking import Asking
from tests.chaos.bed import Bed
from tests.chaos.evidence import Opener, events_of, journal_of, lag
from tests.chaos.ledger import Ledger, Person
from tests.chaos.operating import operated
from tests.chaos.verdict import Evidence, Reading
from tests.support.laid_down import laid_down

AT_ONCE: Final = 8
REST_S: Final = 150.0
STILL: Final = 3
Step = Callable[[str], None]


async def at_rest(bed: Bed, patience_s: float = REST_S) -> dict[str, int]:
    """Wait until every group has committed everything and nothing is added for a while; what is left at the end."""
    until = asyncio.get_running_loop().time() + patience_s
    before, still, behind = -1, 0, dict.fromkeys(SERVICES, -1)
    while asyncio.get_running_loop().time() < until:
        behind = await lag(bed.kafka.bootstrap)
        size = sum(file.stat().st_size for file in (bed.layout.kafka / "log").glob("[!_]*/*.log"))
        still = still + 1 if size == before and not any(behind.values()) else 0
        if still >= STILL:
            break
        before = size
        await asyncio.sleep(1.0)  # what "nothing is added" is measured over
    return behind


async def gather_evidence(bed: Bed, asking: Asking, ledger: Ledger, behind: dict[str, int], tell: Step) -> Evidence:
    """Topics, journals, dead letters and what everybody reads."""
    tell("reading the topics")
    topics = {service: await events_of(bed.kafka.bootstrap, service) for service in SERVICES}
    tell("reading the journals")
    opener = Opener(bed.engines["keys"].url, bed.layout.master_key_file)
    journals = {service: await journal_of(bed.kafka.bootstrap, service, opener) for service in SERVICES}
    opener.close()
    tell("asking for the dead letters")
    letters = await asyncio.to_thread(dead_letters, bed.installation())
    tell("reading what everybody can read")
    readings = await read_everybody(asking, ledger.people, bed.layout.messages)
    return Evidence(topics, journals, behind, letters, expected_letters(ledger), frozenset(ledger.poison), readings)


def expected_letters(ledger: Ledger) -> frozenset[tuple[str, str]]:
    """What must be dead: each undecodable record, in every service that hears its topic."""
    return frozenset(
        (service, f"{topic}:{partition}:{offset}")
        for topic, partition, offset in ledger.undecodable
        for service in hearing(topic)
    )


def hearing(topic: str) -> set[str]:
    """The services that hear a topic, by the catalog."""
    return {consumer for row in CATALOG if row.topic == topic for consumer in row.consumers}


def dead_letters(installation: Path) -> list[dict[str, Any]]:
    """As `pacewell dead-letters list` tells them."""
    found: list[dict[str, Any]] = operated(installation, "dead-letters", "list", "--limit", "10000")
    return found


async def read_everybody(asking: Asking, people: Iterable[Person], messages: Path) -> dict[str, Reading]:
    """What each person reads."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person) -> tuple[str, Reading]:
        async with gate:
            return person.id, await _read(asking, person, messages)

    return dict(await asyncio.gather(*(one(person) for person in people)))


async def _read(asking: Asking, person: Person, messages: Path) -> Reading:
    async def pages(service: str, path: str, items: str, following: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await asking.told(service, "GET", f"{person.path}/{path}{cursor}", person.token)
            found += page[items]
            if page[following] is None:
                return found
            cursor = f"&cursor={page[following]}"

    offers = await asking.told("community", "GET", f"{person.path}/celebrations", person.token)
    return Reading(
        sessions=await pages("session_logging", "sessions?limit=200&voided=true", "items", "next_cursor"),
        mornings=await pages("session_logging", "morning-checks?limit=200", "items", "next_cursor"),
        decisions=await pages("progression", "decisions?limit=100", "decisions", "next"),
        messages=await pages("reminders", "reminders?limit=200", "items", "next_cursor"),
        offers=[*offers["open"], *offers["closed"]],
        laid=laid_down(messages / person.id),
    )
