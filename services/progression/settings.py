"""The settings of this service, where the clinics are described, and of the commands that read its database."""

from typing import Final

from pydantic import Field, FilePath, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clinics import read_clinics
from shared.settings import PREFIX, RuntimeSettings

LOCAL_URL: Final = "mongodb://127.0.0.1:27120/"
"""Where the local stack keeps progression's data when it listens on its usual ports."""


class ProgressionSettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start.

    Without the file of the clinics the texts for people name none.
    """

    clinics_file: FilePath | None = Field(
        None, description="A JSON file: tenant -> name, country, phone, hours, emergency numbers."
    )

    @field_validator("clinics_file")
    @classmethod
    def _of_clinics(cls, file: FilePath | None) -> FilePath | None:
        try:
            if file is not None:
                read_clinics(file)
        except OSError:
            raise ValueError("The file of the clinics cannot be read.") from None
        return file


class CommandSettings(BaseSettings):
    """What the commands beside the service read from the environment: where its data lie."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    mongo_url: str = Field(LOCAL_URL, repr=False, description="The service's own MongoDB.")
    namespace: str | None = Field(None, description="Prefix of the database, where there is one.")
    database_suffix: str | None = Field(None, description="What stands behind the name of a replayed database.")
