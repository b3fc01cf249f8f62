"""What may be asked of safety, one value per command."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

OWN: Final = frozenset({"patient", "caregiver"})
"""Those whose token names the person: they are always heard, also before the enrolment was heard of."""


@dataclass(frozen=True, slots=True)
class AnswerRedFlags:
    """Note an answer to the whole list: the signs answered yes (none: all no), and when it was given."""

    flag_id: str
    context: str
    yes: tuple[str, ...]
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class SuspendAutomation:
    """Stop everything automatic for a person without a red flag, for a reason of a closed list (progression 2.8)."""

    suspension_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeAutomation:
    """End a suspension with a clinician's note, sealed with the person's key (domain/safety.md 9.2 Resume).

    `last_flag_id` is the flag that the clinician saw last, where they say so.
    """

    suspension_id: str
    note_sealed: str
    last_flag_id: str | None = None


Command = AnswerRedFlags | SuspendAutomation | ResumeAutomation
