"""What callers read of a person's enrolment, plan and offers, and of the work list."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field

from services.plans.domain.amounts import shown
from services.plans.domain.model import Option, Person, Plan, Proposal, Urgency, WorkKind, WorkStatus
from services.plans.domain.proposals import answer_of
from services.plans.domain.terms import DayKind, Pace
from shared.clinics import Human
from shared.contracts.fields import Marker, Unit

AMOUNT_FIELDS: Final = ("goal_dose", "dose_max", "dose_min", "step", "start_dose")
VIEW = ConfigDict(from_attributes=True)


class PatientView(BaseModel):
    """An enrolled person."""

    patient_id: str
    tz: str
    locale: str
    day_starts_at: str
    record_mode: str
    adult: bool

    @classmethod
    def of(cls, patient_id: str, person: Person) -> Self:
        """The view of a person."""
        return cls(
            patient_id=patient_id,
            tz=person.tz,
            locale=person.locale,
            day_starts_at=person.day_starts_at,
            record_mode=person.record_mode,
            adult=person.adult,
        )


class WindowView(BaseModel):
    """A time in which the person would rather do it, local wall times."""

    model_config = VIEW
    days: DayKind
    start: str
    end: str


class TrackView(BaseModel):
    """A track of the plan in force; `shown` has its amounts in `unit`, as the shortest text that is the same again."""

    model_config = VIEW
    track_id: str
    activity_family: str
    marker: Marker
    unit: Unit
    freq: int
    priority: int
    goal_dose: int | None
    dose_max: int | None
    dose_min: int | None
    step: int | None
    start_phase: str
    start_dose: int | None
    parameters: dict[str, bool | int | str]
    increase_locked: bool
    tryout: bool
    tryout_until: date | None = Field(description="From this day of theirs on the person is asked: keep it or drop it?")
    pace: Pace | None
    preferred_windows: list[WindowView]
    activity_id: str | None

    @computed_field
    def shown(self) -> dict[str, str]:
        """The amounts that are set, as text in the unit."""
        amounts = {name: getattr(self, name) for name in AMOUNT_FIELDS}
        return {name: shown(amount, self.unit) for name, amount in amounts.items() if amount is not None}


class PhoneView(BaseModel):
    """Whom to call."""

    label: str
    number: str


class FlarePlanView(BaseModel):
    """What to do when it flares up, and whom to call."""

    steps: list[str]
    phones: list[PhoneView]


class PlanView(BaseModel):
    """A plan version: in force while `ended` is null.

    `because` tells why it came, where no clinician made it: `more_often`, the person's yes to a session a week more.
    """

    plan_id: str
    plan_version: int
    effective_at: datetime
    because: str | None
    ended: str | None
    ended_at: datetime | None
    usual_pain: int | None
    usual_pain_declined: bool
    usual_pain_override: float | None
    usual_fatigue: int | None
    flare_plan: FlarePlanView | None
    pem: str | None
    review_on: date | None
    tracks: list[TrackView]
    human: Human | None

    @classmethod
    def of(cls, plan: Plan, flare_plan: str | None, human: Human | None) -> Self:
        """The view of a plan, with the JSON text of its flare plan and whom the person can reach."""
        terms = plan.terms
        return cls(
            plan_id=plan.plan_id,
            plan_version=plan.version,
            effective_at=plan.effective_at,
            because=plan.because,
            ended=plan.ended,
            ended_at=plan.ended_at,
            usual_pain=terms.usual_pain,
            usual_pain_declined=terms.usual_pain_declined,
            usual_pain_override=terms.usual_pain_override,
            usual_fatigue=terms.usual_fatigue,
            flare_plan=None if flare_plan is None else FlarePlanView.model_validate_json(flare_plan),
            pem=terms.pem,
            review_on=terms.review_on,
            tracks=[TrackView.model_validate(track) for track in terms.tracks],
            human=human,
        )


class OptionView(BaseModel):
    """One thing that may be chosen, and the `answer` that chooses it.

    `halves` are the two bouts of a day in which the amount is taken, `freq` so many sessions a week.
    """

    kind: str
    answer: str
    dose: int
    halves: tuple[int, int] | None
    freq: int | None

    @classmethod
    def of(cls, option: Option) -> Self:
        """The view of an option."""
        answer = answer_of(option.kind)
        return cls(kind=option.kind, answer=answer, dose=option.dose, halves=option.halves, freq=option.freq)


class ProposalView(BaseModel):
    """An offer: `open`, or why it is not (`answered`, `withdrawn`, `expired`) with its reason.

    It is a `step`, or after a reached goal a `next_dimension` (progression 2.4).
    """

    proposal_id: str
    kind: str
    track_id: str
    status: str
    reason: str | None
    dose_now: int
    options: list[OptionView]
    marker: Marker
    unit: Unit
    expires_at: datetime | None

    @classmethod
    def of(cls, proposal: Proposal, closed: tuple[str, str] | None) -> Self:
        """The view of an offer that is open, or `closed` as (status, reason)."""
        status, reason = closed or ("open", None)
        return cls(
            proposal_id=proposal.proposal_id,
            kind=proposal.kind,
            track_id=proposal.track_id,
            status=status,
            reason=reason,
            dose_now=proposal.dose_now,
            options=[OptionView.of(option) for option in proposal.options],
            marker=proposal.marker,
            unit=proposal.unit,
            expires_at=proposal.expires_at,
        )


class ProposalsView(BaseModel):
    """The offers that wait for an answer, and the last ones that no longer do."""

    open: list[ProposalView]
    closed: list[ProposalView]
    human: Human | None


class TrackLocksView(BaseModel):
    """What will hold on a track: `locks` keep every rise back; `clinician_approves` tells why theirs is needed."""

    track_id: str
    locks: list[str]
    clinician_approves: list[str]


class PlanInForceView(BaseModel):
    """A plan version that came into force, with the locks that will hold (2.11 W9)."""

    plan_id: str
    plan_version: int
    tracks: list[TrackLocksView]


class PlanEndedView(BaseModel):
    """A plan that ended."""

    plan_id: str
    plan_version: int
    ended: str


class TryoutAnsweredView(BaseModel):
    """A track that was tried out: kept in the plan's next version, or dropped from it."""

    plan_id: str
    plan_version: int
    track_id: str
    kept: bool


class AnsweredView(BaseModel):
    """An answer as it was noted; `dose` is the amount it chose, `halves` its two bouts, `freq` sessions a week."""

    proposal_id: str
    track_id: str
    answer: str
    dose: int
    halves: tuple[int, int] | None = None
    freq: int | None = None
    marker: Marker
    unit: Unit
    human: Human | None


class WorkItemView(BaseModel):
    """Something a human must do: `open`, `taken` (by whom, since when) or `closed` (why, and when by whom).

    `overdue` says that it waits longer than it should (domain/safety.md 9.1, 9.2); `signs` are the codes of a red flag.
    """

    model_config = VIEW
    item_id: str
    patient_id: str
    kind: WorkKind
    reason: str
    urgency: Urgency
    status: WorkStatus
    track_id: str | None
    signs: list[str]
    suspension_id: str | None
    opened_at: datetime
    due_at: datetime
    overdue: bool
    taken_by: str | None
    taken_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    closed_because: Literal["done", "resumed", "plan_ended"] | None

    @classmethod
    def of(cls, document: Mapping[str, Any], now: datetime) -> Self:
        """The view of a stored item."""
        due_at = datetime.fromisoformat(document["due_at"])
        names = cls.model_fields.keys() & document.keys()
        ids = {"item_id": document["id"], "patient_id": document["key"]}
        overdue = document["status"] != "closed" and now > due_at
        return cls(**{name: document[name] for name in names}, **ids, overdue=overdue)


class WorkListView(BaseModel):
    """A page of the clinic's work, the most urgent first and of those what is due earliest."""

    items: list[WorkItemView]
    next_cursor: str | None


class WorkItemWithNoteView(WorkItemView):
    """The same with the note it was closed with, which only clinicians read."""

    note: str | None


class PersonsWorkView(BaseModel):
    """What waits for a human about one person, in the clinic's order, and what was closed last, newest first."""

    waiting: list[WorkItemWithNoteView]
    closed: list[WorkItemWithNoteView]


class WorkItemDoneView(BaseModel):
    """What became of an item just now."""

    item_id: str
    status: Literal["taken", "closed"]
    at: datetime
