"""What a person who reports a flare reads at once: the dose or rest, their flare plan's own words, and whom to call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from services.progression.store import FLARE_PLANS
from services.progression.texts import render
from shared.clinics import Clinic, Human
from shared.runtime.ports import DependencyDown
from shared.runtime.runtime import Runtime
from shared.sealing import Erased, NotSealed


class FlareDoseView(BaseModel):
    """What a track asks for in the flare, in the base unit of `marker`: 0 is rest; `text` is for the person."""

    track_id: str
    dose: int
    marker: str
    unit: str
    text: str


class PhoneView(BaseModel):
    """Whom to call."""

    label: str
    number: str


class FlarePlanView(BaseModel):
    """What to do when it flares up, and whom to call, as it was written with the person."""

    steps: list[str]
    phones: list[PhoneView]


class FlareReportedView(BaseModel):
    """A flare that was reported, and what to do; the red-flag list comes next.

    `flare_plan` is None where its words cannot be read just now; `flare_plan_at` is its page in `plans`. A caregiver
    reads whom to call, and nothing of the plan (W3).
    """

    flare_id: str
    since: str
    began: bool = Field(description="False where a flare was open already: that one goes on.")
    ask_red_flags: bool
    doses: list[FlareDoseView]
    flare_plan: FlarePlanView | None
    flare_plan_at: str | None
    human: Human | None
    emergency_number: str | None


class FlarePages:
    """Makes the page; words are opened for the one answer and kept nowhere."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def page(
        self,
        tenant: str,
        patient_id: str,
        reported: Mapping[str, Any],
        language: str | None,
        clinic: Clinic | None,
        *,
        own: bool,
    ) -> FlareReportedView:
        """The page of a report; `own` is False for a caregiver. A database that is away takes nothing from a report
        that was accepted: then the plan's words are left out."""
        plan = await self.words(tenant, patient_id) if own else None
        doses = [
            FlareDoseView(
                **{name: one[name] for name in ("track_id", "dose", "marker", "unit")},
                text=render(one["text_key"], one, "patient", language, clinic),
            )
            for one in reported.get("doses", ())
            if own
        ]
        return FlareReportedView(
            flare_id=reported["flare_id"],
            since=reported["since"],
            began=reported["began"],
            ask_red_flags=reported["ask_red_flags"],
            doses=doses,
            flare_plan=plan,
            flare_plan_at=f"/v1/patients/{patient_id}/flare-plan" if own else None,
            human=None if clinic is None else clinic.human(language),
            emergency_number=None if clinic is None else clinic.emergency_number,
        )

    async def words(self, tenant: str, patient_id: str) -> FlarePlanView | None:
        """The flare plan's own words; None where there are none, or they cannot be read just now."""
        where = {"_id": f"{patient_id}:latest", "tenant": tenant}
        try:
            stored = await self._runtime.find(FLARE_PLANS, where, limit=1)
            sealed = stored[0]["sealed"] if stored else None
            if sealed is None:
                return None
            return FlarePlanView.model_validate_json(await self._runtime.sealer.unseal(tenant, patient_id, sealed))
        except (DependencyDown, Erased, NotSealed):
            return None
