"""What is judged and what comes of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.evidence import Journal, Topic
from tests.support.laid_down import LaidDown


@dataclass
class Verdict:
    """What came of it; anything but zeros and no problem is a failure."""

    accounted: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    repeats: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nothing at all is wrong."""
        return not (self.lost or self.doubled or self.reordered or self.problems)

    @property
    def line(self) -> str:
        """The last line of a run."""
        return f"accounted {self.accounted}, lost {self.lost}, doubled {self.doubled}, reordered {self.reordered}"

    def tell(self, who: str, what: str) -> None:
        """Note what is wrong in words."""
        self.problems.append(f"{who}: {what}")


@dataclass
class Evidence:
    """Everything that was read once all was at rest."""

    topics: Mapping[str, Topic]
    journals: Mapping[str, Journal]
    lag: Mapping[str, int]
    letters: Sequence[Mapping[str, Any]]
    expected_letters: frozenset[tuple[str, str]]
    poison: frozenset[tuple[str, int, int]]
    readings: Mapping[str, "Reading"]


@dataclass
class Reading:
    """What one person reads: sessions, mornings, decisions, messages, celebrations; and what was laid down for them."""

    sessions: list[dict[str, Any]]
    mornings: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    offers: list[dict[str, Any]]
    laid: LaidDown
