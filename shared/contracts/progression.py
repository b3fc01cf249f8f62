"""Events of `progression`: what was decided, why, and what is offered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Amount, Code, Id, Marker, Moment, Unit

MilestoneKind = Literal["first_session", "weeks_active_4"]
"""Milestones of effort and consistency; never of pain or dose (article P5.1, community 6.2 Celebrate)."""

QuestionKind = Literal["flare", "settling", "usual_pain", "kept_moving", "tryout"]
"""What a person may be asked by progression; no answer travels."""


class ProgressionDecidedV1(BaseModel):
    """One decision of the table (progression 2.5): rule, action, the dose before and after, and the text to explain it.

    `text_key` and `text_params` render the reason in the person's language; params are numbers and codes, never words.
    """

    model_config = CONTRACT
    decision_id: Id
    track_id: Id
    rule_set: Code
    rule: Code
    action: Code
    dose_before: Amount
    dose: Amount
    marker: Marker
    unit: Unit
    review: bool
    notes: tuple[Code, ...] = ()
    text_key: Code
    text_params: dict[Code, int | Code] = {}
    short_version: bool = False
    supersedes: Id | None = None


class DoseOptionV1(BaseModel):
    """One thing the person may choose; `stay` and `less` are always among them."""

    model_config = CONTRACT
    kind: Literal["step", "smaller", "stay", "less"]
    dose: Amount


class TwoBoutsV1(BaseModel):
    """The amount of one day in two bouts."""

    model_config = CONTRACT
    first: Amount
    second: Amount


class NextDimensionV1(BaseModel):
    """What may come after a reached goal (2.4): `freq` sessions a week instead of `freq_now` where that is one of the
    options, or another kind of activity, which is talked about first."""

    model_config = CONTRACT
    freq_now: Annotated[int, Field(ge=1, le=7)]
    freq: Annotated[int, Field(ge=2, le=7)] | None = None


class ProgressionProposedV1(BaseModel):
    """A step is offered; nothing rises without the person's yes before `expires_at` (W10).

    `in_two_bouts` splits the step's amount over two bouts of the day, where that fits: one more of the options. With
    `next_dimension` no step is offered: the goal is reached, `options` are to stay or less, and these beside them.
    """

    model_config = CONTRACT
    proposal_id: Id
    decision_id: Id
    track_id: Id
    dose_now: Amount
    options: Annotated[tuple[DoseOptionV1, ...], Field(min_length=2)]
    in_two_bouts: TwoBoutsV1 | None = None
    next_dimension: NextDimensionV1 | None = None
    marker: Marker
    unit: Unit
    expires_at: Moment


class ProposalWithdrawnV1(BaseModel):
    """An open offer is gone, with its reason (W10): the table no longer gives it, it ran out, or it was answered."""

    model_config = CONTRACT
    proposal_id: Id
    track_id: Id
    reason: Code


class FrequencyAgreedV1(BaseModel):
    """The person said yes to more sessions a week, and the rules still allow it (2.4, W10).

    `plans` owns the cadence and makes it the next version of that plan, unless it has changed since `freq_before`.
    """

    model_config = CONTRACT
    plan_id: Id
    proposal_id: Id
    decision_id: Id
    track_id: Id
    freq_before: Annotated[int, Field(ge=1, le=7)]
    freq: Annotated[int, Field(ge=2, le=7)]


class DoseChangedV1(BaseModel):
    """The dose in force changed, in the marker's base unit."""

    model_config = CONTRACT
    track_id: Id
    old_dose: Amount
    new_dose: Amount
    marker: Marker
    unit: Unit
    rule: Code
    decision_id: Id
    effective_at: Moment


class ReviewRequestedV1(BaseModel):
    """A human is asked to look; one open item per person, track and reason (W12).

    `suspension_id` is the stop that a look at a clinician's stop is about: once that has ended nobody need look.
    """

    model_config = CONTRACT
    review_id: Id
    track_id: Id | None
    reason: Code
    suspension_id: Id | None = None


class MilestoneReachedV1(BaseModel):
    """The person reached a milestone of effort, once in their life with the service (community 6.2 Celebrate).

    `first_session`: their first session with any amount. `weeks_active_4`: at least one session in each of four
    consecutive periods of seven days. `reached_on` is the person's own day.
    """

    model_config = CONTRACT
    milestone_id: Id
    kind: MilestoneKind
    track_id: Id | None = None
    reached_on: date


class FlareStartedV1(BaseModel):
    """A flare began (progression 2.4, 2.6): every dose is the flare's until `flare.ended` of the same flare.

    `said_by` tells who reported it, or `questions` where the person's three answers said so.
    """

    model_config = CONTRACT
    flare_id: Id
    since: Moment
    said_by: Literal["patient", "caregiver", "clinician", "questions"]


class FlareEndedV1(BaseModel):
    """A flare is over after `days` of the person's days; the way back begins (progression 2.4).

    `reason` is `told` where a person said so, `settled` where pain was low and the person said that it is settling,
    `plan_ended` where no plan is in force any more.
    """

    model_config = CONTRACT
    flare_id: Id
    since: Moment
    ended_at: Moment
    days: Annotated[int, Field(ge=0)]
    reason: Literal["told", "settled", "plan_ended"]


class FlareSuspectedV1(BaseModel):
    """Something looks like a flare: the person is asked three questions, at most once in 7 days (2.6, W8)."""

    model_config = CONTRACT
    question_id: Id
    asked_at: Moment


class SettlingAskedV1(BaseModel):
    """On day 3, 7 or 14 of a flare the person is asked whether it is settling (progression 2.6)."""

    model_config = CONTRACT
    flare_id: Id
    day: Annotated[int, Field(ge=0)]


class QuestionAskedV1(BaseModel):
    """The person is asked something; the words and the possible answers are read from `progression`.

    `flare` are the three questions of 2.6, `settling` is asked on day 3, 7 and 14 of a flare, `usual_pain` is W5,
    `kept_moving` W6, `tryout` whether a track that was tried out is kept. Without `until` it is open while it is true.
    """

    model_config = CONTRACT
    question_id: Id
    kind: QuestionKind
    track_id: Id | None = None
    asked_at: Moment
    until: Moment | None = None


class QuestionClosedV1(BaseModel):
    """A question is not open any more: it was answered, the time to answer was over, or it is none any more."""

    model_config = CONTRACT
    question_id: Id
    kind: QuestionKind
    track_id: Id | None = None
    reason: Literal["answered", "no_answer", "needless"]


class PauseStartedV1(BaseModel):
    """The plan is on pause (progression 2.4); the same `pause_id` again with another end replaces the one before.

    `until` is the person's day on which it ends by itself. Why it was asked for stays in `progression`.
    """

    model_config = CONTRACT
    pause_id: Id
    since: Moment
    until: date | None = None


class PauseEndedV1(BaseModel):
    """The pause is over: a person said so (`told`), its day had come (`until`), or no plan is in force any more."""

    model_config = CONTRACT
    pause_id: Id
    since: Moment
    ended_at: Moment
    reason: Literal["told", "until", "plan_ended"]


class AdherenceWindowV1(BaseModel):
    """What was done of the plan in the last 7 or 28 days, yesterday the last; `track_id` None for all tracks together.

    `planned_sevenths` is the planned number of sessions times seven, so that it is exact. Rates are in per cent, cut to
    whole ones; None where the days say too little (adherence 4.2). For clinicians only: people are told in words.
    """

    model_config = CONTRACT
    track_id: Id | None = None
    days: Literal[7, 28]
    eligible_days: Annotated[int, Field(ge=0, le=28)]
    planned_sevenths: Annotated[int, Field(ge=0)]
    completed: Annotated[int, Field(ge=0)]
    session_pct: Annotated[int, Field(ge=0, le=100)] | None = None
    dose_pct: Annotated[int, Field(ge=0, le=100)] | None = None
    coverage_pct: Annotated[int, Field(ge=0, le=100)] | None = None
    longest_gap: Annotated[int, Field(ge=0)] | None = None
    band: Literal["as_agreed", "partly", "may_not_fit"] | None = None


class AdherenceBlockV1(BaseModel):
    """Sessions of 28 days that began in a block of four hours of the person's day, and how many were completed."""

    model_config = CONTRACT
    block: Literal["night", "early", "morning", "midday", "afternoon", "evening"]
    begun: Annotated[int, Field(ge=0)]
    completed: Annotated[int, Field(ge=0)]


class AdherenceV1(BaseModel):
    """How the plan and the person's days go together; `weeks_kept` of the last 8 whole weeks, of those that count.

    `insights` are patterns that are asked about (article P7.7), `pillars` which of the five there are (P12.5).
    """

    model_config = CONTRACT
    windows: tuple[AdherenceWindowV1, ...]
    weeks_kept: Annotated[int, Field(ge=0, le=8)] | None = None
    weeks_counted: Annotated[int, Field(ge=0, le=8)] | None = None
    by_block: tuple[AdherenceBlockV1, ...] = ()
    insights: tuple[Code, ...] = ()
    pillars: dict[Code, Literal["active", "missing", "unknown"]] = {}


class AdherenceUpdatedV1(BaseModel):
    """Adherence as of the person's day, told anew only when it changed (adherence 4.2); windows end on the day before.

    `supersedes` is the update that late or corrected records replace (4.4).
    """

    model_config = CONTRACT
    update_id: Id
    as_of: date
    told: AdherenceV1
    supersedes: Id | None = None
