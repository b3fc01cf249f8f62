"""What progression remembers of one person: the plan, each track's standing, what was logged lately, the open offer."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from operator import attrgetter
from typing import Final

from services.progression.domain.asked import Asking
from services.progression.domain.episodes import HERE, Away
from services.progression.domain.having import having
from services.progression.domain.kept import Kept
from services.progression.domain.lowerings import FootingRow, Lowering, LoweringRow
from services.progression.domain.model import FIRST_RULE_SET, Override, Phase, Status, Suspension
from services.progression.domain.units import Bout, BoutRow, Morning, MorningRow

LATE_DAYS: Final = 28
"""Older records are history only (2.7)."""


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """One track of the plan in force. Doses are whole numbers in the base unit of `marker`; priority 1 is highest."""

    marker: str
    unit: str
    freq: int
    priority: int = 1
    goal_dose: int | None = None
    dose_max: int | None = None
    dose_min: int | None = None
    step: int | None = None
    start_dose: int | None = None
    parameters: dict[str, int | bool | str] = field(default_factory=dict)
    increase_locked: bool = False
    tryout_until: date | None = None


@dataclass(frozen=True)
class Footing:
    """The part of a track that decisions move, kept whole so that a lowering can be undone (2.7).

    `changed` and `step_since` are days of the person, `*_at` the same as instants (epoch ms). `regressed` are the days
    of regresses, `raised_at` when the dose last rose (W2 asks which track was raised last).
    """

    status: Status = "ACTIVE"
    phase: Phase = "BASELINE"
    dose: int = 0
    changed: date = date.min
    changed_at: int = 0
    phase_since: int = 0
    regressed: tuple[date, ...] = ()
    last_regress: date | None = None
    d_pre: int | None = None
    ladder: tuple[int, ...] = ()
    idx: int = 0
    step_since: date | None = None
    step_since_at: int | None = None
    step_min_days: int = 3
    raised_at: int = 0


DIGITS: Final = 16
"""How much of a hash is kept where it is compared with one other alone."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest decision of a track, against which alone "nothing new" is judged (invariant 4).

    `snapshot` is of what it was decided from, `outcome` of what came of it: the first `DIGITS` of a hash.
    """

    decision_id: str
    snapshot: str
    outcome: str


EffortRow = tuple[str, int, date, bool]
"""A session as milestones see it: its id (shortened), revision, the person's day, and whether anything was done."""


@dataclass(frozen=True)
class TrackState:
    """One track: its configuration, its footing, what was logged for it, and what was last decided.

    `doses` is the history of the dose in force as (from epoch ms, dose), oldest first. `last_active` is the day of the
    last session with any amount that is no longer among `bouts`. `asked` counts offers without an answer, `stays` those
    answered with "stay", in a row; no offer before `quiet_until`. `said` is when a text was last told in full.
    `changed_by` is the decision that last changed the dose in force. `config` is what holds now; where an override
    stands over the plan's own configuration, that is `agreed`. `eased` is what the person does of a fixed dose (W11).
    `unnumbered` is the day from which on nothing but missing numbers has held a step (W13). `halves` are the two bouts
    that the person chose for the dose in force (W10). `had` is what held before a clinician fixed a dose, as (the dose,
    or the whole one of a way back; since when), while that stands.
    """

    config: TrackConfig
    footing: Footing
    started: date
    doses: tuple[tuple[int, int], ...] = ()
    bouts: tuple[BoutRow, ...] = ()
    last_active: date | None = None
    lowerings: tuple[LoweringRow, ...] = ()
    latest: Latest | None = None
    asked: int = 0
    stays: int = 0
    quiet_until: date | None = None
    quiet_reason: str = ""
    said: dict[str, date] = field(default_factory=dict)
    changed_by: str | None = None
    unnumbered: date | None = None
    agreed: TrackConfig | None = None
    eased: int | None = None
    halves: tuple[int, int] | None = None
    had: tuple[int, date] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The one open offer of a person (W10). `dose` is the step, `smaller` a lesser one or None, `less` the way down.

    `stage` is `clinician` while a clinician's yes must come first, else `patient`. `expires_at` is epoch ms, `made_on`
    the person's day. `halves` are the two bouts in which the step may be taken. Of the kind `next_dimension` no dose
    rises: `freq` is the number of sessions a week that is among the options (2.4).
    """

    proposal_id: str
    decision_id: str
    track_id: str
    rule: str
    dose: int
    smaller: int | None
    less: int
    expires_at: int
    made_on: date
    stage: str = "patient"
    kind: str = "step"
    halves: tuple[int, int] | None = None
    freq: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The facts of the plan in force that hold for all tracks.

    `rule_set` is the version of the rules it is on, pinned until the plan is reviewed (2.7); `review_on` the person's
    day of the next review.
    """

    plan_id: str
    version: int
    usual_pain: int | None = None
    usual_pain_override: float | None = None
    usual_fatigue: int | None = None
    flare_plan: bool = False
    pem: str = "unknown"
    ended: bool = False
    rule_set: str = FIRST_RULE_SET
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that came before what it belongs to: a session of an unknown track, an answer to an unmade offer.

    `content` is its data as JSON text, the rest what its envelope said (times in epoch ms).
    """

    kind: str
    content: str
    track_id: str | None
    occurred: int
    recorded: int
    day: date | None = None
    actor: str = "system"
    source: str = "system"
    tz: str | None = None


@dataclass(frozen=True)
class PatientState:
    """Everything progression decides from, for one person; the defaults are a person never heard of.

    `clock` is the latest moment (epoch ms) that was decided at, `ticked` the person's day the daily tick last ran for,
    `rises` the days of upward changes, `reviews` the open reviews as `track:reason`, `closed` the last closed offers,
    `heard` the day on which records last came, `voided` the voided sessions as (id, revision, day), `numbered` how many
    decisions there were. `unjudged` are tracks of a batch whose last item has not come yet, `touched` the earliest
    instant it speaks of (epoch ms), `corrected` the tracks with an amended or voided session among them.

    `suspension` is the open one, `switched` the seq of the latest word of safety, `cleared` the last ended suspensions
    as (id, from, to) in epoch ms. `reviewed` tells of each review that was closed the work item and the day.
    `overrides` are those that stand, `overridden` the ids of the last that no longer do.
    `efforts` are the sessions that milestones are looked for in, until all `milestones` are reached. `away` tells of
    flares, pauses and what is asked about them, `asking` of other questions; None for a person who never had any.
    """

    tz: str = ""
    day_starts_at: str = "03:00"
    record_mode: str = "live"
    plan: Plan | None = None
    tracks: dict[str, TrackState] = field(default_factory=dict)
    mornings: tuple[MorningRow, ...] = ()
    voided: tuple[tuple[str, int, date], ...] = ()
    waiting: tuple[Waiting, ...] = ()
    proposal: Proposal | None = None
    closed: tuple[str, ...] = ()
    rises: tuple[date, ...] = ()
    reviews: tuple[str, ...] = ()
    clock: int = 0
    ticked: date | None = None
    numbered: int = 0
    unjudged: tuple[str, ...] = ()
    touched: int | None = None
    corrected: tuple[str, ...] = ()
    heard: date | None = None
    suspension: Suspension | None = None
    switched: int = 0
    cleared: tuple[tuple[str, int, int], ...] = ()
    reviewed: dict[str, tuple[str, date]] = field(default_factory=dict)
    efforts: tuple[EffortRow, ...] = ()
    milestones: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    overridden: tuple[str, ...] = ()
    away: Away | None = None
    kept: Kept = field(default_factory=Kept)
    asking: Asking | None = None

    @property
    def active(self) -> bool:
        """Whether a plan is in force and the person's zone is known."""
        return self.plan is not None and not self.plan.ended and bool(self.tz)


def away_of(state: PatientState) -> Away:
    """The person's flares and pauses."""
    return state.away or HERE


def with_track(state: PatientState, track_id: str, track: TrackState) -> PatientState:
    """The state with one track replaced."""
    return having(state, tracks={**state.tracks, track_id: track})


def bouts_of(track: TrackState) -> list[Bout]:
    """The track's bouts."""
    return [Bout._make(row) for row in track.bouts]


def mornings_of(state: PatientState) -> list[Morning]:
    """The person's morning checks."""
    return [Morning._make(row) for row in state.mornings]


def lowerings_of(track: TrackState) -> list[Lowering]:
    """The track's lowerings that may still be taken back, oldest first."""
    return [Lowering._make(row) for row in track.lowerings]


_FOOTING: Final = attrgetter(*(one.name for one in fields(Footing)))


def row_of_footing(footing: Footing) -> FootingRow:
    """The plain row of a footing."""
    row: FootingRow = _FOOTING(footing)
    return row


def dose_hidden(track: TrackState) -> bool:
    """Whether the dose shown is none: a start is still being found, and nobody set one (W4)."""
    footing = track.footing
    return footing.phase == "BASELINE" and track.config.start_dose is None and footing.changed == track.started


def dose_at(track: TrackState, instant: int) -> int:
    """The dose in force at an instant (epoch ms); 0 before the plan."""
    dose = 0
    for since, value in track.doses:
        if since > instant:
            break
        dose = value
    return dose
