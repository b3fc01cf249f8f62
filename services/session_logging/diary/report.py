"""How every row of a diary ended, in numbers and row by row."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from services.session_logging.diary.rows import Diary, Row

ENDS: Final = ("logged", "history_only", "exists", "rejected", "not_sent")
_WORST_FIRST: Final = ("rejected", "created", "history_only", "exists")
_NAMES: Final = {"created": "logged"}


@dataclass(slots=True)
class Report:
    """The end of every row: logged, history_only (older than 28 days), exists, or rejected with its reason.

    A row is `not_sent` only when the import stopped before it, or was a dry run.
    """

    diary: Diary
    ends: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    _outcomes: dict[int, list[str]] = field(default_factory=dict)

    def take(self, row: Row, answer: dict[str, Any]) -> None:
        """Note what became of one item of a row; a row is rejected when any of its items is."""
        self._outcomes.setdefault(row.number, []).append(answer["outcome"])
        if answer["outcome"] == "rejected":
            self.reasons[row.number] = answer["problem"]["code"]
        outcome = min(self._outcomes[row.number], key=_WORST_FIRST.index)
        self.ends[row.number] = _NAMES.get(outcome, outcome)

    def open(self) -> None:
        """Note the rows that were rejected before anything was sent; the others wait."""
        for row in self.diary.rows:
            self.ends[row.number] = "not_sent" if row.reason is None else "rejected"
            if row.reason is not None:
                self.reasons[row.number] = row.reason

    @property
    def counts(self) -> dict[str, int]:
        """How many rows ended in each way."""
        ended = Counter(self.ends.values())
        return {end: ended[end] for end in ENDS}

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        filled_in = Counter(word for row in self.diary.rows if row.items for word in row.declared)
        return {
            "rows": len(self.diary.rows),
            "blank_rows": self.diary.blank,
            "shifted_days": self.diary.shifted_days,
            "counts": self.counts,
            "rejected_by_reason": dict(sorted(Counter(self.reasons.values()).items())),
            "declared": dict(sorted(filled_in.items())),
            "rejected": [{"row": row, "reason": reason} for row, reason in sorted(self.reasons.items())],
        }

    def show(self, console: Console) -> None:
        """A table of the counts, the reasons, and what the mapping filled in."""
        table = Table(title=f"{len(self.diary.rows)} rows, shifted by {self.diary.shifted_days} days")
        table.add_column("end of a row")
        table.add_column("rows", justify="right")
        for end, count in self.counts.items():
            if count or end != "not_sent":
                table.add_row(end.replace("_", " "), str(count))
        told = self.as_json()
        for reason, count in told["rejected_by_reason"].items():
            table.add_row(f"  rejected: {reason}", str(count), style="dim")
        for word, count in told["declared"].items():
            table.add_row(f"  filled in by the mapping: {word}", str(count), style="dim")
        console.print(table)

    def write_rejected(self, path: Path) -> None:
        """The rejected rows as CSV: their number and reason, then their cells (blank ones filled from above)."""
        rows = {row.number: row for row in self.diary.rows}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "reason", *self.diary.header])
            for number, reason in sorted(self.reasons.items()):
                writer.writerow([number, reason, *rows[number].cells])
