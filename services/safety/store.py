"""What safety keeps to be read: every answer to the list, and every suspension with how it ended."""

from typing import Final

ANSWERS: Final = "answers"
SUSPENSIONS: Final = "suspensions"

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    ANSWERS: ((("key", 1), ("order", -1)),),
    SUSPENSIONS: ((("key", 1), ("order", -1)),),
}
