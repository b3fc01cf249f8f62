"""What requests that were drawn from the descriptions came to, for the end of the run."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest

DRAWN: Final = pytest.StashKey["Drawn"]()
_COLUMNS: Final = ("2xx", "4xx", "5xx")


class Drawn:
    """Answers by service, by whether the request fitted the description, and by kind of status."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Counter[str]] = {}
        self._operations: dict[tuple[str, str], set[str]] = {}

    def note(self, service: str, mode: str, operation: str, status: int) -> None:
        """Count one answer; 503 is what a service may say of itself, and counts as 5xx all the same."""
        self._told.setdefault((mode, service), Counter())[f"{status // 100}xx"] += 1
        self._operations.setdefault((mode, service), set()).add(operation)

    def lines(self) -> Iterator[str]:
        """The table, with its sums."""
        yield f"{'requests':9} {'service':16} operations  requests  " + "  ".join(f"{name:>6}" for name in _COLUMNS)
        for (mode, service), told in sorted(self._told.items()):
            operations = len(self._operations[mode, service])
            cells = "  ".join(f"{told[name]:6}" for name in _COLUMNS)
            yield f"{mode:9} {service:16} {operations:10}  {told.total():8}  {cells}"
        total = sum(self._told.values(), Counter[str]())
        yield f"in all: {total.total()} requests, " + ", ".join(f"{total[name]} {name}" for name in _COLUMNS)
