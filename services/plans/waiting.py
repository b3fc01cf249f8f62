"""Counting for those who watch over the installation: what waits on the work list, and how the reviews go."""

import asyncio
import itertools
from collections import Counter
from datetime import timedelta
from typing import Final, get_args

import structlog

from services.plans.domain.model import WorkKind
from services.plans.domain.work import URGENCIES
from services.plans.store import MOST_URGENT_FIRST, WORK, overdue, waiting_of
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
"""Reviews are counted with every so manyth count."""

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


async def keep_counting(runtime: Runtime, every_s: float = EVERY_S) -> None:
    """Count for as long as the process runs; while the database is away the last count stands."""
    for times in itertools.count():
        try:
            await count(runtime)
            if times % REVIEWS_EVERY == 0:
                await count_reviews(runtime)
        except DependencyDown:
            pass
        except Exception as error:
            _log.error("work.not_counted", **failure(error))
        await asyncio.sleep(every_s)
