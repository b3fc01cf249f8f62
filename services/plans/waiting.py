"""Counting what waits on the work list, for those who watch over the installation: how much, and how much too long."""

import asyncio
from collections import Counter
from typing import Final, get_args

import structlog

from services.plans.domain.model import WorkKind
from services.plans.domain.work import URGENCIES
from services.plans.store import MOST_URGENT_FIRST, WORK, overdue, waiting_of
from shared.clock import to_ms
from shared.observability.logs import failure
from shared.runtime.ports import DependencyDown
from shared.runtime.runtime import Runtime

EVERY_S: Final = 10.0
MOST: Final = 1000
"""So many of one urgency are looked at, those due earliest first; what is overdue among them is counted exactly."""

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


async def keep_counting(runtime: Runtime, every_s: float = EVERY_S) -> None:
    """Count for as long as the process runs; while the database is away the last count stands."""
    while True:
        try:
            await count(runtime)
        except DependencyDown:
            pass
        except Exception as error:
            _log.error("work.not_counted", **failure(error))
        await asyncio.sleep(every_s)
