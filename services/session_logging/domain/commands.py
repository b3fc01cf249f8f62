"""What people and programs may ask of a person's diary; text that a person wrote is sealed before it gets here."""

from dataclasses import dataclass, field
from datetime import datetime

from services.session_logging.domain.session import Session
from services.session_logging.domain.window import Basis


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as it was told: nothing converted, nothing filled in.

    `amount` is decimal text in `unit` (s, min, h, reps, m, km, mi). The smallest log has a track or an activity and an
    amount (article P2.5); without `started_at` it began when the log arrived. Scores are 0-10, enjoyment is 0-3.
    """

    track_id: str | None = None
    activity: str | None = None
    variant: str = "full"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    amount: str | None = None
    unit: str | None = None
    pain: int | None = None
    pain_before: int | None = None
    effort: int | None = None
    fatigue: int | None = None
    stop: str | None = None
    enjoyment: int | None = None


@dataclass(frozen=True, slots=True)
class LogSession:
    """`session.log`: one bout. The id is the client's, and the command's too.

    `current` is what was found under this id when it was read for this command.
    """

    session_id: str
    entry: Entry
    current: Session | None = None
    basis: Basis = field(default_factory=Basis)


@dataclass(frozen=True, slots=True)
class AmendSession:
    """`session.amend`: those fields of `entry` that `changed` names replace what was logged.

    `if_match` is the revision that the caller saw, `current` the session as it was read for this command.
    """

    session_id: str
    if_match: int
    changed: tuple[str, ...]
    entry: Entry
    current: Session | None = None
    basis: Basis = field(default_factory=Basis)


@dataclass(frozen=True, slots=True)
class VoidSession:
    """`session.void`: it never happened. `reason` is mistake, duplicate, other_person or other."""

    session_id: str
    reason: str
    current: Session | None = None
    basis: Basis = field(default_factory=Basis)


@dataclass(frozen=True, slots=True)
class MorningCheck:
    """How a morning felt, 0-10; without `at` it is the moment of the log."""

    at: datetime | None = None
    pain: int | None = None
    fatigue: int | None = None


@dataclass(frozen=True, slots=True)
class SubmitMorningCheck:
    """`morning_check.submit`."""

    check_id: str
    check: MorningCheck
    basis: Basis = field(default_factory=Basis)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One line of an offline queue or a paper diary: a session or a morning check, with an id of its own."""

    id: str
    session: Entry | None = None
    morning_check: MorningCheck | None = None


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Many items at once, at most 200; each ends on its own."""

    batch_id: str
    items: tuple[BatchItem, ...]
    basis: Basis = field(default_factory=Basis)


@dataclass(frozen=True, slots=True)
class AddJournal:
    """`journal.add`: sealed words with tags easy, hard, barrier; `bring_to_visit` lets the clinician read them."""

    entry_id: str
    at: datetime | None
    tags: tuple[str, ...]
    bring_to_visit: bool
    sealed_text: str | None
    basis: Basis = field(default_factory=Basis)
