"""The settings of this service: those of every service, who answers for a tenant, and where answers wait."""

from pathlib import Path
from typing import Self

from pydantic import Field, FilePath, model_validator

from shared.clinics import Clinics, read_clinics
from shared.settings import RuntimeSettings


class SafetySettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start."""

    clinics_file: FilePath = Field(description="A JSON file: tenant -> name, country, phone, hours, emergency numbers.")
    spool_dir: Path = Field(
        description="A folder of this process on a lasting disk, for answers while the database is away."
    )

    @model_validator(mode="after")
    def _clinics_are_readable(self) -> Self:
        self.clinics()
        return self

    def clinics(self) -> Clinics:
        """The clinics; raises `ValueError` that says which entry and field is wrong."""
        try:
            return read_clinics(self.clinics_file)
        except OSError:
            raise ValueError("The file of the clinics cannot be read.") from None
