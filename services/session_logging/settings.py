"""The settings of this service and of its diary import; its environment names appear nowhere else."""

from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import PREFIX, RuntimeSettings

TOKEN_VARIABLE: Final = f"{PREFIX}TOKEN"


class SessionLoggingSettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""


class ImportSettings(BaseSettings):
    """What the diary import reads from the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    token: SecretStr | None = Field(None, description="A bearer token of the person or of staff.")
