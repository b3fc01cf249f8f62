"""Why not the next rule up: which rule would raise the dose from here, and what still stands before it (2.5, W9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from services.progression.domain.easing import r7_gap, r8_regress, r9a_single_bad
from services.progression.domain.model import Case, Verdict
from services.progression.domain.returning import r5b_last_session_hard, r5c_two_hard_sessions, r5d_keep_going
from services.progression.domain.rising import (
    r10b_goal_reached,
    r10c_at_ceiling,
    r10d_too_soon,
    r10e_too_little_evidence,
    r11_advance,
)
from services.progression.domain.starting import r6a_baseline_incomplete
from services.progression.domain.table import SYMPTOM_GUIDED, Rule, r1_red_flag, r2_paused, r3_flare, r4_override
from services.progression.domain.view import View, days_between

Measure = Literal["days", "sessions", "mornings"]

_STATES: Final[tuple[Rule, ...]] = (r1_red_flag, r2_paused, r3_flare, r4_override)
_EASES: Final[tuple[tuple[str, Rule], ...]] = (("R7", r7_gap), ("R8", r8_regress), ("R9a", r9a_single_bad))
_HOLDS: Final[tuple[tuple[str, Rule], ...]] = (
    ("R10b", r10b_goal_reached),
    ("R10c", r10c_at_ceiling),
    ("R10d", r10d_too_soon),
    ("R10e", r10e_too_little_evidence),
)
_SYMPTOMS: Final = tuple(zip(("R10f", "R10g", "R10h", "R10i"), SYMPTOM_GUIDED, strict=True))
_LADDER_OK: Final = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold for the dose to rise; `verdict` is what the table says while it does not, else None.

    `lock` names the lock of an R10a. `have` of `need` count what there is of what is asked for, in `measure`.
    """

    rule: str
    verdict: Verdict | None = None
    lock: str | None = None
    have: int | None = None
    need: int | None = None
    measure: Measure | None = None

    @property
    def met(self) -> bool:
        """Whether nothing is missing here."""
        return self.verdict is None


@dataclass(frozen=True, slots=True)
class NextUp:
    """The rule that would give more, the dose it would give (None where that is not known yet), and every condition."""

    rule: str
    dose: int | None
    conditions: tuple[Condition, ...]

    @property
    def missing(self) -> tuple[Condition, ...]:
        """What still stands before it, in the order of the table."""
        return tuple(condition for condition in self.conditions if not condition.met)


def next_up(case: Case, locks: tuple[str, ...] = ()) -> NextUp:
    """What would raise the dose of this case, and what is missing for it.

    On the way back that is R5a, while a start is being found R6b, else R11 or R11s. A stop, a pause, a flare and an
    override stand before everything (R1-R4); what comes after them is asked anew when they end.
    """
    view = View.of(case)
    standing = case.standing
    rule = {"RETURNING": "R5a"}.get(standing.status, "R6b" if standing.phase == "BASELINE" else "R11")
    for state in _STATES:
        verdict = state(view)
        if verdict is not None:
            return NextUp(rule, None, (Condition(verdict.rule, verdict),))
    if rule == "R5a":
        return _rung_up(view)
    if rule == "R6b":
        return _start(view)
    offered = r11_advance(view)
    rises = offered.dose > standing.dose
    return NextUp(offered.rule, offered.dose if rises else None, tuple(_for_a_rise(view, locks)))


def _for_a_rise(view: View, locks: tuple[str, ...]) -> Iterator[Condition]:
    for name, rule in _EASES:
        verdict = rule(view)
        yield Condition(verdict.rule if verdict else name, verdict)
    yield from _locks(view, locks)
    symptoms = _SYMPTOMS if view.p.profile == "symptom_guided" else ()
    for name, rule in (*_HOLDS, *symptoms):
        have, need, measure = _count(view, name)
        yield Condition(name, rule(view), None, have, need, measure)


def _locks(view: View, locks: tuple[str, ...]) -> list[Condition]:
    """R10a, one condition for each lock that stands (W9)."""
    if view.p.allow_increase:
        return [Condition("R10a")]
    held = Verdict("R10a", "HOLD", view.standing.dose)
    return [Condition("R10a", held, lock) for lock in locks or ("clinician",)]


def _count(view: View, rule: str) -> tuple[int | None, int | None, Measure | None]:
    if rule == "R10d":
        need = view.p.advance_days * (2 if view.coarse else 1)
        return days_between(view.today, view.standing.changed), need, "days"
    if rule == "R10e":
        return view.evidence, view.need, "sessions"
    if rule == "R10g":
        return sum(1 for unit in view.window_ok if view.settled(unit) is True), 2, "mornings"
    return None, None, None


def _rung_up(view: View) -> NextUp:
    """R5a: two ok sessions on this rung, its days over, the last not hard, and nothing else rising (2.5, 2.5.1)."""
    standing, same = view.standing, r5d_keep_going(view)
    since = standing.step_since or standing.changed
    days, ok = days_between(view.today, since), sum(1 for unit in view.in_step if view.ok(unit))
    hard = r5c_two_hard_sessions(view) or r5b_last_session_hard(view)
    free = standing.complete and standing.may_step_up
    last = standing.idx + 1 >= len(standing.ladder)
    over = since + timedelta(days=standing.step_min_days)
    waits = Verdict("R10d", "HOLD", standing.dose, facts={"days": days, "date": over.isoformat()})
    held = Verdict("R10a", "HOLD", standing.dose)
    conditions = (
        Condition(hard.rule if hard else "R5b", hard),
        Condition("R5d", same if ok < _LADDER_OK else None, None, ok, _LADDER_OK, "sessions"),
        Condition("R5d", waits if days < standing.step_min_days else None, None, days, standing.step_min_days, "days"),
        Condition("R10a", None if free else held, None if free else _hindrance(standing.complete)),
    )
    before = standing.d_pre if standing.d_pre is not None else standing.dose
    if last or before == 0:
        return NextUp("R5a", None, conditions)
    return NextUp("R5a", view.capped(view.scaled(before, standing.ladder[standing.idx + 1])), conditions)


def _hindrance(complete: bool) -> str:
    return "one_at_a_time" if complete else "incomplete"


def _start(view: View) -> NextUp:
    verdict = r6a_baseline_incomplete(view)
    have = int(verdict.facts["done"]) if verdict else view.p.baseline_n
    need = int(verdict.facts["need"]) if verdict else view.p.baseline_n
    return NextUp("R6b", None, (Condition("R6a", verdict, None, have, need, "sessions"),))
