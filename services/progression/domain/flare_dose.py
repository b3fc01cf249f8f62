"""What an open flare leaves of each track: no late record and no day that comes raises it (R3, 2.5.1, 2.7, 2.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from services.progression.domain.having import having
from services.progression.domain.judge import judge
from services.progression.domain.model import Case, Verdict
from services.progression.domain.state import PatientState, away_of

SETS_IT: Final = frozenset({"flare_pct", "fixed_dose"})
"""What a clinician sets, or ends by hand, to say anew what a flare leaves."""


def not_above_it(state: PatientState, track_id: str, verdict: Verdict, case: Case) -> tuple[Verdict, Case]:
    """R3 with no more than the flare has left so far, as under a dose fixed there: the case says so, for it is run
    again as it is stored. After the flare the way back leads to the dose that is right by then (2.7)."""
    flare = None if state.away is None else state.away.flare
    if verdict.action != "FLARE_DOSE" or flare is None:
        return verdict, case
    most = dict(flare.left).get(track_id)
    if most is None or verdict.dose <= most:
        return verdict, case
    case = replace(case, parameters=replace(case.parameters, fixed_dose=most))
    return judge(case), case


def kept_in_mind(state: PatientState, track_id: str, verdict: Verdict) -> PatientState:
    """The state that knows what R3 leaves of a track; the very same where that is known."""
    flare = None if state.away is None else state.away.flare
    if verdict.action != "FLARE_DOSE" or flare is None or dict(flare.left).get(track_id) == verdict.dose:
        return state
    left = tuple(sorted({**dict(flare.left), track_id: verdict.dose}.items()))
    return having(state, away=replace(away_of(state), flare=replace(flare, left=left)))


def said_anew(state: PatientState, tracks: Iterable[str]) -> PatientState:
    """The state in which a clinician's word says what the flare leaves of these tracks, as on its first day."""
    flare = None if state.away is None else state.away.flare
    if flare is None:
        return state
    gone = set(tracks)
    left = tuple(row for row in flare.left if row[0] not in gone)
    return having(state, away=replace(away_of(state), flare=replace(flare, left=left)))


def said_by_plan(before: PatientState, after: PatientState) -> PatientState:
    """The state under the plan now in force: another plan, another answer on PEM (V12), or another share or fixed dose
    in it say anew what the flare leaves; any other change of it raises nothing there."""
    if before.plan is None or after.plan is None:
        return after
    if (before.plan.plan_id, before.plan.pem) != (after.plan.plan_id, after.plan.pem):
        return said_anew(after, after.tracks)
    return said_anew(after, [name for name in after.tracks if _said(before, name) != _said(after, name)])


def _said(state: PatientState, track_id: str) -> list[object]:
    track = state.tracks.get(track_id)
    agreed = None if track is None else (track.agreed or track.config).parameters
    return [] if agreed is None else [agreed.get(name) for name in sorted(SETS_IT)]
