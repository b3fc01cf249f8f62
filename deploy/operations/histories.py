"""What a topic must hold of each key: numbers 1, 2, 3 … by first occurrence."""

from dataclasses import dataclass, field
from typing import Final

RAISED_BY: Final = 1_000_000
"""A restored service goes on so much higher, so that its consumers accept what follows."""


@dataclass(slots=True)
class Histories:
    """The numbers of one topic, record by record in the order of the partitions; only first occurrences count.

    Where a partition no longer begins at its beginning (retention), a history may begin anywhere.
    """

    highest: dict[str, int] = field(default_factory=dict)
    tenants: dict[str, str] = field(default_factory=dict)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)
    records: int = 0
    repeated: int = 0
    raised: int = 0

    def add(self, key: str, number: int, *, from_the_beginning: bool) -> None:
        """The next record of a key."""
        self.records += 1
        last = self.highest.get(key)
        if last is not None and number <= last:
            self.repeated += 1
            return
        expected = 1 if last is None else last + 1
        if last is not None and number // RAISED_BY > last // RAISED_BY:
            self.raised += 1
        elif number != expected and (last is not None or from_the_beginning):
            self.gaps.append((key, expected, number))
        self.highest[key] = number
