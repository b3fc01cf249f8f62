"""The thresholds of the decision table (domain/progression.md 2.2): defaults, allowed ranges, checked overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

Profile = Literal["symptom_guided", "quota"]
ApplyUp = Literal["patient_confirms", "clinician_approves"]
Marker = Literal["duration_s", "reps", "distance_m"]

GAP_BASELINE_DAYS: Final = 28
"""t3, domain/progression.md 2.2: from this gap on the start is found again (R7c)."""


class ParameterOutOfRange(ValueError):
    """An override is unknown, of the wrong type, or outside the range that 2.2 allows; names the parameter only."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every threshold the table reads, for one track of one person (2.2).

    Amounts (`step`, `dose_min`, `dose_max`, `goal_dose`, `fixed_dose`) are whole numbers in the base unit of the
    track's marker: seconds, repetitions or metres. `*_pct` and `g_*` are whole per cent, `*_days`, `*_window` and
    `*_cooldown` whole days, pain and effort are points of 0-10. `ladder` (per cent, None = that of 2.4), `ladder_entry`
    (1 = its first rung) and `ladder_days` (a rung lasts at least) shape every way back that begins (2.8).
    `mornings_needed` False asks for two more ok sessions instead of known mornings (R10g, 2.8).
    """

    freq: int
    step: int
    dose_min: int
    profile: Profile = "symptom_guided"
    apply_up: ApplyUp = "patient_confirms"
    dose_max: int | None = None
    goal_dose: int | None = None
    baseline_n: int = 3
    baseline_days: int = 3
    baseline_window: int = 14
    baseline_pct: int = 80
    advance_days: int = 7
    g_normal: int = 10
    g_small: int = 5
    coarse_pct: int = 20
    ok_pct: int = 80
    over_pct: int = 125
    short_pct: int = 50
    green_max: int = 2
    amber_max: int = 5
    rel_switch: int = 3
    rel_amber: int = 2
    rel_red: int = 3
    abs_cap: int = 9
    settle_tol: int = 1
    rpe_cap: int = 4
    fatigue_rise: int = 2
    regress_pct: int = 80
    regress_cooldown: int = 3
    evidence_window: int = 14
    flare_pct: int = 50
    gap_t1: int = 7
    gap_t2: int = 14
    gap_t3: int = GAP_BASELINE_DAYS
    ladder: str | None = None
    ladder_entry: int | None = None
    ladder_days: int | None = None
    mornings_needed: bool = True
    auto: bool = True
    allow_increase: bool = True
    fixed_dose: int | None = None


RANGES: Final[Mapping[str, tuple[int, int | None]]] = {
    "freq": (1, 7),
    "step": (1, None),
    "dose_min": (1, None),
    "dose_max": (0, None),
    "goal_dose": (0, None),
    "fixed_dose": (0, None),
    "baseline_n": (2, 7),
    "baseline_days": (2, 7),
    "baseline_window": (7, 42),
    "baseline_pct": (50, 100),
    "advance_days": (3, 28),
    "g_normal": (0, 20),
    "g_small": (0, 20),
    "coarse_pct": (10, 50),
    "ok_pct": (60, 100),
    "over_pct": (105, 150),
    "short_pct": (25, 75),
    "green_max": (0, 4),
    "amber_max": (3, 7),
    "rel_switch": (0, 10),
    "rel_amber": (1, 3),
    "rel_red": (2, 5),
    "abs_cap": (7, 10),
    "settle_tol": (0, 2),
    "rpe_cap": (3, 7),
    "fatigue_rise": (1, 4),
    "regress_pct": (50, 95),
    "regress_cooldown": (1, 14),
    "evidence_window": (7, 42),
    "flare_pct": (0, 100),
    "gap_t1": (1, GAP_BASELINE_DAYS - 2),
    "gap_t2": (2, GAP_BASELINE_DAYS - 1),
    "gap_t3": (3, 2 * GAP_BASELINE_DAYS),
    "ladder_entry": (1, 5),
    "ladder_days": (1, 14),
}
"""Name -> (lowest, highest) whole number allowed as an override (2.2); None = no upper bound."""

CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "profile": frozenset({"symptom_guided", "quota"}),
    "apply_up": frozenset({"patient_confirms", "clinician_approves"}),
    "ladder": frozenset({"80-100", "75-100", "50-75-100", "50-70-80-90-100"}),
}
SWITCHES: Final = frozenset({"auto", "allow_increase", "mornings_needed"})
OPTIONAL: Final = frozenset({"dose_max", "goal_dose", "fixed_dose"})
NAMES: Final = frozenset(field.name for field in fields(Parameters))


def check_override(name: str, value: object) -> None:
    """Accept `value` for parameter `name` or raise `ParameterOutOfRange`; None means "not set" where 2.2 allows it."""
    if name in CHOICES:
        if not isinstance(value, str) or value not in CHOICES[name]:
            raise ParameterOutOfRange(f"{name} must be one of {', '.join(sorted(CHOICES[name]))}")
    elif name in SWITCHES:
        if not isinstance(value, bool):
            raise ParameterOutOfRange(f"{name} must be true or false")
    elif name in RANGES:
        low, high = RANGES[name]
        if value is None and name in OPTIONAL:
            return
        within = isinstance(value, int) and not isinstance(value, bool) and low <= value and (not high or value <= high)
        if not within:
            raise ParameterOutOfRange(f"{name} must be a whole number from {low}" + (f" to {high}" if high else " up"))
    else:
        raise ParameterOutOfRange("unknown parameter")


def parameters_from(values: Mapping[str, Any]) -> Parameters:
    """Build `Parameters` from names and values, each checked against 2.2; raises `ParameterOutOfRange`."""
    for name, value in values.items():
        check_override(name, value)
    missing = {"freq", "step", "dose_min"} - values.keys()
    if missing:
        raise ParameterOutOfRange(f"{sorted(missing)[0]} is required")
    return Parameters(**values)


def ceil_div(a: int, b: int) -> int:
    """The smallest whole number that is not below a / b."""
    return -(-a // b)


def default_step(marker: Marker, reference: int) -> int:
    """The default step (2.2 `step`) at an amount: 60 s from 5 min up, 15 s below; 50 m from 500 m, 10 m below; 1 rep.

    A fixed 60 s on a start of one minute would double it in one step (domain/stories.md 1).
    """
    if marker == "duration_s":
        return 60 if reference >= 300 else 15
    if marker == "distance_m":
        return 50 if reference >= 500 else 10
    return 1


def default_dose_min(marker: Marker) -> int:
    """The smallest dose unless the clinician sets one (2.2 `dose_min`): 60 s, 50 m, 1 rep."""
    return {"duration_s": 60, "distance_m": 50, "reps": 1}[marker]


def default_baseline_window(baseline_n: int, freq: int) -> int:
    """max(14, 7 * ceil(n / F) + 7) days (2.2): with 14 alone a once-a-week person can never finish a baseline."""
    return min(42, max(14, 7 * ceil_div(baseline_n, freq) + 7))


def default_gap_limits(own_freq: int) -> tuple[int, int]:
    """t1, t2 in days from the person's own sessions a week (2.2): max(7, 2 * ceil(7 / Fs)) and max(14, t1 + 7)."""
    t1 = max(7, 2 * ceil_div(7, own_freq))
    return t1, max(14, t1 + 7)
