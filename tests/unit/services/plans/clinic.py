"""One person's file as plans keeps it, folded directly; what the tests of plans have in common."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import orjson
import pytest
from pydantic import TypeAdapter

from services.plans.domain.agreement import DraftVersion, Heard, Why
from services.plans.domain.aims import GoalContent, SetGoal
from services.plans.domain.commands import EnrolPatient
from services.plans.domain.model import PatientState, Person
from services.plans.domain.terms import Terms, Track
from services.plans.transitions import TRANSITIONS
from shared.contracts.progression import DoseOptionV1, ProgressionProposedV1, ProposalWithdrawnV1
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Actor, Message, Refused, To, Transition

NOW = datetime(2025, 3, 31, 20, tzinfo=UTC)
SELF, STAFF, CAREGIVER = (Actor(kind, "u-1") for kind in ("patient", "clinician", "caregiver"))
WALK = Track("walk", "walking", "duration_s", "min", 3, goal_dose=1800)
TERMS = Terms(
    tracks=(WALK,),
    usual_pain=4,
    flare_plan_sealed="s1.words",
    flare_phones=1,
    pem="no",
    review_on=date(2025, 6, 1),
    feedback="app",
)
GOAL = SetGoal("g-1", "patient", GoalContent("family", "s1.goal", "s1.why"), "in_person")
WHY = Why("review", "s1.why")
STATES: TypeAdapter[PatientState] = TypeAdapter(PatientState)
T = TypeVar("T")


class Clinic:
    """One person's file; every state goes through its text and back."""

    def __init__(self) -> None:
        self.state = PatientState()
        self.events: list[Any] = []
        self.records: dict[str, Any] = {}
        self.now = NOW
        self.messages = 0

    def fold(
        self, data: Any, actor: Actor = STAFF, source: str = "clinician", id: str | None = None
    ) -> Transition[Any]:
        handler = TRANSITIONS[type(data)]
        assert not isinstance(handler, To)
        self.messages += 1
        id = id or f"m-{self.messages}"
        done = handler(self.state, Message(data, "p-1", "t", id, self.now, self.now, actor, source), self.now)
        self.state = STATES.validate_python(orjson.loads(encode(done.state)))
        assert self.state == done.state
        self.events += done.events
        self.records |= {record.id: record.data for record in done.records}
        return done

    def refused(self, data: Any, actor: Actor = STAFF, source: str = "clinician") -> tuple[int, str]:
        before = self.state
        with pytest.raises(Refused) as found:
            self.fold(data, actor, source)
        assert self.state == before
        return found.value.status, found.value.code

    def enrolled(self, tz: str = "Asia/Tokyo") -> "Clinic":
        self.fold(EnrolPatient(Person(tz, "en", adult=True)))
        return self

    def ready(self) -> "Clinic":
        """Enrolled, with a goal of the person's own."""
        self.enrolled().fold(GOAL)
        return self

    def planned(self) -> "Clinic":
        self.ready().fold(first())
        return self

    def last(self, event: type[T]) -> T:
        """What was told last of this type."""
        told: T = next(one.data for one in reversed(self.events) if isinstance(one.data, event))
        return told

    def offered(self, id: str = "o-1", hours: int = 48) -> "Clinic":
        self.fold(proposed(id, self.now + timedelta(hours=hours)), SYSTEM)
        return self


def first(
    terms: Terms = TERMS, plan_id: str = "plan-1", heard: Heard | None = "in_person", *, minors_served: bool = False
) -> DraftVersion:
    """The first version of a plan, with the person's yes unless `heard` is None."""
    return DraftVersion(plan_id, 0, terms, None, heard, minors_served)


def change(
    made_from: int, terms: Terms = TERMS, plan_id: str = "plan-1", heard: Heard | None = "in_person"
) -> DraftVersion:
    """The version after `made_from`, with why, and with the person's yes unless `heard` is None."""
    return DraftVersion(plan_id, made_from, terms, WHY, heard)


def proposed(id: str, expires_at: datetime) -> ProgressionProposedV1:
    return ProgressionProposedV1(
        proposal_id=id,
        decision_id="d-1",
        track_id="walk",
        dose_now=600,
        options=(
            DoseOptionV1(kind="step", dose=660),
            DoseOptionV1(kind="stay", dose=600),
            DoseOptionV1(kind="less", dose=480),
        ),
        marker="duration_s",
        unit="min",
        expires_at=expires_at,
    )


def withdrawn(id: str = "o-1") -> ProposalWithdrawnV1:
    return ProposalWithdrawnV1(proposal_id=id, track_id="walk", reason="flare")
