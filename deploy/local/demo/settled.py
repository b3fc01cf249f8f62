"""When the services have done what follows from what was sent: their own counts say so."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

from deploy.local.demo.web import Web
from deploy.local.topology import SERVICES
from deploy.local.trouble import Trouble
from shared.contracts.catalog import CATALOG

LOOK_EVERY_S: Final = 0.04
PATIENCE_S: Final = 120.0

_PUBLISHED: Final = re.compile(
    r'^pacewell_runtime_events_published_total\{(?![^}]*"journal")[^}]*\} (\S+)$', re.MULTILINE
)
_CONSUMED: Final = re.compile(r'^pacewell_consumer_records_total\{event_type="([^"]+)"[^}]*\} (\S+)$', re.MULTILINE)
_SENT: Final = re.compile(r'^pacewell_runtime_effects_total\{[^}]*outcome="sent"[^}]*\} (\S+)$', re.MULTILINE)

_TYPES_OF: Final = {name: tuple(row.type for row in CATALOG if row.producer == name) for name in SERVICES}
_READERS_OF: Final = {
    name: sorted({reader for row in CATALOG if row.producer == name for reader in row.consumers}) for name in SERVICES
}


class Settled:
    """Compares how many events each service published with how many each of its readers has handled since `begin`."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._start: dict[str, Counter[str]] = {}

    async def begin(self) -> None:
        """Count from here on."""
        self._start = {}
        self._start = await self._counts()

    async def wait(self, expected: Mapping[str, int] | None = None) -> None:
        """Return when every event was handled by everyone who reads its topic, twice in a row.

        `expected` is how many events of a type must have been handled at least, since what was accepted is published a
        moment later; `Trouble` when it takes too long.
        """
        until = time.monotonic() + PATIENCE_S
        before: Mapping[str, Counter[str]] | None = None
        while True:
            counts = await self._counts()
            behind = _behind(counts)
            done = handled(counts)
            behind += [kind for kind, count in (expected or {}).items() if done[kind] < count]
            if not behind and counts == before:
                return
            before = counts
            if time.monotonic() > until:
                late = ", ".join(behind)
                raise Trouble(f"After {PATIENCE_S:.0f} s these were still not handled: {late}; see the logs.")
            await asyncio.sleep(LOOK_EVERY_S)

    async def done(self) -> Counter[str]:
        """What was handled since `begin`, by type of event, and how many `messages` were sent."""
        counts = await self._counts()
        return handled(counts) + Counter(messages=counts["reminders"]["sent"])

    async def _counts(self) -> dict[str, Counter[str]]:
        texts = dict(zip(SERVICES, await asyncio.gather(*map(self._web.metrics, SERVICES)), strict=True))
        return {name: _read(text, self._start.get(name)) for name, text in texts.items()}


def handled(counts: Mapping[str, Counter[str]]) -> Counter[str]:
    """By type of event, how many were handled by the reader that is furthest behind."""
    rows = [row for row in CATALOG if row.consumers]
    return Counter({row.type: min(counts[reader][row.type] for reader in row.consumers) for row in rows})


def _behind(counts: Mapping[str, Counter[str]]) -> list[str]:
    return [
        f"events of {producer} in {reader}"
        for producer, readers in _READERS_OF.items()
        for reader in readers
        if sum(counts[reader][kind] for kind in _TYPES_OF[producer]) < counts[producer]["published"]
    ]


def _read(text: str, start: Counter[str] | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    counts["published"] = sum(int(float(value)) for value in _PUBLISHED.findall(text))
    counts["sent"] = sum(int(float(value)) for value in _SENT.findall(text))
    for kind, value in _CONSUMED.findall(text):
        counts[kind] += int(float(value))
    if start is not None:
        counts.subtract(start)
    return counts
