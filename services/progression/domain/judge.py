"""From what is remembered to one run of the table: the case of a track at a moment, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from services.progression.domain.aside import over
from services.progression.domain.asked import kept_moving_until, usual_of
from services.progression.domain.easing import r7_gap
from services.progression.domain.history import History
from services.progression.domain.model import FIRST_RULE_SET, Case, Standing, Unit, Verdict
from services.progression.domain.parameters import (
    Parameters,
    default_baseline_window,
    default_dose_min,
    default_gap_limits,
    default_step,
    parameters_from,
)
from services.progression.domain.state import Footing, PatientState, TrackState, dose_at, lowerings_of
from services.progression.domain.suspending import no_measure, status_of
from services.progression.domain.table import decide
from services.progression.domain.units import own_frequency, units_of
from services.progression.domain.view import View, days_between, scaled_ratio

_GAP_CLASS: Final = {"R7a": 1, "R7b": 2, "R7c": 3}
_SAME_RUNG: Final = frozenset({"R5b", "R5c", "R5d"})
"""Rules of the way back that give no more than what is in force: on a ladder only R5a does (2.5.1)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When and how the table is run: the person's day, the instant (epoch ms), and what is allowed.

    `complete` is False while a part of the history is missing; `gap_rule` is False for a tick of a batch person (W6).
    `gap_limits` fixes t1 and t2 when a past decision is judged again.
    """

    today: date
    at: int
    complete: bool = True
    gap_rule: bool = True
    gap_limits: tuple[int, int] | None = None


def overridden(parameters: Parameters) -> bool:
    """Whether a clinician's override stands (R4)."""
    return not parameters.auto or parameters.fixed_dose is not None


def _reference(track: TrackState, footing: Footing, units: tuple[Unit, ...], pct: int, *, in_flare: bool) -> int:
    """The amount that decides the size of a default step: what the dose is about to be measured against. In a flare no
    start is found: what is done in it makes no finer step, which would raise the share that it leaves (R3)."""
    if footing.status == "RETURNING" and footing.d_pre is not None:
        return footing.d_pre
    done = [unit.amount for unit in units if unit.amount > 0]
    if footing.phase == "BASELINE" and done and not in_flare:
        return sum(done) * pct // (100 * len(done))
    return footing.dose


def parameters_of(
    state: PatientState,
    track: TrackState,
    footing: Footing,
    units: tuple[Unit, ...],
    moment: Moment,
    *,
    allow_increase: bool = True,
) -> Parameters:
    """Every threshold in force for a track: the clinician's overrides, else the defaults of 2.2."""
    config = track.config
    values: dict[str, Any] = {
        "freq": config.freq,
        "goal_dose": config.goal_dose,
        "dose_max": config.dose_max,
        **({} if config.dose_min is None else {"dose_min": config.dose_min}),
        **({} if config.step is None else {"step": config.step}),
        **config.parameters,
    }
    in_flare = status_of(state, footing) == "FLARE"
    if track.eased is not None and (in_flare or values.get("fixed_dose") is not None):
        values["fixed_dose"] = min(values.get("fixed_dose", track.eased), track.eased)
    marker: Any = config.marker
    if "step" not in values:
        pct = values.get("baseline_pct", 80)
        values["step"] = default_step(marker, _reference(track, footing, units, pct, in_flare=in_flare))
    if "dose_min" not in values:
        values["dose_min"] = max(default_dose_min(marker), values["step"])
    if footing.status == "RETURNING" and 0 < footing.dose < values["dose_min"]:
        values["dose_min"] = footing.dose  # a smallest amount or a step set above it raises no rung (2.5.1)
    if "baseline_window" not in values:
        values["baseline_window"] = default_baseline_window(values.get("baseline_n", 3), values["freq"])
    limits = moment.gap_limits or default_gap_limits(own_frequency(units, moment.today, values["freq"], track.started))
    values.setdefault("gap_t1", limits[0])
    values.setdefault("gap_t2", limits[1])
    if state.plan is not None and state.plan.pem != "no":
        values["flare_pct"] = 0
    values["allow_increase"] = allow_increase and values.get("allow_increase", True)
    return _checked(tuple((name, value, type(value)) for name, value in values.items()))


@lru_cache(maxsize=1024)
def _checked(values: tuple[tuple[str, Any, type], ...]) -> Parameters:
    """The same values are checked once; their types tell `True` from 1."""
    return parameters_from({name: value for name, value, _ in values})


def case_of(
    state: PatientState,
    track_id: str,
    moment: Moment,
    history: History,
    *,
    footing: Footing | None = None,
    until: int | None = None,
    allow_increase: bool = True,
    may_step_up: bool = True,
) -> Case:
    """The case of a track at a moment, from the person's history.

    `footing` and `until` (an instant) judge a past moment again: with the footing of then, and with what is known today
    of what had happened until then. A suspension, a flare and a pause belong to the person and stand over the track's
    own status (2.5).
    """
    track = state.tracks[track_id]
    footing = footing or track.footing
    lowered = [low for other, t in state.tracks.items() if other != track_id for low in lowerings_of(t)]
    shared = frozenset(day for low in lowered if until is None or low.at <= until for day in low.mornings)
    past = history if until is None else history.before(until)
    everything = units_of(past.bouts[track_id], past.mornings, lambda instant: dose_at(track, instant), shared)
    units = everything
    if footing.phase == "BASELINE" and footing.status == "ACTIVE":
        units = tuple(
            unit
            for unit in everything
            if (unit.started or 0) >= footing.phase_since and not no_measure(state, unit.started or 0)
        )
    parameters = parameters_of(state, track, footing, units, moment, allow_increase=allow_increase)
    pain = past.usual_pain(moment.today)
    plan = state.plan
    unconfirmed = plan is None or (plan.usual_pain is None and plan.usual_pain_override is None)
    usual = usual_of(state) if unconfirmed else None
    status = footing.status if until is not None else status_of(state, footing)
    standing = Standing(
        status=status,
        phase=footing.phase,
        dose=footing.dose if status == "FLARE" else _base_dose(footing, parameters),
        changed=footing.changed,
        last_regress=footing.last_regress,
        regress_28d=sum(1 for day in footing.regressed if 0 <= (moment.today - day).days < 28),
        usual_pain=pain.value,
        usual_fatigue=history.usual_fatigue(moment.today),
        d_pre=footing.d_pre,
        ladder=footing.ladder,
        idx=footing.idx,
        step_since=footing.step_since,
        step_min_days=footing.step_min_days,
        changed_at=footing.changed_at,
        step_since_at=footing.step_since_at,
        gap_rule=moment.gap_rule,
        red_needs_unsettled=pain.value is None and unconfirmed and (usual is None or usual.said is None),
        last_active=track.last_active,
        complete=moment.complete,
        may_step_up=may_step_up,
        contact=kept_moving_until(state, moment.today),
    )
    rule_set = FIRST_RULE_SET if plan is None else plan.rule_set
    return Case(moment.today, parameters, standing, units, over(state, track_id), rule_set)


def _base_dose(footing: Footing, parameters: Parameters) -> int:
    """The dose that the table starts from: under an override the override's own, so that a gap is never taken twice.
    A dose below its rung stays where it is until automation is on again: R4 alone raises nothing (0023)."""
    if parameters.fixed_dose is not None:
        return parameters.fixed_dose
    if not parameters.auto and footing.status == "RETURNING" and footing.d_pre is not None:
        pct = footing.ladder[footing.idx] if footing.ladder else 100
        rung = scaled_ratio(footing.d_pre, 1, pct, parameters)
        at_rung = footing.dose >= (rung if parameters.dose_max is None else min(rung, parameters.dose_max))
        return footing.d_pre if at_rung else footing.dose
    return footing.dose


def judge(case: Case) -> Verdict:
    """The verdict on a case: the heavier-gap row of 2.4 for a track on its way back, then the table of 2.5."""
    standing = case.standing
    if standing.status == "RETURNING" and standing.d_pre is not None and not standing.red_flag:
        active = replace(case, standing=replace(standing, status="ACTIVE", dose=standing.d_pre))
        heavier = r7_gap(View.of(active))
        short = standing.ladder and standing.ladder[0] > 50 and case.parameters.ladder is None
        running = 1 if short else 2
        set_aside = overridden(case.parameters)
        if heavier is not None and _GAP_CLASS[heavier.rule] > running and not (set_aside and _begun_for(case, heavier)):
            if set_aside:
                return replace(
                    heavier,
                    rule="R4",
                    action="FOLLOW_OVERRIDE",
                    dose=min(standing.dose, heavier.dose),
                    facts={**heavier.facts, "instead_of": heavier.rule},
                )
            return replace(heavier, dose=min(heavier.dose, standing.dose))
    verdict = decide(case)
    if verdict.rule in _SAME_RUNG and verdict.dose > standing.dose:
        return replace(verdict, dose=standing.dose)
    return verdict


def _begun_for(case: Case, heavier: Verdict) -> bool:
    """Whether the running ladder began for the very gap that R7c speaks of: under an override no start is found again,
    so that it is decided once and not on every day that the gap goes on."""
    since = case.standing.step_since
    if heavier.rule != "R7c" or since is None:
        return False
    return int(heavier.facts["gap"]) - days_between(case.today, since) >= case.parameters.gap_t3


def may_be_gap(track: TrackState, today: date) -> bool:
    """Whether R7 could apply at all: the last session with any amount is as old as the shortest gap limit in force.

    The shortest default is that of somebody who is active every day (2.2 `gap_t1`).
    """
    done = [row[2] for row in track.bouts if row[5] > 0 and not row[11]]
    if not done:
        return True
    shortest = track.config.parameters.get("gap_t1", default_gap_limits(7)[0])
    return (today - max(done)).days >= int(shortest)


def rule_behind(verdict: Verdict) -> str:
    """The rule that moves the track: under an override (R4) the one it was held against."""
    return str(verdict.facts.get("instead_of", verdict.rule))
