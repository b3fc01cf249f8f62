"""What may be asked of reminders, one value per command."""

from dataclasses import dataclass


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


Command = SetCue | SetQuietHours
