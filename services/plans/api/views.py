"""What callers read of a person's enrolment, plan and offers, and of the work list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from services.plans.domain.model import Option, Person, Proposal, Urgency, WorkKind, WorkStatus
from services.plans.domain.proposals import answer_of
from shared.clinics import Human
from shared.contracts.fields import Marker, Unit

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
    closed_because: Literal["done", "resumed", "reviewed", "plan_ended"] | None

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
