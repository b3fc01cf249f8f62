"""What reminders keeps to be read: every message with what became of it."""

from typing import Final

from services.reminders.messages import MESSAGES

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    MESSAGES: ((("key", 1), ("order", -1)),),
}
