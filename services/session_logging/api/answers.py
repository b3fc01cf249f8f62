"""What a client gets back, as the API describes it."""

from typing import Literal

from pydantic import BaseModel, Field

from shared.clinics import Human

Why = Literal["something_wrong", "pain_9", "pain_rise_4"]
Outcome = Literal["created", "exists", "history_only", "rejected"]


class Given(BaseModel):
    """The amount as it was told, digit for digit."""

    amount: str
    unit: str


class SessionView(BaseModel):
    """A session. `amount` is in the marker's base unit (s, reps, m); a caregiver gets nothing that says how it felt."""

    id: str
    revision: int
    status: Literal["active", "voided"]
    track_id: str | None
    slot_id: str | None
    activity: str | None
    activity_family: str
    variant: str
    started_at: str
    ended_at: str
    amount: int
    marker: str
    given: Given
    local_date: str
    tz: str
    reporter: str
    history_only: bool
    updated_at: str
    void_reason: str | None = None
    pain: int | None = None
    pain_before: int | None = None
    effort: int | None = None
    fatigue: int | None = None
    stop: str | None = None
    enjoyment: int | None = None


class Sign(BaseModel):
    """One warning sign as a question to be answered yes or no."""

    code: str
    text: str


class Phone(BaseModel):
    """A number to call, with whose it is."""

    label: str
    number: str


class FlarePlan(BaseModel):
    """What the person agreed to do when things get worse, in their own words."""

    steps: list[str]
    phones: list[Phone]


class Attention(BaseModel):
    """What to do at once after a worrying answer: the warning signs, the flare plan, and a human to call.

    `answer_at` is where the signs are answered (`safety`), with the codes that were yes. Without a flare plan, or while
    it cannot be read, `flare_plan` is null; the rest is always there.
    """

    why: Why
    language: str
    warning_signs: list[Sign]
    answer_at: str
    flare_plan: FlarePlan | None
    human: Human | None
    emergency_number: str | None
    crisis_line: str | None


class SessionAnswer(BaseModel):
    """One session; `outcome` says what a log came to, `attention` what to do at once where the answer worries."""

    session: SessionView
    outcome: Outcome | None = None
    attention: Attention | None = None


class SessionPage(BaseModel):
    """Sessions, newest first; `next_cursor` is null on the last page."""

    items: list[SessionView]
    next_cursor: str | None


class DoneView(BaseModel):
    """What a caregiver sees of a session: that something was done."""

    id: str
    local_date: str
    track_id: str | None
    activity_family: str
    done: bool


class DonePage(BaseModel):
    """What was done, newest first, for a caregiver."""

    items: list[DoneView]
    next_cursor: str | None


class ItemProblem(BaseModel):
    """The rule that one item broke."""

    code: str
    detail: str
    field: str | None = Field(description="JSON pointer into the item.")


class ItemAnswer(BaseModel):
    """What one item came to; `index` is its place in the request."""

    index: int
    id: str | None
    outcome: Outcome
    problem: ItemProblem | None = None
    attention: Why | None = Field(None, description="Why this item worries; what to do stands beside the items.")


class BatchAnswer(BaseModel):
    """What every item of a batch came to, in the order sent."""

    batch_id: str
    items: list[ItemAnswer]
    counts: dict[str, int]
    attention: Attention | None = Field(None, description="What to do at once, for the gravest of the items.")


class CheckView(BaseModel):
    """A morning check."""

    id: str
    at: str
    pain: int | None
    fatigue: int | None
    reporter: str
    local_date: str
    tz: str


class CheckAnswer(BaseModel):
    """The morning check that was recorded."""

    morning_check: CheckView
    outcome: Outcome


class CheckPage(BaseModel):
    """Morning checks, newest first."""

    items: list[CheckView]
    next_cursor: str | None


class JournalView(BaseModel):
    """A journal entry with its words."""

    id: str
    at: str
    tags: list[str]
    bring_to_visit: bool
    local_date: str
    text: str | None = None


class JournalAnswer(BaseModel):
    """The entry that was kept."""

    entry: JournalView
    outcome: Outcome


class JournalPage(BaseModel):
    """Journal entries, newest first."""

    items: list[JournalView]
    next_cursor: str | None
