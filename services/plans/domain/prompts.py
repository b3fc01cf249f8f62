"""What waits for the person themselves: something to read, to answer or to agree to, until it is done or too late."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PromptKind = Literal[
    "agreement", "change_note", "goals", "review", "checkin", "measure", "lesson", "tryout", "transfer"
]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing that waits for the person; `ref` is the id of what it is about, `until` when it is too late for it."""

    prompt_id: str
    kind: PromptKind
    ref: str
    opened_at: datetime
    until: datetime | None = None


def alike(prompts: tuple[Prompt, ...], kind: PromptKind, ref: str) -> Prompt | None:
    """The open prompt about the same thing, None where there is none."""
    return next((one for one in prompts if (one.kind, one.ref) == (kind, ref)), None)


def over(prompts: tuple[Prompt, ...], now: datetime) -> tuple[Prompt, ...]:
    """The prompts whose time has passed."""
    return tuple(one for one in prompts if one.until is not None and one.until <= now)


def next_end(prompts: tuple[Prompt, ...]) -> datetime | None:
    """When the next prompt is too late (UTC), None while none has an end."""
    return min((one.until for one in prompts if one.until is not None), default=None)
