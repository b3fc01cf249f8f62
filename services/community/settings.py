"""The settings of this service: those of every service, and none of its own yet."""

from shared.settings import RuntimeSettings


class CommunitySettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""
