"""Measures how long the event loop keeps a timer waiting: the sign of work that does not yield."""

import asyncio
from typing import Final

from shared.observability.metrics import Metrics

_EVERY_S: Final = 0.25


async def watch_loop(metrics: Metrics, *, every_s: float = _EVERY_S) -> None:
    """Observe the delay of a timer, four times a second, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every_s
        await asyncio.sleep(every_s)
        metrics.loop_stall().observe(max(0.0, loop.time() - due))
