"""The settings of this service, none of its own yet, and those of the commands that read its database."""

from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import PREFIX, RuntimeSettings

LOCAL_URL: Final = "mongodb://127.0.0.1:27120/"
"""Where the local stack keeps progression's data when it listens on its usual ports."""


class ProgressionSettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""


class CommandSettings(BaseSettings):
    """What the commands beside the service read from the environment: where its data lie."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    mongo_url: str = Field(LOCAL_URL, repr=False, description="The service's own MongoDB.")
    namespace: str | None = Field(None, description="Prefix of the database, where there is one.")
    database_suffix: str | None = Field(None, description="What stands behind the name of a replayed database.")
