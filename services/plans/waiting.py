"""Counting for those who watch over the installation: what waits on the work list, how long it took, and reviews."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, get_args

import structlog

from services.plans.domain.model import WorkKind
from services.plans.domain.work import URGENCIES
from services.plans.store import (
    FIRST_CLOSED_FIRST,
    MOST_URGENT_FIRST,
    WORK,
    closed_since,
    overdue,
    waiting_of,
)
from services.plans.store.reviews import REVIEWS
from shared.clock import to_ms
from shared.observability.logs import failure
from shared.runtime.ports import DependencyDown
from shared.runtime.runtime import Runtime

EVERY_S: Final = 10.0
MOST: Final = 1000
"""So many of one urgency are looked at, those due earliest first; what is overdue among them is counted exactly."""

LOOP: Final = timedelta(weeks=12)
REVIEWS_EVERY: Final = 30
"""Reviews, and how long what was closed took, are counted with every so manyth count."""

HEARD_LATE: Final = timedelta(hours=1)
"""So late the closing of an item may be heard of and still be counted: a stop is ended in another service."""


@dataclass(slots=True)
class Closings:
    """What this process has counted of the items closed since it began (epoch ms); `seen` are the latest ids."""

    began_ms: int
    from_ms: int
    seen: dict[str, int] = field(default_factory=dict)


_log = structlog.get_logger(__name__)


async def count(runtime: Runtime) -> None:
    """Count once, over all clinics: every process tells the same, so that the greatest is right. `DependencyDown`."""
    now_ms = to_ms(runtime.clock.now())
    waiting: Counter[tuple[str, str]] = Counter()
    late: Counter[tuple[str, str]] = Counter()
    for urgency in URGENCIES:
        for item in await runtime.store.find(WORK, waiting_of(urgency), MOST_URGENT_FIRST, MOST):
            of = (item["kind"], urgency)
            waiting[of] += 1
            late[of] += overdue(item["order"], now_ms)
    for kind in get_args(WorkKind):
        for urgency in URGENCIES:
            runtime.metrics.work_items_waiting(kind, urgency).set(waiting[kind, urgency])
            runtime.metrics.work_items_overdue(kind, urgency).set(late[kind, urgency])


async def count_reviews(runtime: Runtime) -> None:
    """Count the reviews done in the last 12 weeks: the interval kept or not, and what changed since the one before
    (article P11.7). `DependencyDown`."""
    since = to_ms(runtime.clock.now() - LOOP)
    done = await runtime.store.find(REVIEWS, {"done_ms": {"$gte": since}}, (("done_ms", -1),), MOST)
    on_time = sum(one["on_time"] for one in done)
    runtime.metrics.reviews_done("yes").set(on_time)
    runtime.metrics.reviews_done("no").set(len(done) - on_time)
    runtime.metrics.review_plan_versions().set(sum(one["plan_versions"] for one in done))


def closings(now: datetime) -> Closings:
    """Counting that begins now."""
    return Closings(to_ms(now), to_ms(now))


async def count_closed(runtime: Runtime, known: Closings) -> None:
    """How long each item took that somebody did since the last count, over all clinics (article P12.4).

    Each process counts all of them, from its own start; what ended with its plan was done by nobody. `DependencyDown`.
    """
    metrics, late_ms = runtime.metrics, HEARD_LATE // timedelta(milliseconds=1)
    async for item in _closed(runtime, max(known.began_ms, known.from_ms - late_ms)):
        if item["_id"] in known.seen:
            continue
        known.seen[item["_id"]] = item["closed_ms"]
        known.from_ms = max(known.from_ms, item["closed_ms"])
        if item["closed_because"] != "plan_ended":
            of = (item["kind"], item["urgency"])
            closed = datetime.fromisoformat(item["closed_at"])
            taken = datetime.fromisoformat(item["taken_at"] or item["closed_at"])
            opened = datetime.fromisoformat(item["opened_at"])
            metrics.work_item_taken(*of).observe(max(0.0, (taken - opened).total_seconds()))
            metrics.work_item_closed(*of).observe(max(0.0, (closed - opened).total_seconds()))
    known.seen = {id: at for id, at in known.seen.items() if at >= known.from_ms - late_ms}


async def _closed(runtime: Runtime, from_ms: int) -> AsyncIterator[Mapping[str, Any]]:
    """Every item closed since then, page by page; some of them twice."""
    while True:
        page = await runtime.store.find(WORK, closed_since(from_ms), FIRST_CLOSED_FIRST, MOST)
        for item in page:
            yield item
        if len(page) < MOST or page[-1]["closed_ms"] == from_ms:
            return
        from_ms = page[-1]["closed_ms"]


async def keep_counting(runtime: Runtime, every_s: float = EVERY_S) -> None:
    """Count for as long as the process runs; while the database is away the last count stands."""
    known = closings(runtime.clock.now())
    for times in itertools.count():
        try:
            await count(runtime)
            if times % REVIEWS_EVERY == 0:
                await count_reviews(runtime)
                await count_closed(runtime, known)
        except DependencyDown:
            pass
        except Exception as error:
            _log.error("work.not_counted", **failure(error))
        await asyncio.sleep(every_s)
