"""What is known about one person: how to speak to them, and whether automation is suspended."""

from dataclasses import dataclass
from datetime import datetime

from services.safety.domain.levels import Level


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The person is of this tenant: their locale, IANA zone, and the wall time `HH:MM` of their day's start (W1)."""

    locale: str
    tz: str
    day_starts_at: str = "03:00"


@dataclass(frozen=True, slots=True)
class Suspension:
    """One episode in which nothing automatic happens (R1), from its first flag until a clinician's note.

    `signs` and `level` are those of all its flags together; `flags` are the ids of the latest ones, in order. One that
    a clinician began has their `reason` (a code) and id, and no flag until one joins it.
    """

    suspension_id: str
    since: datetime
    level: Level
    signs: tuple[str, ...]
    flags: tuple[str, ...]
    reason: str | None = None
    began_by: str | None = None


@dataclass(frozen=True, slots=True)
class SafetyState:
    """The whole state of one person in this service; the defaults are a person never heard of."""

    enrolment: Enrolment | None = None
    suspension: Suspension | None = None
