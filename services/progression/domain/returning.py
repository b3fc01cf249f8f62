"""R5: the way back on a ladder after a gap or a flare (domain/progression.md 2.5, 2.5.1; V12, V13)."""

from __future__ import annotations

from services.progression.domain.model import Unit, Verdict
from services.progression.domain.view import View, days_between


def _hard(view: View, unit: Unit) -> bool:
    return view.bad(unit) or view.cut_short(unit)


def _rung(view: View, idx: int) -> tuple[int, int]:
    """Dose and per cent of rung `idx`; the dose is never above `dose_max`."""
    standing = view.standing
    pct = standing.ladder[idx] if standing.ladder else 100
    before = standing.d_pre if standing.d_pre is not None else standing.dose
    if before == 0:
        return 0, pct  # rest was chosen (W11): no way back leads above it
    return view.capped(view.scaled(before, pct)), pct


def _said(score: int | None) -> int | str:
    return "not given" if score is None else score


def _same(view: View, rule: str, **facts: int | str) -> Verdict:
    dose, pct = _rung(view, view.standing.idx)
    return Verdict(rule, "RETURN_STEP", dose, facts={"pct": pct, **facts})


def r5c_two_hard_sessions(view: View) -> Verdict | None:
    """R5c: the last two sessions of this step were hard -> one rung down; on the lowest: stay, ask about a flare."""
    last = view.in_step[-2:]
    if len(last) < 2 or not all(_hard(view, unit) for unit in last):
        return None
    if view.standing.idx == 0:
        dose, pct = _rung(view, 0)
        return Verdict("R5c", "RETURN_STEP", dose, True, ("suspect_flare",), {"pct": pct, "lowest": 1})
    dose, pct = _rung(view, view.standing.idx - 1)
    return Verdict("R5c", "RETURN_STEP", dose, facts={"pct": pct, "lowest": 0})


def r5b_last_session_hard(view: View) -> Verdict | None:
    """R5b: the last session of this step was hard -> the same rung again."""
    if not view.in_step or not _hard(view, view.in_step[-1]):
        return None
    unit = view.in_step[-1]
    return _same(view, "R5b", pain=_said(unit.pain), morning=_said(unit.morning))


def r5a_step_done(view: View) -> Verdict | None:
    """R5a: two ok sessions on this rung and its minimum days over -> the next; that of 100 ends the way back."""
    standing = view.standing
    if standing.idx + 1 >= len(standing.ladder) or not (standing.complete and standing.may_step_up):
        return None
    since = standing.step_since if standing.step_since is not None else standing.changed
    if days_between(view.today, since) < standing.step_min_days:
        return None
    if sum(1 for unit in view.in_step if view.ok(unit)) < 2:
        return None
    dose, pct = _rung(view, standing.idx + 1)
    return Verdict("R5a", "RETURN_STEP", dose, notes=("active",) if pct == 100 else (), facts={"pct": pct})


def r5d_keep_going(view: View) -> Verdict:
    """R5d: otherwise the same rung."""
    return _same(view, "R5d", done=sum(1 for unit in view.in_step if view.ok(unit)))


def r5_returning(view: View) -> Verdict | None:
    """R5 for a track on its way back, in the order c, b, a, d (2.5)."""
    if view.standing.status != "RETURNING":
        return None
    return r5c_two_hard_sessions(view) or r5b_last_session_hard(view) or r5a_step_done(view) or r5d_keep_going(view)
