"""The chaos run at its smallest: a few faults over all six services, and nothing lost, doubled or out of order."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from deploy.local.trouble import Trouble
from shared.clock import FileClock, SystemClock
from shared.runtime.ports import CrashPoint
from tests.chaos.run import Outcome, Plan, run
from tests.chaos.schedule import Entry, schedule
from tests.chaos.still import BEFORE, still
from tests.support.cluster_nursery import Nursery

SHORT: Final = (
    ("publish again", "session_logging", "far"),
    ("cut produce", "session_logging", "answer"),
    ("poison", "session_logging", ""),
    ("die", "progression", "after_fence"),
)
PLAN: Final = Plan(
    seed=6,
    logs=120,
    entries=[Entry((n + 1) / (len(SHORT) + 1), what, whom, how) for n, (what, whom, how) in enumerate(SHORT)],
    twice=(),
    people=8,
    half_days=0,
)


class Silent:
    """A screen that nobody looks at."""

    def tell(self, text: str) -> None:
        """One line."""

    def advance(self, logs: int, of: int, what: str) -> None:
        """How far it is."""


async def _ran(plan: Plan, folder: Path, nursery: Nursery) -> Outcome:
    try:
        return await run(plan, folder, nursery, Silent())
    except Trouble as trouble:
        pytest.fail(f"The infrastructure of this test is missing: {trouble}", pytrace=False)


@pytest.mark.timeout(600)
async def test_a_short_chaos_over_all_services_loses_doubles_and_reorders_nothing(
    tmp_path: Path, nursery: Nursery
) -> None:
    outcome = await _ran(PLAN, tmp_path, nursery)
    assert outcome.verdict.well, (outcome.verdict.line, outcome.verdict.problems[:5])
    assert outcome.verdict.accounted >= PLAN.logs
    assert outcome.deaths.total() >= 1


def test_time_stands_still_while_the_judge_looks_and_each_clock_keeps_its_jump(tmp_path: Path) -> None:
    """Or somebody's cue would always be under way, and there would never be a verdict."""
    moment, hour = SystemClock().now() + timedelta(days=3), timedelta(hours=1)
    right, ahead = tmp_path / "right.json", tmp_path / "ahead.json"
    with still({right: timedelta(0), ahead: hour}, moment):
        time.sleep(3)  # the time that must not pass on these clocks
        shown = [FileClock(right).now(), FileClock(ahead).now() - hour]
    assert all(timedelta(0) < moment - one <= BEFORE for one in shown), shown


def test_a_schedule_follows_from_its_seed_and_has_a_death_at_every_crash_point() -> None:
    whole = schedule(5, 60)
    assert whole == schedule(5, 60)
    assert whole != schedule(6, 60)
    assert len(whole) == 60
    assert {entry.detail for entry in whole if entry.what == "die"} == {point.value for point in CrashPoint}
