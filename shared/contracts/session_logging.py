"""Events of `session_logging`: what the person did, how it felt, and what they corrected."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Amount, Code, Id, Marker, Moment, Score

Variant = Literal["full", "shorter", "gentler", "swap", "rest"]
Stop = Literal["pain", "fatigue", "time", "weather", "forgot", "wrong", "other"]
Reporter = Literal["patient", "staff", "caregiver", "device"]
Alert = Literal["something_wrong", "pain_9", "pain_rise_4"]
"""Why the answer to a log carried the red-flag list (progression 2.11 W15)."""


class SessionLoggedV1(BaseModel):
    """One bout of one track; bouts of one track and person's day share a `slot_id` and count as one session.

    `amount` is in the marker's base unit (s, repetitions, m). `pain`, `pain_before`, `effort` and `fatigue` are 0-10 or
    null. `stop` is why it ended early (`wrong`: "something is wrong"). `reporter` says whose words these are (W3).
    `alert` is set where the answer to the log was the red-flag list (W15), so that a human looks the same day.
    `history_only` marks what is older than 28 days (2.7); `more_follow` that more of the same batch is on its way.
    """

    model_config = CONTRACT
    session_id: Id
    revision: Annotated[int, Field(ge=1)]
    track_id: Id | None
    slot_id: Id | None
    activity_family: Code
    variant: Variant
    started_at: Moment
    ended_at: Moment
    amount: Amount
    marker: Marker
    pain: Score | None = None
    pain_before: Score | None = None
    effort: Score | None = None
    fatigue: Score | None = None
    stop: Stop | None = None
    enjoyment: Annotated[int, Field(ge=0, le=3)] | None = None
    reporter: Reporter
    alert: Alert | None = None
    history_only: bool = False
    more_follow: bool = False


class SessionAmendedV1(BaseModel):
    """The person corrected a bout; the whole new content, which supersedes every lower revision."""

    model_config = CONTRACT
    session_id: Id
    revision: Annotated[int, Field(ge=2)]
    track_id: Id | None
    slot_id: Id | None
    activity_family: Code
    variant: Variant
    started_at: Moment
    ended_at: Moment
    amount: Amount
    marker: Marker
    pain: Score | None = None
    pain_before: Score | None = None
    effort: Score | None = None
    fatigue: Score | None = None
    stop: Stop | None = None
    enjoyment: Annotated[int, Field(ge=0, le=3)] | None = None
    reporter: Reporter
    alert: Alert | None = None
    history_only: bool = False
    more_follow: bool = False


class SessionVoidedV1(BaseModel):
    """A bout never happened; it leaves every count."""

    model_config = CONTRACT
    session_id: Id
    revision: Annotated[int, Field(ge=2)]
    track_id: Id | None
    slot_id: Id | None
    started_at: Moment
    reason: Literal["mistake", "duplicate", "other_person", "other"]


class MorningCheckRecordedV1(BaseModel):
    """How the next morning felt (0-10); the other half of the evidence for a step (2.3 `settled`)."""

    model_config = CONTRACT
    check_id: Id
    at: Moment
    pain: Score | None = None
    fatigue: Score | None = None
    reporter: Reporter
    more_follow: bool = False


class JournalRecordedV1(BaseModel):
    """A journal entry exists; its words stay sealed in `session_logging`.

    `bring_to_visit` says that the person wants to talk about it at the next visit.
    """

    model_config = CONTRACT
    entry_id: Id
    tags: tuple[Literal["easy", "hard", "barrier"], ...] = ()
    bring_to_visit: bool = False
