"""The rungs of a way back: those of 2.4, or those that a clinician set, and the rung it begins on (2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.progression.domain.parameters import Parameters

Ladder = tuple[tuple[int, ...], int]
"""Rungs in per cent, and days a rung lasts at least."""


def ladder_of(rungs: tuple[int, ...], days: int, p: Parameters) -> tuple[tuple[int, ...], int, int]:
    """Rungs in per cent, the place of the first (0 = the lowest), and the days a rung lasts at least.

    `rungs` and `days` are those of 2.4. However high the way back begins, one step up is left of it.
    """
    return ladder_set(rungs, days, {"ladder": p.ladder, "ladder_entry": p.ladder_entry, "ladder_days": p.ladder_days})


def ladder_set(rungs: tuple[int, ...], days: int, found: Mapping[str, Any]) -> tuple[tuple[int, ...], int, int]:
    """The same from the parameters that were set, by their names."""
    ladder, entry, least = (found.get(name) for name in ("ladder", "ladder_entry", "ladder_days"))
    if ladder is not None:
        rungs = tuple(int(rung) for rung in str(ladder).split("-"))
    return rungs, 0 if entry is None else min(entry - 1, len(rungs) - 2), days if least is None else least
