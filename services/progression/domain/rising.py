"""R10 and R11: what must be true before a rise is offered (domain/progression.md 2.5, 2.5.1; V1-V3, V15, V40)."""

from __future__ import annotations

from datetime import timedelta

from services.progression.domain.model import Verdict
from services.progression.domain.view import View, days_between


def r10a_locked(view: View) -> Verdict | None:
    """R10a: a lock stands (2.11 W9; for ME/CFS and PEM: V40)."""
    return None if view.p.allow_increase else Verdict("R10a", "HOLD", view.standing.dose)


def r10b_goal_reached(view: View) -> Verdict | None:
    """R10b: the goal is reached -> hold and offer a next dimension."""
    goal = view.p.goal_dose
    if view.standing.phase != "MAINTENANCE" and (goal is None or view.standing.dose < goal):
        return None
    return Verdict("R10b", "HOLD", view.standing.dose, notes=("offer_next_dimension",))


def r10c_at_ceiling(view: View) -> Verdict | None:
    """R10c: at the agreed ceiling -> hold, a human may want to look."""
    ceiling = view.p.dose_max
    return (
        Verdict("R10c", "HOLD", view.standing.dose, True)
        if ceiling is not None and view.standing.dose >= ceiling
        else None
    )


def r10d_too_soon(view: View) -> Verdict | None:
    """R10d: fewer than `advance_days` since the last change, twice as many for a coarse step."""
    days = view.p.advance_days * (2 if view.coarse else 1)
    passed = days_between(view.today, view.standing.changed)
    if passed >= days:
        return None
    day = (view.standing.changed + timedelta(days=days)).isoformat()
    return Verdict("R10d", "HOLD", view.standing.dose, facts={"days": passed, "date": day})


def r10e_too_little_evidence(view: View) -> Verdict | None:
    """R10e: fewer ok sessions than needed (quota: completed ones of the last 7 days)."""
    if view.evidence >= view.need:
        return None
    nearly = 0
    if view.p.profile == "symptom_guided":
        p = view.p
        nearly = sum(
            1
            for u in view.window
            if u.pain is None and p.ok_pct * u.planned <= 100 * u.amount <= p.over_pct * u.planned
        )
    facts = {
        "ok": view.evidence,
        "need": view.need,
        "remaining": view.need - view.evidence,
        "window": 7 if view.p.profile == "quota" else view.window_days(view.need),
        "pain_missing": int(view.evidence + nearly >= view.need),
    }
    return Verdict("R10e", "HOLD", view.standing.dose, facts=facts)


def r10f_bad_in_window(view: View) -> Verdict | None:
    """R10f (symptom_guided): a bad session anywhere in the window, overshoots too."""
    bad = [unit for unit in view.window if view.bad(unit)]
    return Verdict("R10f", "HOLD", view.standing.dose, facts={"date": bad[-1].day.isoformat()}) if bad else None


def r10g_mornings_unknown(view: View) -> Verdict | None:
    """R10g (symptom_guided): fewer than two of the ok sessions are known to have settled.

    Not asked where a clinician set `mornings_needed` off; `need` is two more then (2.8, W13).
    """
    if not view.p.mornings_needed:
        return None
    known = sum(1 for unit in view.window_ok if view.settled(unit) is True)
    return Verdict("R10g", "HOLD", view.standing.dose, facts={"known": known}) if known < 2 else None


def r10h_too_hard(view: View) -> Verdict | None:
    """R10h (symptom_guided): the median effort of the ok sessions is above `rpe_cap` (V15)."""
    efforts = sorted(unit.effort for unit in view.window_ok if unit.effort is not None)
    if not efforts:
        return None
    twice = efforts[(len(efforts) - 1) // 2] + efforts[len(efforts) // 2]
    if twice <= 2 * view.p.rpe_cap:
        return None
    return Verdict("R10h", "HOLD", view.standing.dose, facts={"effort": f"{twice // 2}.5" if twice % 2 else twice // 2})


def r10i_mornings_tired(view: View) -> Verdict | None:
    """R10i (symptom_guided): two or more mornings with fatigue well above the usual."""
    usual = view.standing.usual_fatigue
    if usual is None:
        return None
    tired = sum(
        1
        for unit in view.window_ok
        if unit.fatigue_morning is not None and unit.fatigue_morning >= usual + view.p.fatigue_rise
    )
    return Verdict("R10i", "HOLD", view.standing.dose, facts={"mornings": tired}) if tired >= 2 else None


def r11_advance(view: View) -> Verdict:
    """R11 (mostly green, and quota always) and R11s (mostly amber): one step up, capped by ceiling and goal."""
    target = view.capped(max(view.p.dose_min, view.standing.dose + view.increment))
    if view.p.goal_dose is not None:
        target = min(target, view.p.goal_dose)
    green = sum(1 for unit in view.window_ok if view.zone(unit) == "green")
    facts = {"done": view.evidence, "green": green, "increment": view.increment}
    return Verdict("R11" if view.full_step else "R11s", "ADVANCE", target, facts=facts)
