"""The settings of this service: those of every service, where the local inbox lies, and who answers for a tenant."""

from pathlib import Path
from typing import Self

from pydantic import Field, FilePath, model_validator

from shared.clinics import ANY_TENANT, Clinics, read_clinics
from shared.settings import RuntimeSettings


class RemindersSettings(RuntimeSettings):
    """Read from `PACEWELL_*` once at start.

    No message leaves without a named human: the file of the clinics has an entry `*` for tenants that it does not list.
    """

    outbox_dir: Path = Field(description="The folder in which messages to people are laid down as files.")
    clinics_file: FilePath = Field(description="A JSON file: tenant -> name, country, phone, hours, emergency numbers.")

    @model_validator(mode="after")
    def _a_human_for_every_tenant(self) -> Self:
        if self.clinics().of(ANY_TENANT) is None:
            raise ValueError(f"The file of the clinics needs an entry {ANY_TENANT} for tenants that it does not list.")
        return self

    def clinics(self) -> Clinics:
        """The clinics; raises `ValueError` that says which entry and field is wrong."""
        try:
            return read_clinics(self.clinics_file)
        except OSError:
            raise ValueError("The file of the clinics cannot be read.") from None
