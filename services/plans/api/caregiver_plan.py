"""What a caregiver reads of a plan: what is done, how often and how much, and nothing of how the person is."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from services.plans.domain.model import Plan
from shared.clinics import Human
from shared.contracts.fields import Marker, Unit


class CaregiverTrackView(BaseModel):
    """An activity of the plan, its amounts in the marker's base unit."""

    model_config = ConfigDict(from_attributes=True)
    track_id: str
    activity_family: str
    marker: Marker
    unit: Unit
    freq: int
    priority: int
    goal_dose: int | None
    tryout: bool


class CaregiverPlanView(BaseModel):
    """The plan as a caregiver sees it; in force while `ended_at` is null (article P6.3, community 6.3)."""

    plan_id: str
    plan_version: int
    effective_at: datetime
    ended_at: datetime | None
    tracks: list[CaregiverTrackView]
    human: Human | None

    @classmethod
    def of(cls, plan: Plan, human: Human | None) -> Self:
        """The view of a plan, and whom one can ask."""
        return cls(
            plan_id=plan.plan_id,
            plan_version=plan.version,
            effective_at=plan.effective_at,
            ended_at=plan.ended_at,
            tracks=[CaregiverTrackView.model_validate(track) for track in plan.terms.tracks],
            human=human,
        )
