"""How fast the table decides, and how fast a person with a year behind them is judged anew, on one core."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, Final

from services.progression.domain.history import History
from services.progression.domain.judge import Moment, case_of, judge
from services.progression.domain.model import Case, Standing, Unit
from services.progression.domain.parameters import Parameters, default_gap_limits
from services.progression.domain.state import (
    Footing,
    PatientState,
    Plan,
    TrackConfig,
    TrackState,
)
from services.progression.domain.table import decide
from services.progression.domain.units import Bout, Morning
from shared.clock import to_ms

Advance = Callable[[int, int], None]
STEPS: Final = 2
TODAY: Final = date(2025, 12, 31)
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many histories are decided, how often, and how many people are judged anew."""

    histories: int = 20_000
    rounds: int = 5
    people: int = 40


FULL: Final = Size()
QUICK: Final = Size(histories=2000, rounds=3, people=10)
TINY: Final = Size(histories=50, rounds=1, people=2)


def measure(plan: Size, advance: Advance) -> dict[str, Any]:
    """Histories a second of CPU (the middle of the rounds), and milliseconds of CPU for a person's year of days."""
    drawn = random.Random(1)
    cases = [history(drawn) for _ in range(plan.histories)]
    rules = {decide(case).rule for case in cases}
    rounds = [_per_s(cases) for _ in range(plan.rounds)]
    advance(1, STEPS)
    spent = [_anew(year(drawn)) for _ in range(plan.people)]
    advance(2, STEPS)
    return {
        "decide_per_s": round(median(rounds)),
        "rounds_per_s": [round(one) for one in rounds],
        "histories": plan.histories,
        "rules_met": len(rules),
        "person_ms": round(median(spent), 2),
        "person_ms_slowest": round(max(spent), 2),
    }


def history(drawn: random.Random) -> Case:
    """One track's last six weeks as the table reads them: mostly calm, somebody of every kind among them."""
    freq = drawn.choice([2, 3, 3, 3, 5, 7])
    dose = drawn.choice([60, 300, 600, 600, 1200, 1800])
    t1, t2 = default_gap_limits(freq)
    profile: Any = drawn.choice(["symptom_guided"] * 4 + ["quota"])
    status: Any = drawn.choice(["ACTIVE"] * 19 + ["FLARE"])
    phase: Any = drawn.choice(["GRADED"] * 9 + ["BASELINE"])
    parameters = Parameters(
        freq=freq, step=60 if dose >= 300 else 15, dose_min=60, profile=profile, goal_dose=3600, gap_t1=t1, gap_t2=t2
    )
    changed = TODAY - timedelta(days=drawn.randint(1, 28))
    returning = drawn.random() < 0.1
    standing = Standing(
        status="RETURNING" if returning else status,
        phase=phase,
        dose=dose,
        changed=changed,
        usual_pain=drawn.choice([None, 1, 2, 2, 3, 4.5, 6]),
        usual_fatigue=drawn.choice([None, 2, 4]),
        d_pre=dose if returning else None,
        ladder=(50, 75, 100) if returning else (),
        step_since=changed if returning else None,
    )
    last = drawn.choice([0, 0, 1, 2, 3, 12])
    days = range(42, last - 1, -max(1, 7 // freq))
    units = tuple(_unit(drawn, TODAY - timedelta(days=ago), dose) for ago in days if drawn.random() < 0.9)
    return Case(TODAY, parameters, standing, units)


def _unit(drawn: random.Random, day: date, dose: int) -> Unit:
    return Unit(
        day=day,
        amount=dose * drawn.choice([100, 100, 100, 95, 85, 60, 130]) // 100,
        planned=dose,
        pain=drawn.choice([1, 2, 2, 3, 4, 6, None]),
        before=drawn.choice([1, 2, 2, 3]),
        morning=drawn.choice([1, 2, 2, 3, 4, None]),
        fatigue_morning=drawn.choice([None, 2, 3, 6]),
        stop=drawn.choice([None] * 9 + ["pain"]),
        effort=drawn.choice([None, 2, 3, 4, 6]),
    )


def year(drawn: random.Random) -> PatientState:
    """A person of whom nothing was forgotten: a year of three sessions a week, and a check every morning."""
    first = TODAY - timedelta(days=364)
    bouts, mornings = [], []
    for number in range(365):
        day = first + timedelta(days=number)
        at = to_ms(datetime(day.year, day.month, day.day, 11, tzinfo=UTC))
        if day.weekday() in (0, 2, 4):
            amount, pain = drawn.choice([540, 600, 600, 660]), drawn.choice([1, 2, 3, 4])
            bout = Bout(f"s{number}", 1, day, at, at + 600_000, amount, pain, before=drawn.choice([1, 2, 3]), effort=3)
            bouts.append(bout[:])
        check = Morning(f"m{number}", day, at - 4 * _HOUR_MS, drawn.choice([1, 2, 2, 3]), drawn.choice([2, 3]))
        mornings.append(check[:])
    since = to_ms(datetime(first.year, first.month, first.day, tzinfo=UTC))
    changed = TODAY - timedelta(days=9)
    changed_at = to_ms(datetime(changed.year, changed.month, changed.day, tzinfo=UTC))
    footing = Footing(phase="GRADED", dose=600, changed=changed, changed_at=changed_at, phase_since=since)
    config = TrackConfig("duration_s", "min", 3, goal_dose=3600)
    track = TrackState(config, footing, first, doses=((since, 600),), bouts=tuple(bouts))
    plan = Plan("plan", 1, usual_pain=2, flare_plan=True, pem="no")
    return replace(PatientState(), tz="UTC", plan=plan, tracks={"walk": track}, mornings=tuple(mornings))


def _anew(state: PatientState) -> float:
    """Milliseconds of CPU from everything that was ever logged to the decision of today; nothing is kept between."""
    moment = Moment(TODAY, to_ms(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)))
    begun = time.process_time()
    judge(case_of(state, "walk", moment, History.of(state)))
    return 1000 * (time.process_time() - begun)


def _per_s(cases: list[Case]) -> float:
    """Decided as never seen before: a case remembers what was derived from it, so each round has its own."""
    fresh = [Case(case.today, case.parameters, case.standing, case.units) for case in cases]
    begun = time.process_time()
    for case in fresh:
        decide(case)
    return len(cases) / (time.process_time() - begun)
