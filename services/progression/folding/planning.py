"""From a plan event to tracks: what a new track starts with, and what a changed plan does to a running one."""

from __future__ import annotations

from datetime import date

from services.progression.domain.aside import over
from services.progression.domain.machine import phase_at
from services.progression.domain.overriding import under
from services.progression.domain.parameters import Marker, check_override, default_dose_min
from services.progression.domain.state import Footing, PatientState, Plan, TrackConfig, TrackState, away_of
from services.progression.domain.table import RULE_SET
from shared.contracts.plans import PlanActivatedV1, PlanChangedV1, TrackV1

PlanInForce = PlanActivatedV1 | PlanChangedV1


def plan_of(event: PlanInForce, before: Plan | None = None) -> Plan:
    """The facts of a plan that hold for all tracks. `before` is the one until now.

    A new plan is on the newest rules; a later version of it stays on its own until a review set a later day for the
    next one (2.7).
    """
    return Plan(
        plan_id=event.plan_id,
        version=event.plan_version,
        usual_pain=event.usual_pain,
        usual_pain_override=event.usual_pain_override,
        usual_fatigue=event.usual_fatigue,
        flare_plan=event.flare_plan,
        pem=event.pem,
        rule_set=_rule_set(event, before),
        review_on=event.review_on,
    )


def _rule_set(event: PlanInForce, before: Plan | None) -> str:
    if before is None or before.plan_id != event.plan_id:
        return RULE_SET
    next_review = event.review_on
    reviewed = next_review is not None and (before.review_on is None or next_review > before.review_on)
    return RULE_SET if reviewed else before.rule_set


def is_news(state: PatientState, event: PlanInForce) -> bool:
    """Whether the event is later than what is known: an older version of a plan never overrides (invariant 4)."""
    plan = state.plan
    return plan is None or plan.plan_id != event.plan_id or event.plan_version > plan.version


def config_of(track: TrackV1) -> TrackConfig:
    """A track's configuration; raises `ParameterOutOfRange` for an override that 2.2 does not allow."""
    for name, value in track.parameters.items():
        check_override(name, value)
    return TrackConfig(
        marker=track.marker,
        unit=track.unit,
        freq=track.freq,
        priority=track.priority,
        goal_dose=track.goal_dose,
        dose_max=track.dose_max,
        dose_min=track.dose_min,
        step=track.step,
        start_dose=track.start_dose,
        parameters=dict(track.parameters),
        increase_locked=track.increase_locked,
        tryout_until=track.tryout_until,
    )


def new_track(track: TrackV1, day: date, at: int, before: TrackState | None) -> TrackState:
    """A track from the day its plan takes effect; until a start is found (W4) the start dose or the smallest.

    `before` is the same track of an ended plan: its sessions still count for the gap rule.
    """
    config = config_of(track)
    smallest = config.parameters.get("dose_min", config.dose_min)
    marker: Marker = track.marker
    dose = track.start_dose if track.start_dose is not None else smallest or default_dose_min(marker)
    if config.dose_max is not None:
        dose = min(int(dose), config.dose_max)
    phase = phase_at(track.start_phase, int(dose), config.goal_dose)
    footing = Footing(phase=phase, dose=int(dose), changed=day, changed_at=at, phase_since=at)
    return TrackState(
        config=config,
        footing=footing,
        started=day,
        doses=((at, int(dose)),),
        bouts=before.bouts if before else (),
        last_active=before.last_active if before else None,
    )


def changed_track(running: TrackState, track: TrackV1, state: PatientState, day: date, at: int) -> TrackState:
    """A running track under a changed plan: new bounds hold at once, except where an override stands over them."""
    in_flare = away_of(state).flare is not None
    return under(running, config_of(track), over(state, track.track_id), day, at, in_flare=in_flare)
