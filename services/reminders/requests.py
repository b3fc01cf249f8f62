"""What callers send to reminders and what they read back."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator

from shared.clinics import Human
from shared.contracts.fields import Id, LocalTime

BODY = ConfigDict(extra="forbid", allow_inf_nan=False)

Words = Annotated[str, Field(min_length=1, max_length=200)]


class IfThenBody(BaseModel):
    """The person's own words for "If ..., then I will ..."; both parts are needed (article P5.4)."""

    model_config = BODY
    situation: Words
    action: Words

    @field_validator("situation", "action")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.strip() or any(ord(character) < 32 for character in value):
            raise ValueError("The words are one line of text.")
        return value.strip()


class CueBody(BaseModel):
    """A daily prompt at local wall time `HH:MM`, for a track or for the day; `id` is made by the client."""

    model_config = BODY
    id: Id
    time: LocalTime
    track_id: Id | None = None
    if_then: IfThenBody | None = None
    enabled: StrictBool = True


class QuietHoursBody(BaseModel):
    """Wall times between which nothing is sent; `start` after `end` spans midnight. `id` is made by the client."""

    model_config = BODY
    id: Id
    start: LocalTime
    end: LocalTime
    enabled: StrictBool = True


BlockKind = Literal["religious", "travel", "clinic", "other"]


class BlockedDaysBody(BaseModel):
    """Days from the first to the last, both of them too, without prompts; they count for nothing.

    `kind` need not be said. `id` is made by the client.
    """

    model_config = BODY
    id: Id
    first: date
    last: date
    kind: BlockKind | None = None


class BlockView(BaseModel):
    """One range of blocked days; `kind` is read by the person and their clinicians only."""

    block_id: str
    first: date
    last: date
    kind: BlockKind | None


class BlockedDaysView(BaseModel):
    """All ranges of blocked days that can still matter, the first one first."""

    blocked: list[BlockView]
    human: Human


class CueView(BaseModel):
    """A cue with its next slot; `waits_for_plan` says that it rests because no plan is in force.

    `reason` and, in the person's language, `reason_text` say why it will not prompt: `switched_off`, `reminders_off`
    (the person uses none), `no_active_plan`, `suspended`, `flare`, `paused` or `blocked_day`. `human` is whom the
    person can reach.
    """

    cue_id: str
    time: str
    track_id: str | None
    enabled: bool
    waits_for_plan: bool
    next_local_date: str | None
    next_at: datetime | None
    reason: str | None
    reason_text: str | None
    human: Human


class CueWithWordsView(BaseModel):
    """A cue with the person's own words."""

    cue_id: str
    time: str
    track_id: str | None
    enabled: bool
    waits_for_plan: bool
    next_local_date: str | None
    next_at: datetime | None
    reason: str | None
    reason_text: str | None
    situation: str | None
    action: str | None


class CuesView(BaseModel):
    """All cues of a person."""

    cues: list[CueWithWordsView]
    human: Human


class QuietHoursView(BaseModel):
    """The quiet hours in force; `reason` says where they come from: `default`, `chosen` or `off`."""

    start: str
    end: str
    enabled: bool
    chosen: bool
    reason: str
    reason_text: str
    human: Human


class QuietHoursSetView(BaseModel):
    """The quiet hours as they were set."""

    start: str
    end: str
    enabled: bool
    reason: str
    reason_text: str
    human: Human


class UpcomingView(BaseModel):
    """A message that is to come: a cue's next slot, or a note or an offer that waits.

    `at` is null while it waits for the person's next record; `local_time` is the same on their wall clock.
    """

    kind: str
    at: datetime | None
    local_time: str | None
    cue_id: str | None = None
    track_id: str | None = None
    proposal_id: str | None = None
    question_id: str | None = None
    cause_event_id: str | None = None


class MessageView(BaseModel):
    """A message and what became of it: `sending`, `sent`, `unknown` (it may have left), `suppressed` or `failed`.

    `reason` and, in the person's language, `reason_text` say why it was not sent; `because_event_id` names the event
    that was the reason, `cause_event_id` the one that the message is about. `local_time` is the person's wall clock in
    `tz` when it was decided. The last line of `text` names a human of the clinic.
    """

    reminder_id: str
    kind: str
    status: str
    reason: str | None
    reason_text: str | None
    local_date: str
    local_time: str
    tz: str
    text: list[str]
    cue_id: str | None
    slot_id: str | None
    track_id: str | None
    decision_id: str | None
    proposal_id: str | None
    question_id: str | None
    cause_event_id: str | None
    because_event_id: str | None
    channel: str


class RemindersView(BaseModel):
    """What is to come, and page by page, newest first, what was sent and what was not."""

    upcoming: list[UpcomingView]
    items: list[MessageView]
    next_cursor: str | None
    human: Human
