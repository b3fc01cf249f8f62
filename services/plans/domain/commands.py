"""What may be asked of plans, one value per command."""

from dataclasses import dataclass

from services.plans.domain.model import AnswerKind, EndReason, Person
from services.plans.domain.terms import Parameter


@dataclass(frozen=True, slots=True)
class EnrolPatient:
    """Make a person known to the tenant; `minors_served` is the tenant's own switch."""

    person: Person
    minors_served: bool = False


@dataclass(frozen=True, slots=True)
class EndPlan:
    """End the plan in force; no message of any kind leaves after 60 s (W16)."""

    plan_id: str
    reason: EndReason


@dataclass(frozen=True, slots=True)
class AnswerProposal:
    """Note the person's own answer to an offered step (W3)."""

    proposal_id: str
    answer: AnswerKind


@dataclass(frozen=True, slots=True)
class AnswerTryout:
    """Keep a track that was tried out, or drop it: the person's own word (article P12.3)."""

    track_id: str
    keep: bool


@dataclass(frozen=True, slots=True)
class SetOverride:
    """Set a parameter of 2.8 for `days` days, of one track or of the person (`track_id` None)."""

    override_id: str
    name: str
    value: Parameter
    reason: str
    track_id: str | None = None
    words_sealed: str | None = None
    days: int = 90


@dataclass(frozen=True, slots=True)
class EndOverride:
    """End an override before it runs out."""

    override_id: str


@dataclass(frozen=True, slots=True)
class TakeWorkItem:
    """Say that one sees to it; `force` takes over what somebody else took."""

    item_id: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseWorkItem:
    """Give back what one has taken, so that somebody else sees to it."""

    item_id: str


@dataclass(frozen=True, slots=True)
class CloseWorkItem:
    """Say that it is done, with a note sealed with the person's key."""

    item_id: str
    note_sealed: str


Command = (
    EnrolPatient
    | EndPlan
    | AnswerProposal
    | AnswerTryout
    | SetOverride
    | EndOverride
    | TakeWorkItem
    | ReleaseWorkItem
    | CloseWorkItem
)
