"""A loop that is kept busy shows as a late timer."""

import asyncio
from contextlib import suppress

from prometheus_client import CollectorRegistry

from shared.observability import stall
from shared.observability.metrics import Metrics


async def test_the_delay_of_a_timer_is_observed() -> None:
    metrics = Metrics(CollectorRegistry(), "things")
    observed = asyncio.Event()
    histogram = metrics.loop_stall()
    plain = histogram.observe

    def observe(value: float, exemplar: dict[str, str] | None = None) -> None:
        plain(value, exemplar)
        observed.set()

    histogram.observe = observe  # type: ignore[method-assign, assignment]
    watching = asyncio.create_task(stall.watch_loop(metrics, every_s=0.001))
    await asyncio.wait_for(observed.wait(), 5)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    count = metrics.registry.get_sample_value("pacewell_process_loop_stall_seconds_count", {"service": "things"})
    assert count is not None
    assert count >= 1
