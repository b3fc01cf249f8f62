"""What is remembered of a lowering, so that it can be taken back when its cause is corrected (2.7)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from services.progression.domain.model import Phase, Status

FootingRow = tuple[
    Status,
    Phase,
    int,
    date,
    int,
    int,
    tuple[date, ...],
    date | None,
    int | None,
    tuple[int, ...],
    int,
    date | None,
    int | None,
    int,
    int,
]
"""A `Footing` as a plain row, field by field."""

LoweringRow = tuple[str, str, date, int, int, date, FootingRow, tuple[date, ...], int, int]
"""A `Lowering` as a plain row: a rough month has ten of them, which named field by field are half of what is stored."""


class Lowering(NamedTuple):
    """A decision that lowered the dose and may have to be taken back when what caused it is corrected (2.7).

    `day` and `at` are when it was taken, `oldest` the oldest day of the sessions it rests on, `before` the footing it
    left, `mornings` the days whose unsettled morning it counts (W2), `gap_t1` and `gap_t2` the gap limits of then.
    """

    decision_id: str
    rule: str
    day: date
    at: int
    dose: int
    oldest: date
    before: FootingRow
    mornings: tuple[date, ...] = ()
    gap_t1: int = 7
    gap_t2: int = 14
