"""The decision table a second time: a second, plain reading of the rules; it imports nothing from the service.

It is slow and simple: one case as read from JSON in, one answer out. Where the two disagree one of them has misread
`deploy/docs/rules.md`. Sessions lie on days of their own.
"""

from fractions import Fraction
from math import ceil
from statistics import median
from typing import NamedTuple

from tests.vectors.words import (
    UNSAID,
    Raw,
    age,
    bad,
    below_the_ceiling,
    cut_short,
    from_day,
    never_more,
    ok,
    over,
    planned_since_the_change,
    scaled,
    settled,
    zone,
)

WAYS_BACK = ("R5a", "R5b", "R5c", "R5d", "R7a", "R7b", "R7c")
WAYS_DOWN = ("R8a", "R8b", "R8c", "R8e")


def read(case: Raw) -> Raw:
    """Rule, action, dose, review and notes of a case; what it does not say is in `unsaid.json`."""
    whole = {
        "today": case["today"],
        "config": {**UNSAID["config"], **case["config"]},
        "state": {**UNSAID["state"], **case["state"]},
        "sessions": [{**UNSAID["session"], **one} for one in case["sessions"]],
    }
    return decided(whole)


def decided(case: Raw) -> Raw:
    """The table from top to bottom."""
    state, p = case["state"], case["config"]
    status, dose = state["status"], state["dose"]
    if state["red_flag"] or status == "SUSPENDED":
        return said("R1", "STOP", 0, review=True)
    if status == "PAUSED":
        return said("R2", "PAUSE", 0)
    if status == "FLARE":
        eased = 0 if p["flare_pct"] == 0 else never_more(scaled(dose, p["flare_pct"], p), dose, p)
        return said("R3", "FLARE_DOSE", eased if p["fixed_dose"] is None else min(eased, p["fixed_dose"]))
    if p["fixed_dose"] is not None or not p["auto"]:
        return set_by_a_clinician(case)
    if status == "RETURNING":
        return on_the_way_back(case)
    if state["phase"] == "BASELINE":
        return finding_the_start(case)
    return gap(case) or eased_by_symptoms(case) or held(case) or rise(case)


def said(rule: str, action: str, dose: int, *notes: str, review: bool = False) -> Raw:
    """An answer in the form of the vectors."""
    return {"rule": rule, "action": action, "dose": dose, "review": review, "notes": list(notes)}


def set_by_a_clinician(case: Raw) -> Raw:
    """R4, never above what R5 or R7 would give."""
    p = case["config"]
    dose = case["state"]["dose"] if p["fixed_dose"] is None else p["fixed_dose"]
    without = decided({**case, "config": {**p, "auto": True, "fixed_dose": None}})
    if without["rule"] in WAYS_BACK:
        least = min(dose, without["dose"])
        return said("R4", "FOLLOW_OVERRIDE", least, *without["notes"], review=without["review"])
    if without["rule"] in WAYS_DOWN:
        return said("R4", "FOLLOW_OVERRIDE", dose, "override_not_tolerated", review=True)
    return said("R4", "FOLLOW_OVERRIDE", dose)


def on_the_way_back(case: Raw) -> Raw:
    """R5c, R5b, R5a, R5d."""
    state, p = case["state"], case["config"]
    ladder, rung = state["ladder"], state["idx"]
    here = [one for one in from_day(case, state["step_since"]) if one["planned"] > 0 or one["amount"] > 0]
    hard = [bad(case, one) or cut_short(case, one) for one in here]

    def step(rule: str, to: int, *notes: str, review: bool = False) -> Raw:
        whole = ("active",) if rule == "R5a" and ladder[to] == 100 else ()
        dose = below_the_ceiling(scaled(state["d_pre"], ladder[to], p), p)
        return said(rule, "RETURN_STEP", dose, *notes, *whole, review=review)

    if len(hard) >= 2 and hard[-1] and hard[-2]:
        return step("R5c", rung - 1) if rung else step("R5c", rung, "suspect_flare", review=True)
    if hard and hard[-1]:
        return step("R5b", rung)
    well = sum(1 for one in here if ok(case, one))
    long_enough = state["step_since"] is not None and age(case, state["step_since"]) >= state["step_min_days"]
    if well >= 2 and long_enough and rung + 1 < len(ladder):
        return step("R5a", rung + 1)
    return step("R5d", rung)


def finding_the_start(case: Raw) -> Raw:
    """R6a, R6b."""
    p = case["config"]
    found = [one for one in case["sessions"] if one["amount"] > 0 and age(case, one["day"]) < p["baseline_window"]]
    if len(found) < p["baseline_n"] or len({one["day"] for one in found}) < p["baseline_days"]:
        return said("R6a", "BASELINE", case["state"]["dose"])
    dose = scaled(Fraction(sum(one["amount"] for one in found), len(found)), p["baseline_pct"], p)
    if not any(bad(case, one) for one in found):
        return said("R6b", "SET_BASELINE", below_the_ceiling(dose, p))
    good = [one["amount"] for one in found if not bad(case, one)]
    most = scaled(max(good), 100, p) if good else scaled(min(one["amount"] for one in found), p["baseline_pct"], p)
    dose = below_the_ceiling(min(dose, most), p)
    return said("R6b", "SET_BASELINE", dose, "baseline_not_settled", review=True)


def gap(case: Raw) -> Raw | None:
    """R7a, R7b, R7c."""
    state, p = case["state"], case["config"]
    active = [one["day"] for one in case["sessions"] if one["amount"] > 0]
    days = age(case, max(active, default=state["changed"]))
    first = p.get("gap_t1", max(7, 2 * ceil(Fraction(7, p["freq"]))))
    second = p.get("gap_t2", max(14, first + 7))
    third = p.get("gap_t3", 28)
    if days < first:
        return None
    rule, percent = ("R7a", 80) if days < second else ("R7b", 50) if days < third else ("R7c", 50)
    dose = never_more(scaled(state["dose"], percent, p), state["dose"], p)
    if rule == "R7c":
        return said(rule, "RETURN_STEP", dose, "rebaseline", review=True)
    return said(rule, "RETURN_STEP", dose)


def eased_by_symptoms(case: Raw) -> Raw | None:
    """R8a to R8e, R9a."""
    state, p = case["state"], case["config"]
    since = planned_since_the_change(case)
    if not since:
        return None
    last, latest = since[-1], since[-3:]
    rule = None
    if zone(case, last) == "red" and settled(case, last) is False and not over(case, last):
        rule = "R8a"
    elif p["profile"] == "symptom_guided":
        if sum(1 for one in latest if bad(case, one) and not over(case, one)) >= 2:
            rule = "R8b"
        elif sum(1 for one in latest if cut_short(case, one)) >= 2:
            rule = "R8c"
    if rule is not None:
        if state["last_regress"] is not None and age(case, state["last_regress"]) < p["regress_cooldown"]:
            return said("R8d", "HOLD", state["dose"])
        if state["dose"] <= p["dose_min"]:
            return said("R8e", "HOLD", state["dose"], "suspect_flare", "at_floor", review=True)
        lower = never_more(scaled(state["dose"], p["regress_pct"], p), state["dose"], p)
        return said(rule, "REGRESS", lower, review=state["regress_28d"] >= 2)
    hard = zone(case, last) == "red" if p["profile"] == "quota" else bad(case, last)
    if hard:
        return said("R9a", "HOLD", state["dose"], *(("overshoot",) if over(case, last) else ()))
    return None


class Weighed(NamedTuple):
    """For R10 and R11: days to wait, ok sessions needed and found, their window, and by how much and what to rise."""

    days: int
    need: int
    found: int
    within: list[Raw]
    more: int
    rule: str


def weighed(case: Raw) -> Weighed:
    """The evidence for a rise; a coarse step asks for twice the days and the sessions."""
    state, p = case["state"], case["config"]
    since = planned_since_the_change(case)
    quota = p["profile"] == "quota"
    need = ceil(Fraction(8 * p["freq"], 10)) if quota else max(2, ceil(Fraction(2 * p["freq"], 3)))
    if not quota and state["last_regress"] is not None and state["last_regress"] == state["changed"]:
        need += 1
    within = window(case, since, need)
    normal = quota or p["g_small"] == p["g_normal"] or mostly_green(case, within)
    more, rule = increase(case, normal=normal), "R11" if normal else "R11s"
    coarse = 100 * more > p["coarse_pct"] * state["dose"]
    days = p["advance_days"] * (2 if coarse else 1)
    if quota:
        week = [one for one in since if age(case, one["day"]) < 7]
        done = sum(1 for one in week if 100 * one["amount"] >= p["ok_pct"] * one["planned"])
        return Weighed(days, need, done, within, more, rule)
    need = need * (2 if coarse else 1) + (0 if p["mornings_needed"] else 2)
    within = window(case, since, need)
    found = sum(1 for one in within if ok(case, one))
    return Weighed(days, need, found, within, more, rule)


def mostly_green(case: Raw, within: list[Raw]) -> bool:
    """Whether half or more of the ok sessions were green; without any, not."""
    well = [one for one in within if ok(case, one)]
    return bool(well) and 2 * sum(1 for one in well if zone(case, one) == "green") >= len(well)


def window(case: Raw, since: list[Raw], need: int) -> list[Raw]:
    """The sessions young enough to count."""
    p = case["config"]
    days = max(p["evidence_window"], ceil(Fraction(7 * need, p["freq"])) + 7)
    return [one for one in since if age(case, one["day"]) < days]


def increase(case: Raw, *, normal: bool) -> int:
    """How much more a rise would be, before goal and ceiling."""
    p, dose = case["config"], case["state"]["dose"]
    share = dose * p["g_normal" if normal else "g_small"] // 100 // p["step"] * p["step"]
    return int(max(p["step"], share))


def held(case: Raw) -> Raw | None:
    """R10a to R10i."""
    state, p = case["state"], case["config"]
    dose = state["dose"]
    evidence = weighed(case)
    if not p["allow_increase"]:
        return said("R10a", "HOLD", dose)
    if state["phase"] == "MAINTENANCE" or (p["goal_dose"] is not None and dose >= p["goal_dose"]):
        return said("R10b", "HOLD", dose, "offer_next_dimension")
    if p["dose_max"] is not None and dose >= p["dose_max"]:
        return said("R10c", "HOLD", dose, review=True)
    if age(case, state["changed"]) < evidence.days:
        return said("R10d", "HOLD", dose)
    if evidence.found < evidence.need:
        return said("R10e", "HOLD", dose)
    return None if p["profile"] == "quota" else held_by_symptoms(case, evidence.within)


def held_by_symptoms(case: Raw, within: list[Raw]) -> Raw | None:
    """R10f to R10i."""
    p, usual, dose = case["config"], case["state"]["usual_fatigue"], case["state"]["dose"]
    if any(bad(case, one) for one in within):
        return said("R10f", "HOLD", dose)
    well = [one for one in within if ok(case, one)]
    if p["mornings_needed"] and sum(1 for one in well if settled(case, one) is True) < 2:
        return said("R10g", "HOLD", dose)
    efforts = [one["effort"] for one in well if one["effort"] is not None]
    if efforts and median(efforts) > p["rpe_cap"]:
        return said("R10h", "HOLD", dose)
    tired = [one["fatigue_morning"] for one in well if one["fatigue_morning"] is not None]
    if usual is not None and sum(1 for one in tired if one >= usual + p["fatigue_rise"]) >= 2:
        return said("R10i", "HOLD", dose)
    return None


def rise(case: Raw) -> Raw:
    """R11, R11s: an offer."""
    p, dose = case["config"], case["state"]["dose"]
    evidence = weighed(case)
    caps = [cap for cap in (p["goal_dose"], p["dose_max"]) if cap is not None]
    return said(evidence.rule, "ADVANCE", min([max(p["dose_min"], dose + evidence.more), *caps]))
