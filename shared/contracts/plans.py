"""Events of `plans`: who is enrolled, which plan is in force, how a proposal was answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Amount, Code, Id, LocalTime, Marker, Moment, Score, Unit, Zone

Sealed = Annotated[str, Field(max_length=12_000, pattern=r"^s1\.[A-Za-z0-9_-]+$")]
"""Words sealed with the person's key (`shared.sealing`); no others have room here."""

Urgency = Literal["emergency", "urgent", "soon", "routine"]
WorkKind = Literal["red_flag", "review", "call"]
PromptKind = Literal[
    "agreement", "change_note", "goals", "review", "checkin", "measure", "lesson", "tryout", "transfer"
]


class PatientEnrolledV1(BaseModel):
    """A person is known to the tenant, with what every service needs to place their day.

    `day_starts_at` is the local wall time at which their day begins (W1); `record_mode` is `batch` for paper and phone
    people, whose silence says nothing (W6).
    """

    model_config = CONTRACT
    tz: Zone
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    day_starts_at: LocalTime = "03:00"
    record_mode: Literal["live", "batch"] = "live"


class WindowV1(BaseModel):
    """A time of the person's weekdays or weekends in which they would rather do it; local wall times."""

    model_config = CONTRACT
    days: Literal["weekday", "weekend"]
    start: LocalTime
    end: LocalTime


class TrackV1(BaseModel):
    """One activity with one objective marker, its frequency (sessions a week), bounds, and overridden parameters (2.2).

    Doses are in the marker's base unit; `unit` is only how they are shown. `priority` 1 is the highest. Until
    `tryout_until` it is only tried out: no day of it counts, and then the person keeps or drops it (article P12.3).
    `freq`, `pace` (one could sing, can talk, talks in short sentences) and `preferred_windows` are its cadence (P3.5).
    """

    model_config = CONTRACT
    track_id: Id
    activity_family: Code
    marker: Marker
    unit: Unit
    freq: Annotated[int, Field(ge=1, le=7)]
    priority: Annotated[int, Field(ge=1, le=20)] = 1
    goal_dose: Amount | None = None
    dose_max: Amount | None = None
    dose_min: Amount | None = None
    step: Amount | None = None
    start_phase: Literal["BASELINE", "GRADED"] = "BASELINE"
    start_dose: Amount | None = None
    parameters: dict[Code, int | bool | Code] = {}
    increase_locked: bool = False
    tryout_until: date | None = None
    pace: Literal["easy", "talk", "brisk"] | None = None
    preferred_windows: Annotated[tuple[WindowV1, ...], Field(max_length=6)] = ()


class PlanActivatedV1(BaseModel):
    """A plan version came into force: its tracks and the answers that decide what may rise (2.11 W4, W5, W9).

    `flare_plan_sealed` is the flare plan as JSON text `{"steps": [..], "phones": [{"label", "number"}]}`, sealed with
    the person's key; `review_on` is the person's own day of the next review.
    """

    model_config = CONTRACT
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    usual_pain: Score | None = None
    usual_pain_override: Annotated[float, Field(ge=0, le=10)] | None = None
    usual_fatigue: Score | None = None
    flare_plan: bool = False
    flare_plan_sealed: Sealed | None = None
    review_on: date | None = None
    pem: Literal["yes", "no", "unknown"] = "unknown"
    tracks: tuple[TrackV1, ...]
    effective_at: Moment


class PlanChangedV1(BaseModel):
    """A later version of a plan came into force; the whole of it, never a difference.

    `because` tells why, where no clinician made it: `more_often` is a next dimension that the person said yes to.
    """

    model_config = CONTRACT
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    usual_pain: Score | None = None
    usual_pain_override: Annotated[float, Field(ge=0, le=10)] | None = None
    usual_fatigue: Score | None = None
    flare_plan: bool = False
    flare_plan_sealed: Sealed | None = None
    review_on: date | None = None
    pem: Literal["yes", "no", "unknown"] = "unknown"
    tracks: tuple[TrackV1, ...]
    effective_at: Moment
    because: Code | None = None


class PlanEndedV1(BaseModel):
    """The plan is over; no message of any kind leaves after 60 s (W16)."""

    model_config = CONTRACT
    plan_id: Id
    reason: Literal["discharged", "withdrew", "moved", "died", "completed"]


class ProposalAnsweredV1(BaseModel):
    """The person's own answer to a proposal (W3, W10); `dose` is set for `smaller` and `less`.

    `bouts` with `accept`: the step's amount in so many bouts of the day. `dimension` with `accept`: which next
    dimension was chosen, more sessions a week or another kind of activity (2.4).
    """

    model_config = CONTRACT
    proposal_id: Id
    track_id: Id
    answer: Literal["accept", "smaller", "stay", "less"]
    dose: Amount | None = None
    bouts: Literal[2] | None = None
    dimension: Literal["frequency", "activity"] | None = None


class OverrideSetV1(BaseModel):
    """A clinician set a parameter of one track, or of the person where `track_id` is None (progression 2.8).

    `override_id` names this episode; it stands from `set_at` until `until`, or until `override.ended` names it.
    `reason` is a code of a closed list; the words beside it stay in `plans`.
    """

    model_config = CONTRACT
    override_id: Id
    track_id: Id | None = None
    parameter: Code
    value: int | bool | Code
    reason: Code
    role: Literal["clinician"] = "clinician"
    set_at: Moment
    until: Moment


class OverrideEndedV1(BaseModel):
    """An override no longer stands, before it ran out: ended by hand, replaced by a later one, or with its track."""

    model_config = CONTRACT
    override_id: Id
    track_id: Id | None = None
    parameter: Code
    because: Literal["ended", "replaced", "plan_changed", "plan_ended"]


class PromptOpenedV1(BaseModel):
    """Something waits for the person: to be read, answered or agreed to; what it is about is read from `plans`.

    It is told by a neutral message, and is too late for from `until` on.
    """

    model_config = CONTRACT
    prompt_id: Id
    kind: PromptKind
    opened_at: Moment
    until: Moment | None = None


class PromptClosedV1(BaseModel):
    """It waits no more: the person did it, its time is over, or there is no need for it."""

    model_config = CONTRACT
    prompt_id: Id
    kind: PromptKind
    because: Literal["done", "over", "needless"]


class WorkItemOpenedV1(BaseModel):
    """A human must do something: one open item per person, kind, track and reason (W12).

    `cause_event_id` is the event that asked for it; `due_at` is when it is overdue (domain/safety.md 9.1, 9.2).
    """

    model_config = CONTRACT
    item_id: Id
    kind: WorkKind
    reason: Code
    urgency: Urgency
    track_id: Id | None = None
    due_at: Moment
    cause_event_id: Id


class WorkItemClosedV1(BaseModel):
    """A human closed a work item with a note, which stays in `plans`."""

    model_config = CONTRACT
    item_id: Id
    kind: WorkKind
    reason: Code
    track_id: Id | None = None
