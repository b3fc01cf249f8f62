"""What callers read of a plan: its terms, its versions with who accepted them and why they came, and its drafts."""

from datetime import date, datetime
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field

from services.plans.domain.agreement import Acceptance, How, Reason, Side, Why
from services.plans.domain.amounts import shown
from services.plans.domain.model import Plan
from services.plans.domain.terms import DayKind, Pace, Terms
from shared.clinics import Human
from shared.contracts.fields import Marker, Unit

VIEW = ConfigDict(from_attributes=True)
AMOUNT_FIELDS: Final = ("goal_dose", "dose_max", "dose_min", "step", "start_dose")


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


class TermsView(BaseModel):
    """What a version says; the flare plan in its words."""

    usual_pain: int | None
    usual_pain_declined: bool
    usual_pain_override: float | None
    usual_fatigue: int | None
    flare_plan: FlarePlanView | None
    pem: str | None
    review_on: date | None
    feedback: str | None = Field(description="The way by which the person says how it goes, and is told.")
    tracks: list[TrackView]

    @classmethod
    def read(cls, terms: Terms, flare_plan: str | None) -> "TermsView":
        """The view of terms, with the JSON text of their flare plan."""
        return TermsView(
            usual_pain=terms.usual_pain,
            usual_pain_declined=terms.usual_pain_declined,
            usual_pain_override=terms.usual_pain_override,
            usual_fatigue=terms.usual_fatigue,
            flare_plan=None if flare_plan is None else FlarePlanView.model_validate_json(flare_plan),
            pem=terms.pem,
            review_on=terms.review_on,
            feedback=terms.feedback,
            tracks=[TrackView.model_validate(track) for track in terms.tracks],
        )


class AcceptanceView(BaseModel):
    """One side's yes, how it was given and when; `standing` is a yes to the version before that covers this one."""

    of: Side
    how: How
    at: datetime
    by: str | None = Field(description="Who said it, or noted the person's words; only for clinicians.")

    @classmethod
    def read(cls, accepted: tuple[Acceptance, ...], role: str) -> "list[AcceptanceView]":
        """The view of all yeses to a version."""
        return [cls(of=one.of, how=one.how, at=one.at, by=one.by if role == "clinician" else None) for one in accepted]


class WhyView(BaseModel):
    """Why a version came, in a code and in words, and on which day of theirs the next change is expected."""

    reason: Reason
    words: str | None
    next_change_on: date | None

    @classmethod
    def read(cls, why: Why | None, words: str | None) -> "WhyView | None":
        """The view of a reason with its words; None for a version that is older than reasons are."""
        return None if why is None else cls(reason=why.reason, words=words, next_change_on=why.next_change_on)


class PlanView(TermsView):
    """A plan version: in force while `ended` is null.

    `because` tells why it came, where no clinician made it: `more_often`, the person's yes to a session a week more.
    `accepted` are the yeses that it needed: the person's and a clinician's.
    """

    plan_id: str
    plan_version: int
    effective_at: datetime
    because: str | None
    why: WhyView | None
    accepted: list[AcceptanceView]
    ended: str | None
    ended_at: datetime | None
    human: Human | None

    @classmethod
    def of(
        cls,
        plan: Plan,
        flare_plan: str | None,
        human: Human | None,
        *,
        role: str = "patient",
        why_words: str | None = None,
    ) -> Self:
        """The view of a version with its words opened, as a role may read it, and whom the person can reach."""
        terms: dict[str, Any] = dict(TermsView.read(plan.terms, flare_plan))
        return cls(
            **terms,
            plan_id=plan.plan_id,
            plan_version=plan.version,
            effective_at=plan.effective_at,
            because=plan.because,
            why=WhyView.read(plan.why, why_words),
            accepted=AcceptanceView.read(plan.accepted, role),
            ended=plan.ended,
            ended_at=plan.ended_at,
            human=human,
        )


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
