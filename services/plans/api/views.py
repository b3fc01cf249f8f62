"""What callers read of a person's enrolment and offers."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from services.plans.domain.model import Option, Person, Proposal
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
