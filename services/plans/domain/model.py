"""What is known about one person: enrolment, the plan in force, and the offers that wait for an answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.plans.domain.agreement import NOTHING_AGREED, Acceptance, Agreement, Why
from services.plans.domain.aims import NO_AIMS, Aims
from services.plans.domain.circle import NOBODY, Circle, Role
from services.plans.domain.doing import NOTHING_DONE, Doing
from services.plans.domain.learning import NOTHING_LEARNT, Learning
from services.plans.domain.measures import NOTHING_MEASURED, Measures
from services.plans.domain.prompts import Prompt
from services.plans.domain.reviews import NO_REVIEWS, Reviews
from services.plans.domain.terms import Marker, Parameter, Terms, Unit

EndReason = Literal["discharged", "withdrew", "moved", "died", "completed"]
ProposalKind = Literal["step", "next_dimension"]
OptionKind = Literal["step", "smaller", "two_bouts", "more_often", "other_activity", "stay", "less"]
AnswerKind = Literal["accept", "smaller", "two_bouts", "more_often", "other_activity", "stay", "less"]
WorkKind = Literal["red_flag", "review", "call"]
Because = Literal["ended", "replaced", "plan_changed", "plan_ended"]
WorkStatus = Literal["open", "taken", "closed"]
Urgency = Literal["emergency", "urgent", "soon", "routine"]


@dataclass(frozen=True, slots=True)
class Person:
    """An enrolled person: IANA zone, locale, wall time `HH:MM` of the day's start (W1), live or batch records (W6).

    `adult` is what was answered at enrolment; nobody is one by default.
    """

    tz: str
    locale: str
    day_starts_at: str = "03:00"
    record_mode: Literal["live", "batch"] = "live"
    adult: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan version in force since `effective_at`, or the last one of a plan that ended for `ended`.

    `accepted` are the two yeses to it, `why` says why it came; `because` does, where no clinician made it.
    """

    plan_id: str
    version: int
    terms: Terms
    effective_at: datetime
    ended: EndReason | None = None
    ended_at: datetime | None = None
    because: str | None = None
    accepted: tuple[Acceptance, ...] = ()
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One thing the person may choose: an amount in the track's base unit, where `halves` are given in two bouts of the
    day; or so many sessions a week (`freq`)."""

    kind: OptionKind
    dose: int
    halves: tuple[int, int] | None = None
    freq: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer and what became of it; one that was withdrawn before it was heard of has no options.

    It is a `step`, or a `next_dimension` after a reached goal (progression 2.4).
    """

    proposal_id: str
    track_id: str
    status: Literal["open", "answered", "withdrawn"] = "open"
    dose_now: int = 0
    options: tuple[Option, ...] = ()
    marker: Marker = "duration_s"
    unit: Unit = "s"
    expires_at: datetime | None = None
    answer: AnswerKind | None = None
    answered_at: datetime | None = None
    reason: str | None = None
    kind: ProposalKind = "step"


@dataclass(frozen=True, slots=True)
class Override:
    """A parameter that a clinician set, of one track or of the person (`track_id` None), from `set_at` until `until`.

    `by` is who set it, `reason` a code; the words beside it are sealed.
    """

    override_id: str
    track_id: str | None
    name: str
    value: Parameter
    reason: str
    by: str
    set_at: datetime
    until: datetime
    words_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something a human must do by `due_at`, open until somebody took it; closed ones are records only.

    `cause` is the id of the event that asked for it first; `signs` and `suspension_id` are those of a red flag. `role`
    is who acts on it where the clinic said so.
    """

    item_id: str
    kind: WorkKind
    reason: str
    urgency: Urgency
    opened_at: datetime
    due_at: datetime
    cause: str
    track_id: str | None = None
    suspension_id: str | None = None
    signs: tuple[str, ...] = ()
    taken_by: str | None = None
    taken_at: datetime | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """A suspension that a clinician ended; `had_item` says whether a red flag of it was heard of before."""

    suspension_id: str
    at: datetime
    by: str
    had_item: bool


@dataclass(frozen=True, slots=True)
class PatientState:
    """The whole state of one person in this service; the defaults are a person never heard of.

    `overrides` are those not ended by hand, by a later one or with the plan, `ended_overrides` the last others,
    `circle` the people around.
    `work` are the items not closed, `closed_work` the ids of the last closed ones, `causes` the last events that asked
    for something, `resumed` the last suspensions that ended, `prompts` what waits for the person themselves,
    `doing` what is adapted for them and what gets in their way,
    `measures` is how questionnaires go on, `reviews` the review that is to come or goes on.
    `aims` what they live towards, `agreement` the draft that is not agreed on yet and the changes not seen yet.
    `learning` is what they have to read.
    """

    person: Person | None = None
    plan: Plan | None = None
    ended_plans: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    work: tuple[WorkItem, ...] = ()
    closed_work: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    resumed: tuple[Resumed, ...] = ()
    overrides: tuple[Override, ...] = ()
    ended_overrides: tuple[str, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    learning: Learning = NOTHING_LEARNT
    doing: Doing = NOTHING_DONE
    circle: Circle = NOBODY
    aims: Aims = NO_AIMS
    agreement: Agreement = NOTHING_AGREED
    measures: Measures = NOTHING_MEASURED
    reviews: Reviews = NO_REVIEWS
