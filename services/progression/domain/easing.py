"""R7, R8 and R9a: after a gap, after hard sessions, after one hard day (domain/progression.md 2.5, 2.5.1; V9, V13)."""

from __future__ import annotations

from typing import Final

from services.progression.domain.ladders import Ladder, ladder_of
from services.progression.domain.model import Fact, Unit, Verdict
from services.progression.domain.view import View, days_between

SHORT_LADDER: Final[Ladder] = ((80, 100), 3)
LONG_LADDER: Final[Ladder] = ((50, 70, 80, 90, 100), 7)
"""Rungs in per cent and days a rung lasts at least, after a gap (2.4; V13)."""

REBASELINE_PCT: Final = 50


def r7_gap(view: View) -> Verdict | None:
    """R7a, R7b, R7c: a gap from t1 -> 80 %, from t2 -> 50 %, from t3 -> find the start again from 50 %.

    Where a clinician set another ladder or entry (2.8), its first rung takes the place of the 80 % and 50 %.
    """
    gap = view.gap_days
    if not view.standing.gap_rule or gap < view.p.gap_t1:
        return None
    if gap >= view.p.gap_t3:
        facts: dict[str, Fact] = {"gap": gap, "pct": REBASELINE_PCT}
        return Verdict("R7c", "RETURN_STEP", view.lowered(REBASELINE_PCT), True, ("rebaseline",), facts)
    long = gap >= view.p.gap_t2
    rungs, first, _ = ladder_of(*(LONG_LADDER if long else SHORT_LADDER), view.p)
    pct = rungs[first]
    return Verdict("R7b" if long else "R7a", "RETURN_STEP", view.lowered(pct), facts={"gap": gap, "pct": pct})


def _counts_as_bad(view: View, unit: Unit) -> bool:
    """Bad, and not because more than the plan was done: then the plan was not too much. See also W2 and W5."""
    if view.over(unit):
        return False
    unsettled = view.settled(unit) is False and not unit.shared
    return unsettled or (view.zone(unit) == "red" and not view.standing.red_needs_unsettled)


def r8a_holds(view: View) -> dict[str, Fact] | None:
    """R8a: the very last session was red and unsettled, and no overshoot; both profiles."""
    if not view.since:
        return None
    last = view.since[-1]
    if view.over(last) or last.shared or view.zone(last) != "red" or view.settled(last) is not False:
        return None
    reference = last.before if last.before is not None else view.standing.usual_pain
    return {"pain": last.pain or 0, "morning": last.morning or 0, "reference": str(reference)}


def r8b_holds(view: View) -> dict[str, Fact] | None:
    """R8b (symptom_guided): two of the last three were bad; an overshoot keeps its place but does not count."""
    if view.p.profile == "quota":
        return None
    bad = sum(1 for unit in view.since[-3:] if _counts_as_bad(view, unit))
    return {"bad": bad} if bad >= 2 else None


def r8c_holds(view: View) -> dict[str, Fact] | None:
    """R8c (symptom_guided): two of the last three were cut short for pain or fatigue."""
    if view.p.profile == "quota":
        return None
    stops = [unit.stop or "" for unit in view.since[-3:] if view.cut_short(unit)]
    return {"stop": stops[-1]} if len(stops) >= 2 else None


def r8_regress(view: View) -> Verdict | None:
    """R8a, R8b, R8c -> `regress_pct` of the dose; R8d while the last regress is fresh; R8e at `dose_min`."""
    for rule, holds in (("R8a", r8a_holds), ("R8b", r8b_holds), ("R8c", r8c_holds)):
        facts = holds(view)
        if facts is None:
            continue
        standing, p = view.standing, view.p
        last = standing.last_regress
        if last is not None and days_between(view.today, last) < p.regress_cooldown:
            return Verdict("R8d", "HOLD", standing.dose, facts=facts)
        if standing.dose <= p.dose_min:
            return Verdict("R8e", "HOLD", standing.dose, True, ("suspect_flare", "at_floor"), facts)
        dose = view.lowered(p.regress_pct)
        return Verdict(rule, "REGRESS", dose, standing.regress_28d >= 2, facts={**facts, "old": standing.dose})
    return None


def r9a_single_bad(view: View) -> Verdict | None:
    """R9a: the very last session was bad (quota: red) -> hold; one bad session alone lowers nothing (hysteresis)."""
    if not view.since:
        return None
    last = view.since[-1]
    if not (view.zone(last) == "red" if view.p.profile == "quota" else view.bad(last)):
        return None
    notes = ("overshoot",) if view.over(last) else ()
    return Verdict("R9a", "HOLD", view.standing.dose, notes=notes, facts={"pain": last.pain or 0})
