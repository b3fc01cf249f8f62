"""A test's own Prometheus: real `/metrics` of real processes, round after round, and what alerts make of them."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Self

import httpx

from deploy.local.topology import ROOT
from tests.support.promql import Series, ask
from tests.support.promql_rules import rules, selectors

EVERY_S: Final = 0.3
RUNBOOK: Final = ROOT / "deploy" / "docs" / "runbook.md"
Shorter = Mapping[str, Sequence[tuple[str, str]]]
"""Alert -> what of its expression is replaced by what, so that a test need not last as long as an alarm does."""


class Watch:
    """Scrapes all the time, and keeps what rules ask for; rounds take real time, so that rates are real ones."""

    def __init__(self, targets: Mapping[str, str], shorter: Shorter) -> None:
        self._targets = targets
        self._queries = {name: _replaced(rule.query, shorter.get(name, ())) for name, rule in rules().items()}
        self._wanted = tuple({str(one.name) for query in self._queries.values() for one in selectors(query)})
        self._series = Series()
        self._seen_at = 0.0
        self._begun: set[str] = set()
        self.ended: set[str] = set()
        """The alerts that were waited for to be true, and after that to be clear."""

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[Self]:
        """Scrape until the block ends."""
        scraping = asyncio.create_task(self._scrape())
        try:
            yield self
        finally:
            scraping.cancel()

    async def true(self, alert: str, timeout_s: float = 30.0, **labels: str) -> None:
        """Return once the alert's expression is true of these labels."""
        await self._until(alert, labels, True, timeout_s)
        self._begun.add(alert)
        self.ended.discard(alert)

    async def clear(self, alert: str, timeout_s: float = 30.0, **labels: str) -> None:
        """Return once it is not."""
        await self._until(alert, labels, False, timeout_s)
        self.ended |= {alert} & self._begun

    async def _until(self, alert: str, labels: Mapping[str, str], wanted: bool, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        asked = time.time()
        while True:
            seen = self._seen_at
            if seen > asked:  # not what was before the question
                found = [dict(one) for one in ask(self._series, self._queries[alert], seen)]
                if any(one.items() >= labels.items() for one in found) == wanted:
                    return
                state = "not" if wanted else "still"
                assert time.monotonic() < until, f"{alert} {dict(labels)} is {state} true: {found}"
            await asyncio.sleep(EVERY_S / 3)

    async def _scrape(self) -> None:
        async with httpx.AsyncClient(timeout=1.0, trust_env=False) as http:
            while True:
                await asyncio.gather(*(self._one(http, name, url) for name, url in self._targets.items()))
                self._seen_at = time.time()
                await asyncio.sleep(EVERY_S)

    async def _one(self, http: httpx.AsyncClient, name: str, url: str) -> None:
        try:
            lines = (await http.get(f"{url}/metrics")).text.splitlines()
            text = "\n".join(line for line in lines if line.startswith(self._wanted))
            self._series.add(f"{text}\n", time.time(), job="pacewell", instance=name)
        except httpx.HTTPError:
            self._series.missing(time.time(), job="pacewell", instance=name)


def _replaced(query: str, changes: Sequence[tuple[str, str]]) -> str:
    for before, after in changes:
        if before not in query:
            raise ValueError(f"{before} is not in {query}")
        query = query.replace(before, after)
    return query


def command_of(alert: str, part: str, begins: str, **words: str) -> list[str]:
    """The words of a command that a part of the alert's entry in the runbook names, with `SERVICE`, `ID` filled in."""
    (line,) = [line for line in _commands(alert, part) if line.startswith(begins)]
    return [words.get(word, word) for word in line.split()]


def look_of(alert: str, **words: str) -> list[str]:
    """The words of the command with which the entry's *Look* begins, filled in likewise."""
    return [words.get(word, word) for word in _commands(alert, "Look")[0].split()]


def _commands(alert: str, part: str) -> list[str]:
    entry = RUNBOOK.read_text(encoding="utf-8").split(f"\n### {alert}\n", 1)[1].split("\n### ", 1)[0]
    said = entry.split(f"**{part}.**", 1)[1].split("\n**", 1)[0]
    return re.findall(r"python -m deploy\.operations ([^`]+)`", said)
