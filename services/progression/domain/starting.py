"""R6: finding the start below tolerance (domain/progression.md 2.5, 2.5.1; V1, V2)."""

from __future__ import annotations

from services.progression.domain.model import Unit, Verdict
from services.progression.domain.view import View, scaled_ratio


def _counted(view: View) -> list[Unit]:
    return [unit for unit in view.units if unit.amount > 0 and view.age(unit) < view.p.baseline_window]


def r6a_baseline_incomplete(view: View) -> Verdict | None:
    """R6a: fewer than `baseline_n` sessions on `baseline_days` days -> a free amount, the dose stays as it is."""
    if view.standing.phase != "BASELINE":
        return None
    counted = _counted(view)
    days = len({unit.day for unit in counted})
    enough = len(counted) >= view.p.baseline_n and days >= view.p.baseline_days
    if enough and view.standing.complete:
        return None
    facts = {"done": min(len(counted), days), "need": max(view.p.baseline_n, view.p.baseline_days)}
    return Verdict("R6a", "BASELINE", view.standing.dose, facts=facts)


def r6b_set_baseline(view: View) -> Verdict | None:
    """R6b: baseline complete -> `baseline_pct` of the exact mean; with bad sessions at most the largest not bad."""
    if view.standing.phase != "BASELINE":
        return None
    counted = _counted(view)
    total = sum(unit.amount for unit in counted)
    dose = scaled_ratio(total, len(counted), view.p.baseline_pct, view.p)
    good = [unit.amount for unit in counted if not view.bad(unit)]
    any_bad = len(good) < len(counted)
    if any_bad and good:
        dose = min(dose, view.scaled(max(good), 100))
    elif any_bad:
        dose = min(dose, view.scaled(min(unit.amount for unit in counted), view.p.baseline_pct))
    notes = ("baseline_not_settled",) if any_bad else ()
    facts = {"mean": total // len(counted), "pct": view.p.baseline_pct}
    return Verdict("R6b", "SET_BASELINE", view.capped(dose), any_bad, notes, facts)
