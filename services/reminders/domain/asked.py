"""A question of another service that the person is to be told of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the person has not been told of; `kind` is that of the service that asks, where the words
    are read: `plans` with `of_plan`, else `progression`.

    `until` is when it closes, None while it is open as long as it is true; the last fields are those of a `Note`.
    """

    question_id: str
    kind: str
    track_id: str | None
    until: datetime | None
    event_id: str
    base: datetime
    release_at: datetime | None = None
    attempt: int = 0
    failures: int = 0
    muted: bool = False
    of_plan: bool = False

    @property
    def message_kind(self) -> Literal["prompt", "question"]:
        """What a message that tells of it is called."""
        return "prompt" if self.of_plan else "question"
