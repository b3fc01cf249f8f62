"""What the words of the rules mean, read straight off their page: share, age, zone, settled, bad, ok, over, short."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

Raw = dict[str, Any]

UNSAID: Final[Raw] = json.loads((Path(__file__).parent / "unsaid.json").read_text("utf-8"))
"""What holds where a case does not say otherwise: thresholds, standing and session."""


def scaled(amount: int | Fraction, percent: int, p: Raw) -> int:
    """A share of an amount, down to a whole number of steps, at least the smallest dose."""
    steps = int(Fraction(amount) * percent / 100 // p["step"])
    return int(max(p["dose_min"], steps * p["step"]))


def below_the_ceiling(dose: int, p: Raw) -> int:
    """No more than the agreed ceiling."""
    return dose if p["dose_max"] is None else min(dose, p["dose_max"])


def never_more(dose: int, now: int, p: Raw) -> int:
    """No more than the ceiling, and no more than is in force."""
    return min(below_the_ceiling(dose, p), now)


def age(case: Raw, day: str) -> int:
    """Whole days from a day to today; a day to come counts as today."""
    return max(0, (date.fromisoformat(case["today"]) - date.fromisoformat(day)).days)


def zone(case: Raw, session: Raw) -> str:
    """What the pain of a session is beside usual pain."""
    p, usual, pain = case["config"], case["state"]["usual_pain"], session["pain"]
    if pain is None:
        return "unknown"
    if usual is None or usual <= p["rel_switch"]:
        return "green" if pain <= p["green_max"] else "amber" if pain <= p["amber_max"] else "red"
    more = pain - usual
    if more >= p["rel_red"] or (pain >= p["abs_cap"] and more >= 1):
        return "red"
    return "amber" if more >= p["rel_amber"] else "green"


def settled(case: Raw, session: Raw) -> bool | None:
    """Whether the next morning was as it was before, within the tolerance; None where that is not known."""
    before = session["before"] if session["before"] is not None else case["state"]["usual_pain"]
    if session["morning"] is None or before is None:
        return None
    return bool(session["morning"] <= before + case["config"]["settle_tol"])


def bad(case: Raw, session: Raw) -> bool:
    """Red, or not settled."""
    return zone(case, session) == "red" or settled(case, session) is False


def ok(case: Raw, session: Raw) -> bool:
    """About as much as planned, green or amber, and not known to be unsettled."""
    p, planned = case["config"], session["planned"]
    if planned == 0 or not p["ok_pct"] * planned <= 100 * session["amount"] <= p["over_pct"] * planned:
        return False
    return zone(case, session) in ("green", "amber") and settled(case, session) is not False


def over(case: Raw, session: Raw) -> bool:
    """More than the plan by so much that the plan is not to blame."""
    return bool(100 * session["amount"] > case["config"]["over_pct"] * session["planned"])


def cut_short(case: Raw, session: Raw) -> bool:
    """Far less than planned because of pain or fatigue."""
    far_less = 100 * session["amount"] < case["config"]["short_pct"] * session["planned"]
    return far_less and session["stop"] in ("pain", "fatigue")


def from_day(case: Raw, day: str | None) -> list[Raw]:
    """The sessions from a day on, the oldest first."""
    found = [one for one in case["sessions"] if day is None or one["day"] >= day]
    return sorted(found, key=lambda one: one["day"])


def planned_since_the_change(case: Raw) -> list[Raw]:
    """What R8 to R11 look at."""
    return [one for one in from_day(case, case["state"]["changed"]) if one["planned"] > 0]
