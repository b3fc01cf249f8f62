"""What community keeps to be read."""

from typing import Final

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {}
