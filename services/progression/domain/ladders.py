"""The rungs of a way back: those of 2.4, or those that a clinician set, and the rung it begins on (2.8)."""

from __future__ import annotations

from services.progression.domain.parameters import Parameters

Ladder = tuple[tuple[int, ...], int]
"""Rungs in per cent, and days a rung lasts at least."""


def ladder_of(rungs: tuple[int, ...], days: int, p: Parameters) -> tuple[tuple[int, ...], int, int]:
    """Rungs in per cent, the place of the first (0 = the lowest), and the days a rung lasts at least.

    `rungs` and `days` are those of 2.4. However high the way back begins, one step up is left of it.
    """
    if p.ladder is not None:
        rungs = tuple(int(rung) for rung in p.ladder.split("-"))
    first = 0 if p.ladder_entry is None else min(p.ladder_entry - 1, len(rungs) - 2)
    return rungs, first, days if p.ladder_days is None else p.ladder_days
