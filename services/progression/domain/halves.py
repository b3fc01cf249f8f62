"""The same amount in two bouts of one day: how it is split, and for how long that holds (2.11 W10, W1)."""

from __future__ import annotations

from typing import Any

from services.progression.domain.model import Case
from services.progression.domain.parameters import ceil_div, default_dose_min
from services.progression.domain.state import TrackState

Halves = tuple[int, int]


def in_two(dose: int, case: Case, marker: str) -> Halves | None:
    """Two parts of `dose` in whole steps, the larger first; None where the smaller one would be below `dose_min`, or
    below the smallest common dose of its marker (a minute, a repetition, 50 m)."""
    known: Any = marker
    step = case.parameters.step
    first = ceil_div(dose, 2 * step) * step
    smallest = max(case.parameters.dose_min, default_dose_min(known))
    return (first, dose - first) if dose - first >= smallest else None


def halves_of(track: TrackState) -> Halves | None:
    """The two bouts that the person chose for the dose in force, None where it is one: another dose ends the choice."""
    return track.halves if track.halves is not None and sum(track.halves) == track.doses[-1][1] else None
