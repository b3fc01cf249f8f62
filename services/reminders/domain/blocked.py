"""Days that a person blocked: nobody is prompted on them, and they do not count (domain/adherence.md 4.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from services.reminders.domain.calendar import DAY
from services.reminders.domain.model import Block, PatientState

MOST: Final = 60
AHEAD: Final = timedelta(days=366)
BACK: Final = timedelta(days=28)
"""Older days are counted for good (progression 2.7)."""

KEPT: Final = timedelta(days=8 * 7 + 28)
"""So long after its last day a range can be read: what adherence looks at, and what may still be corrected."""


def with_range(state: PatientState, block_id: str, block: Block) -> PatientState:
    """The state with a range in place of what had its id."""
    return replace(state, blocked=dict(sorted({**state.blocked, block_id: block}.items())))


def without_range(state: PatientState, block_id: str) -> PatientState:
    """The state without the range of this id; the very same one where there is none."""
    if block_id not in state.blocked:
        return state
    return replace(state, blocked={name: one for name, one in state.blocked.items() if name != block_id})


def holds(state: PatientState, day: date) -> bool:
    """Whether a day of the person is blocked."""
    return any(block.first <= day <= block.last for block in state.blocked.values())


def merged(blocks: Iterable[Block]) -> tuple[tuple[date, date], ...]:
    """The blocked days as ranges in order, without overlap; ranges that touch are one."""
    found: list[tuple[date, date]] = []
    for first, last in sorted((block.first, block.last) for block in blocks):
        if found and first <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def kept(blocked: Mapping[str, Block], today: date) -> Mapping[str, Block]:
    """The ranges that can still matter."""
    return {name: block for name, block in blocked.items() if block.last >= today - KEPT}
