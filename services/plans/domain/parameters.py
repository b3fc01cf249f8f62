"""Which thresholds a clinician may set per track, and how far (domain/progression.md 2.2), as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.plans.domain.terms import Parameter


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both included; None = no upper bound but that of an amount."""

    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Words:
    """One of a closed list of words."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Order:
    """Some words of a closed list, each once, in the order that is wanted: `legs-back-arms`."""

    among: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, `YYYY-MM-DD`."""


Allowed = Whole | Words | Switch | Order | Day

ALLOWED: Final[Mapping[str, Allowed]] = {
    "profile": Words(("symptom_guided", "quota")),
    "apply_up": Words(("patient_confirms", "clinician_approves")),
    "baseline_n": Whole(2, 7),
    "baseline_days": Whole(2, 7),
    "baseline_window": Whole(7, 42),
    "baseline_pct": Whole(50, 100),
    "advance_days": Whole(3, 28),
    "g_normal": Whole(0, 20),
    "g_small": Whole(0, 20),
    "coarse_pct": Whole(10, 50),
    "ok_pct": Whole(60, 100),
    "over_pct": Whole(105, 150),
    "short_pct": Whole(25, 75),
    "green_max": Whole(0, 4),
    "amber_max": Whole(3, 7),
    "rel_switch": Whole(0, 10),
    "rel_amber": Whole(1, 3),
    "rel_red": Whole(2, 5),
    "abs_cap": Whole(7, 10),
    "settle_tol": Whole(0, 2),
    "rpe_cap": Whole(3, 7),
    "fatigue_rise": Whole(1, 4),
    "regress_pct": Whole(50, 95),
    "regress_cooldown": Whole(1, 14),
    "flare_pct": Whole(0, 100),
    "evidence_window": Whole(7, 42),
    "gap_t1": Whole(1, 26),
    "gap_t2": Whole(2, 27),
    "gap_t3": Whole(3, 56),
    "ladder": Words(("80-100", "75-100", "50-75-100", "50-70-80-90-100")),
    "ladder_entry": Whole(1, 5),
    "ladder_days": Whole(1, 14),
    "mornings_needed": Switch(),
    "fixed_dose": Whole(0, None),
    "auto": Switch(),
    "allow_increase": Switch(),
}
"""Name -> what it may be. `freq`, `step`, `dose_min`, `dose_max` and `goal_dose` are fields of the track itself."""

RISING: Final = (
    ("green_max", "amber_max", 2, 5),
    ("rel_amber", "rel_red", 2, 3),
    ("gap_t1", "gap_t2", None, None),
    ("gap_t2", "gap_t3", None, 28),
)
"""Pairs (lower, higher, default of each) of which the first must stay below the second."""


def breach(name: str, value: Parameter, amount_max: int | None, among: Mapping[str, Allowed] = ALLOWED) -> str | None:
    """Why this value may not be set, as a sentence, or None; `amount_max` bounds what is an amount."""
    rule = among.get(name)
    match rule:
        case None:
            return "This is not a parameter that can be set per track."
        case Switch():
            return None if isinstance(value, bool) else f"{name} must be true or false."
        case Words(allowed):
            return None if value in allowed else f"{name} must be one of: {', '.join(allowed)}."
        case Order(listed):
            words = value.split("-") if isinstance(value, str) else []
            fits = bool(words) and set(words) <= set(listed) and len(set(words)) == len(words)
            return None if fits else f"{name} must be some of these, each once, with hyphens: {', '.join(listed)}."
        case Day():
            return None if is_day(value) else f"{name} must be a day, YYYY-MM-DD."
        case Whole(low, high):
            top = amount_max if high is None else high
            fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= top  # type: ignore[operator]
            return None if fits else f"{name} must be a whole number from {low} to {top}."


def is_day(value: object) -> bool:
    """Whether this is a calendar day as `YYYY-MM-DD`."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def disorder(parameters: Mapping[str, Parameter]) -> str | None:
    """Which pair of limits is not in rising order, as a sentence, or None; a limit not set counts with its default."""
    for lower, higher, low, high in RISING:
        if lower not in parameters and higher not in parameters:
            continue
        first, second = parameters.get(lower, low), parameters.get(higher, high)
        if first is not None and second is not None and int(first) >= int(second):
            return f"{lower} must be below {higher}."
    return None
