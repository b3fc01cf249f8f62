"""Short hand for cases of the decision table: a base case to which each test says only what differs."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.progression.domain.model import Case, Standing, Unit, Verdict
from services.progression.domain.parameters import Parameters
from services.progression.domain.table import decide

TODAY = date(2025, 5, 20)


def ago(days: int) -> date:
    """So many days before today."""
    return TODAY - timedelta(days=days)


def done(days_ago: int, **changes: Any) -> Unit:
    """A session of 10 planned minutes, as planned, pain 2 before, during and the next morning."""
    values: dict[str, Any] = {"amount": 600, "planned": 600, "pain": 2, "before": 2, "morning": 2}
    return Unit(day=ago(days_ago), **{**values, **changes})


def steady(*days_ago: int, **changes: Any) -> tuple[Unit, ...]:
    """Several such sessions."""
    return tuple(done(days, **changes) for days in days_ago)


def case(units: Iterable[Unit] = (), *, parameters: dict[str, Any] | None = None, **standing: Any) -> Case:
    """Three sessions a week, 10 minutes since 10 days, usual pain 2; sessions 6, 4 and 2 days ago."""
    values: dict[str, Any] = {"status": "ACTIVE", "phase": "GRADED", "dose": 600, "changed": ago(10), "usual_pain": 2}
    return Case(
        today=TODAY,
        parameters=replace(Parameters(freq=3, step=60, dose_min=60), **(parameters or {})),
        standing=Standing(**{**values, **standing}),
        units=tuple(units) or steady(6, 4, 2),
    )


def answer(*args: Any, **kwargs: Any) -> tuple[str, int]:
    """Rule and dose for a case."""
    verdict = verdict_on(*args, **kwargs)
    return verdict.rule, verdict.dose


def verdict_on(*args: Any, **kwargs: Any) -> Verdict:
    """The verdict on a case."""
    return decide(case(*args, **kwargs))
