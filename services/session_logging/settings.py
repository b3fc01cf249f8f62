"""The settings of this service and of its diary import; its environment names appear nowhere else."""

from typing import Final

from pydantic import Field, FilePath, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clinics import read_clinics
from shared.settings import PREFIX, RuntimeSettings

TOKEN_VARIABLE: Final = f"{PREFIX}TOKEN"


class SessionLoggingSettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""

    clinics_file: FilePath = Field(description="A JSON file: tenant -> name, country, phone, hours, emergency numbers.")

    @field_validator("clinics_file")
    @classmethod
    def _of_clinics(cls, file: FilePath) -> FilePath:
        try:
            read_clinics(file)
        except OSError:
            raise ValueError("The file of the clinics cannot be read.") from None
        return file


class ImportSettings(BaseSettings):
    """What the diary import reads from the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    token: SecretStr | None = Field(None, description="A bearer token of the person or of staff.")
