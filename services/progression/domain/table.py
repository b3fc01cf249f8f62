"""The decision table of domain/progression.md 2.5 and 2.5.1: the rules in order, the first that applies decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from services.progression.domain.easing import r7_gap, r8_regress, r9a_single_bad
from services.progression.domain.model import Case, Verdict
from services.progression.domain.returning import r5_returning
from services.progression.domain.rising import (
    r10a_locked,
    r10b_goal_reached,
    r10c_at_ceiling,
    r10d_too_soon,
    r10e_too_little_evidence,
    r10f_bad_in_window,
    r10g_mornings_unknown,
    r10h_too_hard,
    r10i_mornings_tired,
    r11_advance,
)
from services.progression.domain.starting import r6a_baseline_incomplete, r6b_set_baseline
from services.progression.domain.view import View

RULE_SET: Final = "2025-1"
"""Version of the rules for whoever begins now; each decision names its own, which is part of its id (2.7)."""

Rule = Callable[[View], Verdict | None]


def r1_red_flag(view: View) -> Verdict | None:
    """R1: a red flag is open, or automation is suspended -> stop; only a human ends it (safety 9.3)."""
    if view.standing.red_flag or view.standing.status == "SUSPENDED":
        return Verdict("R1", "STOP", 0, True)
    return None


def r2_paused(view: View) -> Verdict | None:
    """R2: the person paused; an override never cancels that."""
    return Verdict("R2", "PAUSE", 0) if view.standing.status == "PAUSED" else None


def r3_flare(view: View) -> Verdict | None:
    """R3: `flare_pct` of the dose in force, optional; never above a fixed dose; 0 % means rest (V10-V12)."""
    if view.standing.status != "FLARE":
        return None
    dose = 0 if view.p.flare_pct == 0 else view.lowered(view.p.flare_pct)
    if view.p.fixed_dose is not None:
        dose = min(dose, view.p.fixed_dose)
    return Verdict("R3", "FLARE_DOSE", dose)


def r4_override(view: View) -> Verdict | None:
    """R4: a clinician's fixed dose, or automation off; never above what R5 or R7 would give."""
    if view.p.auto and view.p.fixed_dose is None:
        return None
    dose = view.standing.dose if view.p.fixed_dose is None else view.p.fixed_dose
    freely = replace(view.p, auto=True, fixed_dose=None)
    without = decide(Case(view.today, freely, view.standing, tuple(view.units), rule_set=view.rule_set))
    if without.rule.startswith(("R5", "R7")):
        facts = {**without.facts, "instead_of": without.rule}
        return Verdict("R4", "FOLLOW_OVERRIDE", min(dose, without.dose), without.review, without.notes, facts)
    if without.rule in ("R8a", "R8b", "R8c", "R8e"):
        facts = {**without.facts, "instead_of": without.rule}
        return Verdict("R4", "FOLLOW_OVERRIDE", dose, True, ("override_not_tolerated",), facts)
    return Verdict("R4", "FOLLOW_OVERRIDE", dose)


BEFORE_EVIDENCE: Final[tuple[Rule, ...]] = (
    r1_red_flag,
    r2_paused,
    r3_flare,
    r4_override,
    r5_returning,
    r6a_baseline_incomplete,
    r6b_set_baseline,
    r7_gap,
    r8_regress,
    r9a_single_bad,
    r10a_locked,
    r10b_goal_reached,
    r10c_at_ceiling,
    r10d_too_soon,
    r10e_too_little_evidence,
)
"""Every rule of both profiles that comes before a rise, in the order of 2.5."""

SYMPTOM_GUIDED: Final[tuple[Rule, ...]] = (
    r10f_bad_in_window,
    r10g_mornings_unknown,
    r10h_too_hard,
    r10i_mornings_tired,
)
"""Symptoms hold a rise only in the symptom-guided profile (2.5.1); quota goes by completed amounts (V5)."""

RULES: Final = {
    "symptom_guided": (*BEFORE_EVIDENCE, *SYMPTOM_GUIDED, r11_advance),
    "quota": (*BEFORE_EVIDENCE, r11_advance),
}
"""The table itself: exactly one rule fires, and the last one always does."""

TABLES: Final[Mapping[str, Mapping[str, tuple[Rule, ...]]]] = {RULE_SET: RULES}
"""Every version ever in force: a person stays on theirs until the plan is reviewed, so none is ever removed (2.7)."""


def decide(case: Case) -> Verdict:
    """Run the table of the case's rule set once.

    Pure, whole-number exact, independent of the order of `case.units` on different days.
    """
    view = View.of(case)
    for rule in TABLES[case.rule_set][case.parameters.profile]:
        verdict = rule(view)
        if verdict is not None:
            return verdict
    raise AssertionError("the last rule of the table always fires")
