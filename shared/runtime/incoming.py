"""What enters the fold, and what is said of it afterwards."""

import enum
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from shared.runtime.aggregate import encode
from shared.runtime.messages import Answer, Message
from shared.runtime.wire import Raw

COMMANDS = "commands"


class Kind(enum.Enum):
    """How a message reached the fold; each has its own way to know that it was here before."""

    EVENT = "event"  # by seq and marks
    ROUTED = "routed"  # by event id
    COMMAND = "command"  # by command id
    TICK = "tick"  # by the due moment
    OUTCOME = "outcome"  # by the effect still waiting
    CLAIM = "claim"  # by the effect not yet claimed
    HOLE = "hole"  # a dead letter that never became a message
    CLOSE = "close"  # a dead letter that a person discarded


@dataclass(slots=True)
class Incoming:
    """One message on its way into the fold. `id` is its dead letter's id should it fail; `redrive` that it is one."""

    kind: Kind
    id: str
    message: Message[Any]
    raw: Raw | None = None
    fingerprint: str = ""
    redrive: bool = False


class Verdict(enum.Enum):
    """What became of one message."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    ERASED = "erased"
    DEAD = "dead"
    REFUSED = "refused"
    WAITS = "waits"  # the outbox is full: to be folded again once it was forwarded
    RECALLED = "recalled"  # a claim of an effect that the service wants no more


@dataclass(slots=True)
class Outcome:
    """The verdict on one message, with the answer or refusal of a command and the error of a dead one.

    `reason` says why an effect was recalled. `letter` is the id of its dead letter: another than its own when the same
    event died before at another offset.
    """

    verdict: Verdict
    answer: Answer | None = None
    error: Exception | None = None
    letter: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An effect is about to be tried by `by`; `instead_of` takes over a claim whose holder is gone."""

    effect_id: str
    by: str
    at_ms: int
    instead_of: str | None = None


def fingerprint(command: Any, content: bytes | None) -> str:
    """What a command said, for comparing a repeated id: its type, and its content as the client sent it."""
    return sha256(
        type(command).__name__.encode() + b"\n" + (encode(command) if content is None else content)
    ).hexdigest()
