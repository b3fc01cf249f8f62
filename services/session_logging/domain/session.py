"""A logged session: the latest content of one bout, with what was given kept beside what it was turned into."""

from dataclasses import dataclass
from datetime import date, datetime

FELT = ("pain", "pain_before", "effort", "fatigue", "stop", "enjoyment")
"""What says how it felt: only the person, or staff noting the person's words, may give it (W3)."""


@dataclass(frozen=True, slots=True)
class Session:
    """One bout. `amount` is in the marker's base unit, `given_amount` and `given_unit` are what was told.

    `revision` counts from 1; `status` is active or voided. `local_date` is the person's day, fixed when recorded (W1).
    `digest` is that of the first log, by which a repeated log is recognised.
    """

    session_id: str
    revision: int
    status: str
    track_id: str | None
    slot_id: str | None
    activity: str | None
    activity_family: str
    variant: str
    started_at: datetime
    ended_at: datetime
    ended_given: bool
    amount: int
    marker: str
    given_amount: str
    given_unit: str
    reporter: str
    source: str
    local_date: date
    tz: str
    history_only: bool
    digest: str
    logged_at: datetime
    updated_at: datetime
    pain: int | None = None
    pain_before: int | None = None
    effort: int | None = None
    fatigue: int | None = None
    stop: str | None = None
    enjoyment: int | None = None
    void_reason: str | None = None
