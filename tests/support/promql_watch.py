"""A test's own Prometheus: real `/metrics` of real processes, round after round, and what alerts make of them."""

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Final

import httpx

from deploy.local.topology import ROOT
from tests.support.promql import Series
from tests.support.promql_rules import rules

EVERY_S: Final = 0.3
RUNBOOK: Final = ROOT / "deploy" / "docs" / "runbook.md"


class Watch:
    """Scrapes while it is waited for; a round takes real time, so that rates are real ones."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._rules = rules()
        self._series = Series()

    async def true(self, alert: str, timeout_s: float = 30.0, **labels: str) -> None:
        """Return once the alert's expression is true of these labels."""
        await self._until(alert, labels, True, timeout_s)

    async def clear(self, alert: str, timeout_s: float = 30.0, **labels: str) -> None:
        """Return once it is not."""
        await self._until(alert, labels, False, timeout_s)

    async def _until(self, alert: str, labels: Mapping[str, str], wanted: bool, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        while True:
            await self._round()
            found = self._rules[alert].true(self._series, time.time())
            if any(one.items() >= labels.items() for one in found) == wanted:
                return
            assert time.monotonic() < until, f"{alert} {dict(labels)} is {'not' if wanted else 'still'} true: {found}"
            await asyncio.sleep(EVERY_S)

    async def _round(self) -> None:
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
            for name, url in self._targets.items():
                try:
                    text = (await http.get(f"{url}/metrics")).text
                    self._series.add(text, time.time(), job="pacewell", instance=name)
                except httpx.HTTPError:
                    self._series.missing(time.time(), job="pacewell", instance=name)


def command_of(alert: str, part: str, begins: str, **words: str) -> list[str]:
    """The words of a command that a part of the alert's entry in the runbook names, with `SERVICE`, `ID` filled in."""
    entry = RUNBOOK.read_text(encoding="utf-8").split(f"\n### {alert}\n", 1)[1].split("\n### ", 1)[0]
    said = entry.split(f"**{part}.**", 1)[1].split("\n**", 1)[0]
    named = re.findall(r"python -m deploy\.operations ([^`]+)`", said)
    (line,) = [line for line in named if line.startswith(begins)]
    return [words.get(word, word) for word in line.split()]
