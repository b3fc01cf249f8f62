"""Plain text for a terminal or a file: tables of columns, and the way numbers and days are told there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unicodedata import category


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], indent: str = "  ") -> list[str]:
    """Columns beside each other, each as wide as its widest cell."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[place]) for row in cells) for place in range(len(head))]
    return [
        (
            indent + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def _width(cell: str) -> int:
    """How many columns of a terminal a text takes: marks on a letter and marks of direction take none."""
    return sum(1 for letter in cell if category(letter) not in ("Mn", "Cf"))


def said(value: Any) -> str:
    """A value in a word: `–` for none, yes and no for switches."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
