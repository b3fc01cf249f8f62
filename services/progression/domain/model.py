"""What the decision table reads and what it answers, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from services.progression.domain.parameters import Parameters

Status = Literal["ACTIVE", "RETURNING", "FLARE", "PAUSED", "SUSPENDED"]
Phase = Literal["BASELINE", "GRADED", "MAINTENANCE"]
Action = Literal[
    "STOP",
    "PAUSE",
    "FLARE_DOSE",
    "FOLLOW_OVERRIDE",
    "RETURN_STEP",
    "BASELINE",
    "SET_BASELINE",
    "REGRESS",
    "HOLD",
    "ADVANCE",
    "LESS",
    "GRANT",
    "MORE_OFTEN",
]
Fact = int | str
Zone = Literal["unknown", "green", "amber", "red"]


FIRST_RULE_SET: Final = "2025-1"
"""What a person is decided for by whose state names no rule set."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One evaluation unit (2.3): all bouts of one track in one person's day.

    `amount` and `planned` are in the track's base unit; pain, `before`, `morning` and effort are 0-10 or None when not
    given. `started` is the first start in epoch milliseconds, or None where only the day is known. `shared` marks a
    morning that already lowered another track: it holds this one, and does not lower it too (2.11 W2).
    """

    day: date
    amount: int
    planned: int
    pain: int | None = None
    before: int | None = None
    morning: int | None = None
    fatigue_morning: int | None = None
    stop: str | None = None
    effort: int | None = None
    started: int | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one track of one person stands when the table is run (2.4).

    `changed_at` and `step_since_at` (epoch milliseconds) sharpen `changed` and `step_since` to an instant; where they
    are None the day counts. `gap_rule` is False for a tick of a person who reports in batches (2.11 W6).
    `red_needs_unsettled` is True while no usual pain is known and none was confirmed (2.11 W5). `last_active` is the
    day of the last session with any amount when that is older than the units given. `complete` is False while a part
    of the person's history is missing, `may_step_up` while another upward change stands in the way of R5a. `contact` is
    the last day of which the person says that they kept moving without a record (2.11 W6).
    """

    status: Status
    phase: Phase
    dose: int
    changed: date
    red_flag: bool = False
    last_regress: date | None = None
    regress_28d: int = 0
    usual_pain: float | None = None
    usual_fatigue: float | None = None
    d_pre: int | None = None
    ladder: tuple[int, ...] = ()
    idx: int = 0
    step_since: date | None = None
    step_min_days: int = 3
    changed_at: int | None = None
    step_since_at: int | None = None
    gap_rule: bool = True
    red_needs_unsettled: bool = False
    last_active: date | None = None
    complete: bool = True
    may_step_up: bool = True
    contact: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A parameter that a clinician set, of one track or of the person (`track_id` None), from `since` until `until`.

    Instants are epoch ms, `ends` is the person's day of `until`; `seq` is that of the event that set it, `reason` a
    code, `role` that of its author.
    """

    override_id: str
    track_id: str | None
    name: str
    value: int | bool | str
    reason: str
    role: str
    since: int
    until: int
    ends: date
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Suspension:
    """An open suspension (R1): since when (epoch ms), by which sign of the red-flag list, and how grave.

    One that a clinician began without a red flag has their `reason` (a code, 2.8).
    """

    suspension_id: str
    since: int
    sign: str
    level: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one run of the table depends on, so that the same case gives the same verdict for ever.

    `overrides` are those behind the parameters and what is usual; the table itself does not read them. `rule_set` is
    the version of the rules that the person is on (2.7). `derived` keeps what was once computed of all this.
    """

    today: date
    parameters: Parameters
    standing: Standing
    units: tuple[Unit, ...]
    overrides: tuple[Override, ...] = ()
    rule_set: str = FIRST_RULE_SET
    derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the table decided: rule id, action, dose in the base unit, whether a human should look, and notes.

    `facts` holds the numbers that the explanation quotes; they follow from the case and are left out of comparison.
    """

    rule: str
    action: Action
    dose: int
    review: bool = False
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict, compare=False)
