"""One run: people log while the schedule goes wrong; then everything rests, and the checker judges."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from shared.runtime.ports import CrashPoint
from tests.chaos.asking import Asking
from tests.chaos.bed import TWICE, Bed
from tests.chaos.checker import judge
from tests.chaos.enrolling import Front, NeverHeard
from tests.chaos.faults import Faults
from tests.chaos.ledger import Ledger, Person
from tests.chaos.load import Load
from tests.chaos.reading import at_rest, gather_evidence
from tests.chaos.schedule import PASSED_BY, Entry
from tests.chaos.verdict import Verdict
from tests.support.cluster_nursery import Nursery

DAYS: Final = 5
STEP: Final = timedelta(hours=6)
POISONED: Final = 2
"""So few people get poisoned records: from a third on, a service would take it for a bad deploy and stop."""

JUDGED_AGAIN: Final = 8
PAUSE_S: Final = 10.0
AT_ONCE: Final = 8


class Screen(Protocol):
    """Where a run tells what it does."""

    def tell(self, text: str) -> None:
        """One line."""
        ...

    def advance(self, logs: int, of: int, what: str) -> None:
        """How far it is."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does."""

    seed: int
    logs: int
    entries: Sequence[Entry]
    sabotage: str | None = None
    twice: Sequence[str] = TWICE
    judged_again: int = JUDGED_AGAIN
    people: int = 0
    half_days: int = 2

    @property
    def everybody(self) -> int:
        """How many people there are: some hundreds at full size."""
        return self.people or max(16, min(500, self.logs // 50))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: the verdict, deaths by crash point, and figures for a person to read."""

    verdict: Verdict
    deaths: Counter[CrashPoint]
    ledger: Ledger
    produces_cut: int


async def run(plan: Plan, folder: Path, nursery: Nursery, screen: Screen) -> Outcome:
    """The whole run in this folder; every process has ended on return."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    dice, ledger = random.Random(plan.seed), Ledger()
    async with Bed(folder, nursery, sabotage=plan.sabotage, twice=plan.twice) as bed:
        screen.tell(f"{len(bed.instances)} processes of six services are ready")
        asking = Asking(bed, ledger)
        try:
            return await _on(bed, asking, plan, dice, ledger, screen)
        finally:
            await asking.close()


async def _on(bed: Bed, asking: Asking, plan: Plan, dice: random.Random, ledger: Ledger, screen: Screen) -> Outcome:
    front = Front(bed, asking, dice)
    people = [front.somebody(poisoned=number < POISONED) for number in range(plan.everybody)]
    try:
        await _gathered(front, people, ledger, screen)
    except NeverHeard as never:
        return Outcome(Verdict(lost=1, problems=[str(never)]), Counter(), ledger, bed.kafka_link.produces_cut)
    load = Load(bed, asking, front, ledger, dice, plan.logs)
    faults = Faults(bed, ledger, random.Random(f"faults {plan.seed}"), screen.tell)
    await load.begin()
    working = asyncio.create_task(load.run())
    time = asyncio.create_task(_days(bed, load, ledger, plan.logs, screen))
    try:
        for entry in plan.entries:
            load.allow(entry.at + 1 / (len(plan.entries) + 1))
            await _until(load, working, entry.at)
            screen.tell(str(entry))
            load.allow(entry.at + 2 / (len(plan.entries) + 1))
            await faults.do(entry)
        load.allow(1.0)
        await _until(load, working, 1.0)
        for point in {CrashPoint(entry.detail) for entry in plan.entries if entry.what == "die"}:
            await _die_after_all(faults, point, screen)
    finally:
        load.over.set()
        time.cancel()
        await working
    await faults.heal()
    verdict = await _judged(bed, asking, ledger, plan, screen)
    return Outcome(verdict, faults.deaths, ledger, bed.kafka_link.produces_cut)


async def _gathered(front: Front, people: Sequence[Person], ledger: Ledger, screen: Screen) -> None:
    """Everybody enrolled, before anything goes wrong."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def enrol(person: Person) -> None:
        async with gate:
            await front.enrol(person)
            ledger.people.append(person)
            screen.advance(len(ledger.people), len(people), "enrolled")

    await asyncio.gather(*(enrol(person) for person in people))
    ledger.people.sort(key=lambda person: person.id)
    screen.tell(f"{len(people)} people of three clinics are enrolled")


async def _days(bed: Bed, load: Load, ledger: Ledger, logs: int, screen: Screen) -> None:
    """Let days pass as the load goes on, so that cues become due."""
    gone = 0
    while True:
        screen.advance(min(ledger.logs, logs), logs, "logs accepted")
        if load.share * DAYS * 4 > gone + 1:
            gone += 1
            bed.go_on(STEP)
        await asyncio.sleep(0.5)  # how often is looked at the load: it makes the days go, not this


async def _until(load: Load, working: "asyncio.Task[None]", share: float) -> None:
    """The load goes on until then, or raises: each of its questions is answered within a bound."""
    while load.share < share:
        if working.done():
            await working
        await asyncio.sleep(0.1)


async def _die_after_all(faults: Faults, point: CrashPoint, screen: Screen) -> None:
    """A point that nobody came to in time is tried again, while people still log."""
    for service in PASSED_BY.get(point, TWICE) * 2:
        if faults.deaths[point]:
            return
        screen.tell(f"     once more: die {service} {point.value}")
        await faults.die(service, point)


async def _judged(bed: Bed, asking: Asking, ledger: Ledger, plan: Plan, screen: Screen) -> Verdict:
    """Some more half days in peace, then the verdict; where something is wrong, again when it had time to end."""
    for _ in range(plan.half_days):
        screen.tell("waiting until everything rests; then half a day goes by")
        await at_rest(bed)
        bed.go_on(2 * STEP)
        await asyncio.sleep(PAUSE_S / 2)  # every process sees its clock and begins with what is due; then it rests
    left = plan.judged_again
    while True:
        screen.tell("waiting until everything rests")
        behind = await at_rest(bed)
        with bed.still():  # with hundreds of people somebody's cue comes every minute, and a look takes minutes
            evidence = await gather_evidence(bed, asking, ledger, behind, screen.tell)
        verdict = judge(ledger, evidence)
        if verdict.well or not left:
            return verdict
        left -= 1
        screen.tell(f"{verdict.line}; to look at once more: {len(verdict.problems)}, such as {verdict.problems[:2]}")
        await asyncio.sleep(PAUSE_S)
