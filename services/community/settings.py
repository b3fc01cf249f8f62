"""The settings of this service: those of every service, and where the clinics are described."""

from pydantic import Field, FilePath, field_validator

from shared.clinics import read_clinics
from shared.settings import RuntimeSettings


class CommunitySettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""

    clinics_file: FilePath = Field(description="A JSON file: tenant -> name, country, phone, hours, emergency numbers.")

    @field_validator("clinics_file")
    @classmethod
    def _of_clinics(cls, file: FilePath) -> FilePath:
        read_clinics(file)
        return file
