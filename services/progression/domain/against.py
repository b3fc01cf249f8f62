"""What speaks against a step that the person asks for of their own accord (domain/progression.md 2.11 W11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.progression.domain.rising import r11_advance
from services.progression.domain.view import View

if TYPE_CHECKING:
    from services.progression.domain.rounds import Round

QUIET: Final = frozenset({"declined", "no_answer", "proposal_open"})
"""These keep offers back, and not the person who asks: after three "stay" a step comes on request only (W10). What a
clinician did not approve does: then a human is asked again (W11)."""

LAST: Final = 3
"""None of so many last sessions may have been bad (W11)."""

_HOLDS: Final = frozenset({"R10a", "R10d", "R10e", "R10f", "R10g", "R10h", "R10i", "R11", "R11s"})
"""Where the table only waits for time or evidence, or offers a step by itself; every other rule speaks against one."""


def against(round_: Round, track_id: str) -> str | None:
    """A lock, a rule, `bad_session`, or `fixed` by a clinician; None = nothing speaks against a step."""
    verdict, case, locks = round_.look(track_id)
    holding = [lock for lock in locks if lock not in QUIET]
    if holding:
        return holding[0]
    if round_.state.proposal is not None and round_.state.proposal.track_id != track_id:
        return "proposal_open"
    if verdict.rule == "R4":
        return "fixed"
    if verdict.rule not in _HOLDS:
        return verdict.rule
    view = View(case)
    last = [unit for unit in view.units if unit.planned > 0][-LAST:]
    if any(view.bad(unit) for unit in last):
        return "bad_session"
    if case.parameters.goal_dose is not None and case.standing.dose >= case.parameters.goal_dose:
        return "R10b"
    ceiling = case.parameters.dose_max
    if ceiling is not None and case.standing.dose >= ceiling:
        return "R10c"
    return None if r11_advance(view).dose > case.standing.dose else "R10b"
