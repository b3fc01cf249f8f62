"""What lies in the folder in which the file channel lays a person's messages down, as an outsider reads it."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple


class LaidDown(NamedTuple):
    """By message: how many files a person can read, and how often the channel was asked to send it again."""

    files: Counter[str]
    again: Counter[str]


def laid_down(folder: Path) -> LaidDown:
    """Each file's name is a local time, `_` and the message's id; each sending after the first left a numbered mark."""
    return LaidDown(
        files=Counter(file.name.removesuffix(".txt").split("_", 1)[1] for file in folder.glob("*.txt")),
        again=Counter(file.name.rsplit(".", 2)[0].split("_", 1)[1] for file in folder.glob("*.again")),
    )
