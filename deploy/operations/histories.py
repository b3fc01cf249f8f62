"""What a topic must hold of each key: numbers 1, 2, 3 … by first occurrence."""

from dataclasses import dataclass, field

from shared.runtime.restored import RAISED_BY


@dataclass(slots=True)
class Histories:
    """The numbers of one topic, record by record in the order of the partitions; only first occurrences count.

    Where a partition no longer begins at its beginning (retention), a history may begin anywhere. A restore raises:
    after it a key goes on beyond the next million, and one that had no number yet begins at the first after it.
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
        expected = (last or 0) + 1
        if number // RAISED_BY > (last or 0) // RAISED_BY and (last is not None or number % RAISED_BY == 1):
            self.raised += 1
        elif number != expected and (last is not None or from_the_beginning):
            self.gaps.append((key, expected, number))
        self.highest[key] = number
