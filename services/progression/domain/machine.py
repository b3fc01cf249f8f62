"""The state machine of domain/progression.md 2.4: how a verdict moves a track, how a lowering is taken back (2.7)."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.progression.domain.easing import LONG_LADDER, SHORT_LADDER
from services.progression.domain.having import having
from services.progression.domain.history import History
from services.progression.domain.judge import Moment, case_of, judge, overridden, rule_behind
from services.progression.domain.ladders import ladder_of
from services.progression.domain.lowerings import Lowering
from services.progression.domain.model import Case, Phase, Unit, Verdict
from services.progression.domain.state import (
    Footing,
    PatientState,
    TrackState,
    lowerings_of,
    row_of_footing,
    with_track,
)
from services.progression.domain.view import View

_GIVES_DOSE: Final = frozenset({"RETURN_STEP", "SET_BASELINE", "REGRESS", "FOLLOW_OVERRIDE"})
_LOWERS: Final = frozenset({"R5c", "R7a", "R7b", "R7c", "R8a", "R8b", "R8c"})


def phase_at(phase: Phase, dose: int, goal: int | None) -> Phase:
    """MAINTENANCE from the goal up, GRADED below it (2.4); BASELINE stays until R6b."""
    if phase == "BASELINE":
        return phase
    return "MAINTENANCE" if goal is not None and dose >= goal else "GRADED"


def lowers(verdict: Verdict) -> bool:
    """Whether this verdict is a lowering that corrected records may take back."""
    rule = rule_behind(verdict)
    if rule not in _LOWERS or (verdict.rule == "R4" and rule.startswith("R8")):
        return False
    return rule != "R5c" or verdict.facts.get("lowest") == 0


def revisable(verdict: Verdict) -> bool:
    """Whether corrected records have this decision judged again: a lowering, or a start that was set from them."""
    return lowers(verdict) or verdict.action == "SET_BASELINE"


def moved(footing: Footing, verdict: Verdict, case: Case, at: int) -> Footing:
    """The footing after a verdict, from the instant `at` (epoch ms) on; a rise by R11 is offered, not taken here."""
    today, rule = case.today, rule_behind(verdict)
    new = footing
    if rule in ("R7a", "R7b") or (rule == "R7c" and overridden(case.parameters)):
        ladder, first, min_days = ladder_of(*(SHORT_LADDER if rule == "R7a" else LONG_LADDER), case.parameters)
        if rule == "R7c":
            ladder, first = LONG_LADDER[0], 0
        before = footing.d_pre if footing.status == "RETURNING" else case.standing.dose
        if before != 0:  # rest has no way back: up from there is by the person's own word
            new = having(new, status="RETURNING", d_pre=before, ladder=ladder, idx=first, step_min_days=min_days)
            new = having(new, step_since=today, step_since_at=at)
    elif rule == "R7c":
        new = having(off_the_ladder(new), phase="BASELINE", phase_since=at)
    elif rule == "R5a" and "active" in verdict.notes:
        new = having(off_the_ladder(new), changed=today, changed_at=at)
    elif rule == "R5a":
        new = having(new, idx=footing.idx + 1, step_since=today, step_since_at=at)
    elif rule == "R5c" and verdict.facts.get("lowest") == 0:
        new = having(new, idx=footing.idx - 1, step_since=today, step_since_at=at)
    elif verdict.action == "SET_BASELINE":
        new = having(new, phase="GRADED", changed=today, changed_at=at)
    elif verdict.action == "REGRESS":
        recent = tuple(day for day in footing.regressed if (today - day).days < 28)
        new = having(new, last_regress=today, regressed=(*recent, today), changed=today, changed_at=at)
    if verdict.action in _GIVES_DOSE:
        new = with_dose(new, verdict.dose, today, at)
    phase = phase_at(new.phase, new.dose, case.parameters.goal_dose)
    return new if phase == new.phase else having(new, phase=phase)


def with_dose(footing: Footing, dose: int, today: date, at: int) -> Footing:
    """The footing with another dose in force from `at` on; the same dose changes nothing."""
    if dose == footing.dose:
        return footing
    raised = at if dose > footing.dose else footing.raised_at
    return having(footing, dose=dose, changed=today, changed_at=at, raised_at=raised)


def off_the_ladder(footing: Footing) -> Footing:
    """The footing without a running way back."""
    return having(footing, status="ACTIVE", ladder=(), idx=0, d_pre=None, step_since=None, step_since_at=None)


def with_footing(track: TrackState, footing: Footing, at: int, dose: int) -> TrackState:
    """The track on a new footing with `dose` in force; a changed one enters the history that `planned` is read from,
    and ends the choice of two bouts (W10)."""
    doses = track.doses
    if not doses or doses[-1][1] != dose:
        doses = (*(entry for entry in doses if entry[0] < at), (at, dose))
        return having(track, footing=footing, doses=doses, halves=None)
    return having(track, footing=footing, doses=doses)


def effective_at(track: TrackState, at: int) -> int:
    """The instant from which a lowering holds: after every session it rests on, so that none counts twice (2.3)."""
    return max([at, *(row[3] + 1 for row in track.bouts)])


def lowering_of(decision_id: str, verdict: Verdict, case: Case, before: Footing, at: int) -> Lowering:
    """What must be remembered of a lowering, or of a start that was set, to take it back."""
    view, rule = View.of(case), rule_behind(verdict)
    rests_on: list[Unit] = []
    if rule.startswith("R8"):
        rests_on = view.since[-3:]
    elif rule == "R5c":
        rests_on = view.in_step[-2:]
    elif verdict.action == "SET_BASELINE":
        rests_on = view.units
    blames = lowers(verdict)
    return Lowering(
        decision_id=decision_id,
        rule=rule,
        day=case.today,
        at=at,
        dose=verdict.dose,
        oldest=min((unit.day for unit in rests_on), default=case.today),
        before=row_of_footing(before),
        mornings=tuple(u.day for u in rests_on if blames and view.settled(u) is False and not u.shared),
        gap_t1=case.parameters.gap_t1,
        gap_t2=case.parameters.gap_t2,
    )


def rejudged(state: PatientState, track_id: str, touched: int) -> tuple[PatientState, str | None]:
    """Judge the track's lowerings again that came after the instant `touched`, with what is now known (2.7).

    A lowering whose cause is gone is undone: the footing before it is restored, later lowerings are judged from there.
    Returns the new state and the id of the first decision that no longer holds, or None.
    """
    track = state.tracks[track_id]
    lowerings = lowerings_of(track)
    for place, low in enumerate(lowerings):
        footing = Footing(*low.before)
        if touched >= low.at or _again(state, track_id, footing, low):
            continue
        kept = track.lowerings[:place]
        for later in lowerings[place:]:
            found = _judge_at(state, track_id, footing, later)
            if found is not None:
                verdict, case = found
                kept = (*kept, lowering_of(later.decision_id, verdict, case, footing, later.at)[:])
                footing = moved(footing, verdict, case, later.at)
        ceiling = state.tracks[track_id].config.dose_max
        if ceiling is not None and footing.dose > ceiling:
            footing = having(footing, dose=ceiling)
        track = having(track, footing=footing, lowerings=kept)
        return with_track(state, track_id, track), low.decision_id
    return state, None


def _judge_at(state: PatientState, track_id: str, footing: Footing, low: Lowering) -> tuple[Verdict, Case] | None:
    moment = Moment(low.day, low.at, gap_limits=(low.gap_t1, low.gap_t2))
    case = case_of(state, track_id, moment, History.of(state), footing=footing, until=low.at)
    verdict = judge(case)
    return (verdict, case) if revisable(verdict) else None


def _again(state: PatientState, track_id: str, footing: Footing, low: Lowering) -> bool:
    """Whether the same kind of rule still comes to the same dose."""
    found = _judge_at(state, track_id, footing, low)
    return found is not None and found[0].dose == low.dose and rule_behind(found[0])[:2] == low.rule[:2]
