"""Which text explains a decision, and with which numbers (domain/progression.md 2.5); the words themselves are data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.progression.domain.model import Case, Fact, Override, Verdict
from services.progression.domain.view import View
from services.progression.domain.worry import worries

SAY_AGAIN_DAYS: Final = {"R10b": 28, "R10g": 14}
"""How long a long text is left unsaid after it was told once."""

REASONS: Final = frozenset({"symptoms", "medical", "goal", "trial", "records", "wish", "other"})
"""Why a clinician sets something aside; each has words of its own under R4."""

STOPPED: Final = "stopped_by_clinician"
"""Why a human looks at a stop that was no red flag: that nobody is forgotten in it."""

_OVERSHADOWED: Final = frozenset({"HOLD", "BASELINE", "FOLLOW_OVERRIDE", "ADVANCE"})
"""Where the dose stays or would rise, a worrying answer is what is talked about (W15); a lower dose explains itself."""

_STAYS: Final = frozenset({"HOLD", "RETURN_STEP"})
"""Where the dose stays or comes down; of none it stays the rest that the person chose."""

_QUOTED: Final = {
    "R1": ("sign", "level", "date"),
    "R1.clinician": ("stopped_for", "date"),
    "R6a": ("done", "need"),
    "R8c": ("old",),
    "R10d": ("date",),
    "R10e": ("remaining",),
    "R10e.pain_missing": ("remaining",),
    "R11": ("done",),
    "W10.more_often": ("freq",),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Text key and numbers; `again` when the long text was told not long ago, so that a short one will do."""

    key: str
    params: dict[str, Fact]
    again: bool = False

    @property
    def text_key(self) -> str:
        """The key under which the words are found."""
        return f"{self.key}.again" if self.again else self.key


def explain(
    verdict: Verdict, case: Case, locks: tuple[str, ...], said: dict[str, date], unit: str, *, eased: bool = False
) -> Explanation:
    """The text for the person: never a number for "dose none", and W15's own words after a worrying answer.

    `eased` is whether they do less than a clinician's fixed dose: then it is not called the clinic's (W11, 2.8).
    """
    if verdict.dose == 0 and verdict.action in _STAYS and not _talks_of_worry(verdict, case):
        return Explanation("rule.W10.rest", {"dose": 0, "unit": unit})
    key = "rule.W15" if _talks_of_worry(verdict, case) else f"rule.{_key(verdict, case, locks)}"
    if verdict.rule == "R4" and key != "rule.W15" and (lower := _lower_than_set(verdict, case, eased)) is not None:
        return Explanation(lower, {"dose": verdict.dose, "unit": unit})
    params = _quoted(key, verdict, case, unit)
    last = said.get(verdict.rule)
    again = (
        verdict.rule in SAY_AGAIN_DAYS and last is not None and (case.today - last).days < SAY_AGAIN_DAYS[verdict.rule]
    )
    return Explanation(key, params, again)


def explain_alone(verdict: Verdict, case: Case, locks: tuple[str, ...], unit: str) -> Explanation:
    """The words of one rule by itself, whatever else would be talked about first, in full."""
    key = f"rule.{_key(verdict, case, locks)}"
    return Explanation(key, _quoted(key, verdict, case, unit))


def _quoted(key: str, verdict: Verdict, case: Case, unit: str) -> dict[str, Fact]:
    params: dict[str, Fact] = {"dose": verdict.dose, "unit": unit}
    if verdict.rule == "R4" and (one := _set_by(case)) is not None:
        params["date"] = one.ends.isoformat()
    for name in _QUOTED.get(key.removeprefix("rule."), ()):
        params[name] = verdict.facts[name]
    if verdict.rule == "R6a" or key == "rule.W15":
        params.pop("dose")
    return params


def _lower_than_set(verdict: Verdict, case: Case, eased: bool) -> str | None:
    """The words of R4 where the dose is not what the clinician set: the way back gives less, or the person does."""
    fixed, standing = case.parameters.fixed_dose, case.standing
    full = standing.d_pre if fixed is None and standing.d_pre is not None else standing.dose if fixed is None else fixed
    if str(verdict.facts.get("instead_of", "")).startswith(("R5", "R7")) and 0 < verdict.dose < full:
        return "rule.R4.way_back"
    if not eased:
        return None
    return "rule.R4.eased" if verdict.dose else "rule.R4.eased.rest"


def _set_by(case: Case) -> Override | None:
    """The override behind R4; None where the plan itself fixes the dose."""
    return next((one for one in reversed(case.overrides) if one.name in ("fixed_dose", "auto")), None)


def _talks_of_worry(verdict: Verdict, case: Case) -> bool:
    return (verdict.action in _OVERSHADOWED or verdict.rule in ("R5b", "R5d")) and worries(case)


def _key(verdict: Verdict, case: Case, locks: tuple[str, ...]) -> str:
    rule, facts = verdict.rule, verdict.facts
    if rule == "R1" and "stopped_for" in facts:
        return "R1.clinician"
    if rule == "R3" and verdict.dose == 0:
        return "R3.rest"
    if rule == "W10" and verdict.action == "MORE_OFTEN":
        return "W10.more_often"
    if rule == "W10" and verdict.dose == 0:
        return "W10.rest"
    if rule == "R4":
        one = _set_by(case)
        why = "" if one is None else f".{one.reason if one.reason in REASONS else 'other'}"
        return f"R4{'' if verdict.dose else '.rest'}{why}"
    if rule == "R5c" and facts.get("lowest") == 1:
        return "R5c.lowest"
    if rule == "R9a":
        view = View.of(case)
        if "overshoot" in verdict.notes:
            twice = sum(1 for unit in view.units if view.over(unit) and view.age(unit) < 7) >= 2
            return "R9a.overshoot_twice" if twice else "R9a.overshoot"
    if rule == "R10a":
        return f"R10a.{locks[0]}" if locks else "R10a.clinician"
    if rule == "R10e" and facts.get("pain_missing") == 1 and case.parameters.profile == "symptom_guided":
        return "R10e.pain_missing"
    return rule


def reviews_for(verdict: Verdict, case: Case) -> tuple[str, ...]:
    """Why a human should look, as closed words (2.5 `Review`, overshoot rules)."""
    reasons: list[str] = []
    if verdict.review and verdict.rule == "R1" and "stopped_for" in verdict.facts:
        reasons.append(STOPPED)
    elif verdict.review:
        reasons.append(_REVIEW.get(verdict.rule, _REVIEW_BY_NOTE.get((*verdict.notes, "")[0], "override_gap")))
    view = View.of(case)
    over = [unit for unit in view.units if view.over(unit) and view.age(unit) < 28]
    if len(over) >= 3 and any(view.bad(unit) for unit in over):
        reasons.append("overshoot")
    elif len(over) >= 3 and all(view.zone(unit) == "green" and view.settled(unit) for unit in over):
        reasons.append("joint_rebaseline")
    return tuple(reasons)


_REVIEW: Final = {
    "R1": "red_flag",
    "R5c": "suspect_flare",
    "R6b": "baseline_not_settled",
    "R7c": "rebaseline",
    "R8a": "regress_repeated",
    "R8b": "regress_repeated",
    "R8c": "regress_repeated",
    "R8e": "at_floor",
    "R10c": "ceiling",
}
_REVIEW_BY_NOTE: Final = {name: name for name in ("override_not_tolerated", "suspect_flare", "rebaseline")}
