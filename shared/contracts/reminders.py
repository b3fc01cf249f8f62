"""Events of `reminders`: what was sent to a person, and what was not, with the reason."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Code, Id

Kind = Literal["cue", "change_note", "prompt", "proposal", "question", "safety"]


class ReminderDispatchedV1(BaseModel):
    """A message left; `unknown` means it may or may not have before a crash, and is not sent again."""

    model_config = CONTRACT
    reminder_id: Id
    kind: Kind
    cue_id: Id | None = None
    slot_id: Id | None = None
    channel: Code
    local_date: date
    outcome: Literal["sent", "unknown"]
    cause_event_id: Id | None = None


class ReminderSuppressedV1(BaseModel):
    """A message that was due and did not leave, with the one reason why."""

    model_config = CONTRACT
    reminder_id: Id
    kind: Kind
    cue_id: Id | None = None
    slot_id: Id | None = None
    local_date: date
    reason: Code


class DaysV1(BaseModel):
    """Days of the person from the first to the last, both of them too."""

    model_config = CONTRACT
    first: date
    last: date


class DaysBlockedV1(BaseModel):
    """All days that the person blocked, from now on; what was told before holds no longer (adherence 4.1).

    In order and without overlap; none when nothing is blocked any more. Why a day is blocked is not told: it may say
    what somebody believes.
    """

    model_config = CONTRACT
    blocked: Annotated[tuple[DaysV1, ...], Field(max_length=60)]
