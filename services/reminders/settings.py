"""The settings of this service: those of every service, and where the local inbox lies."""

from pathlib import Path

from pydantic import Field

from shared.settings import RuntimeSettings


class RemindersSettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""

    outbox_dir: Path = Field(description="The folder in which messages to people are laid down as files.")
