"""How grave each sign is, and which one an answer is judged by (domain/safety.md 9.1)."""

from collections.abc import Iterable
from typing import Final, Literal

Level = Literal["emergency", "urgent", "review", "lock"]

GRAVEST_FIRST: Final[tuple[Level, ...]] = ("emergency", "urgent", "review", "lock")

LEVELS: Final[dict[str, Level]] = {
    "chest": "emergency",
    "stroke": "emergency",
    "cauda_equina": "emergency",
    "new_weakness": "urgent",
    "self_harm": "emergency",
    "infection": "urgent",
    "trauma": "urgent",
    "cancer": "review",
    "clot": "emergency",
    "pregnancy": "emergency",
    "post_op": "urgent",
    "crash": "lock",
    "unsafe": "urgent",
    "medication": "emergency",
}
"""The level of each sign, in the order of the list; where 9.1 names two (clot, medication), the graver one."""


def in_order(signs: Iterable[str]) -> tuple[str, ...]:
    """The signs answered yes, each once, the gravest first and within a level in the order of the list."""
    chosen = set(signs)
    return tuple(
        sign for level in GRAVEST_FIRST for sign, its_level in LEVELS.items() if sign in chosen and its_level == level
    )


def level_of(signs: Iterable[str]) -> Level | None:
    """The level of the gravest sign, or None when nothing was answered yes."""
    ordered = in_order(signs)
    return LEVELS[ordered[0]] if ordered else None


def graver(one: Level, other: Level) -> Level:
    """The graver of two levels."""
    return min(one, other, key=GRAVEST_FIRST.index)
