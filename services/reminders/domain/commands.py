"""What may be asked of reminders, one value per command."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SetCue:
    """Choose a daily prompt at local wall time `HH:MM`; the if-then words come sealed."""

    cue_id: str
    time: str
    track_id: str | None
    situation: str | None
    action: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class SetQuietHours:
    """Choose the wall times between which nothing is sent, or switch them off."""

    start: str
    end: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class BlockDays:
    """Block days from the first to the last, both too; why, where it is said, comes sealed: it may tell a belief."""

    block_id: str
    first: date
    last: date
    kind_sealed: str | None


@dataclass(frozen=True, slots=True)
class UnblockDays:
    """Take a range of blocked days back."""

    block_id: str


Command = SetCue | SetQuietHours | BlockDays | UnblockDays
