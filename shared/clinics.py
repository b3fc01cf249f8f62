"""Who answers for a tenant: the clinic's phone, hours and emergency numbers, read from one file at start.

Every answer that may worry a person names a human, also while nothing else can be reached; so this is a file beside
each service and no call. `PACEWELL_CLINICS_FILE` names it, a JSON object of tenant -> `Clinic`; the entry `*`, where
there is one, stands for tenants that are not listed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import PREFIX

LANGUAGES: Final = ("en", "es", "ar")
"""The languages in which every text for people exists."""

DEFAULT_LANGUAGE: Final = "en"
ANY_TENANT: Final = "*"

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()\-]{1,24}$")]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class Human(BaseModel):
    """Whom a person can reach: as it is told in an answer, in their language.

    `messages_read` is false where nobody reads what is written in the product: then only the phone helps.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    phone: str
    hours: str
    messages_read: bool


class Phq4(BaseModel):
    """Who acts on a PHQ-4 above its limits, and within how many hours (safety 9.1 no. 14): without it, it is off."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: Literal[
        "physician",
        "physiotherapist",
        "occupational_therapist",
        "psychologist",
        "nurse",
        "coach",
        "coordinator",
        "other",
    ]
    within_hours: Annotated[int, Field(ge=1, le=72)]


class Licensed(BaseModel):
    """The clinic's word that it has the owners' permission to use an instrument here."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    licensed: Literal[True]


class Ears(BaseModel):
    """The same for EARS; `reversed` are the numbers of the items that its licensed text scores the other way round."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    licensed: Literal[True]
    reversed: tuple[Annotated[int, Field(ge=1, le=6)], ...] = ()


class Instruments(BaseModel):
    """The questionnaires that are off until a clinic says who acts on them, or that they are licensed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    phq4: Phq4 | None = None
    promis: Licensed | None = None
    pseq2: Licensed | None = None
    ears: Ears | None = None


class Clinic(BaseModel):
    """One clinic. `country` is an ISO 3166 code; the two numbers are those of that country (safety 9.1 no. 1, 5).

    `hours` says by language when the phone is answered; English is always there. `minors` lets people under age be
    given a plan (off). `instruments` switches questionnaires on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: _Line
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    emergency_number: _Phone
    crisis_line: _Phone
    phone: _Phone
    hours: dict[_Language, _Line]
    messages_read: bool
    minors: bool = False
    instruments: Instruments = Instruments()

    @model_validator(mode="after")
    def _in_english(self) -> Self:
        if DEFAULT_LANGUAGE not in self.hours:
            raise ValueError("hours must be there in English (en)")
        return self

    def human(self, locale: str | None) -> Human:
        """The named human in the language of this locale (`es-MX` is Spanish), in English where there is no other."""
        hours = (
            self.hours.get(language_of(locale)) or self.hours.get(DEFAULT_LANGUAGE) or next(iter(self.hours.values()))
        )
        return Human(name=self.name, phone=self.phone, hours=hours, messages_read=self.messages_read)


class Clinics:
    """The clinics of an installation by tenant."""

    def __init__(self, by_tenant: Mapping[str, Clinic]) -> None:
        self._by_tenant = dict(by_tenant)

    def of(self, tenant: str) -> Clinic | None:
        """The clinic of a tenant, else the one for any tenant, else None."""
        return self._by_tenant.get(tenant) or self._by_tenant.get(ANY_TENANT)


class ClinicSettings(BaseSettings):
    """Where the file of the clinics lies; for the services that name a human."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)
    clinics_file: FilePath = Field(description="A JSON file: tenant -> name, country, phone, hours, emergency numbers.")

    def clinics(self) -> Clinics:
        """The clinics; raises `ValueError` that says which entry and field is wrong."""
        return read_clinics(self.clinics_file)


_CLINICS: Final = TypeAdapter(dict[str, Clinic])


def read_clinics(file: Path) -> Clinics:
    """Read the file; raises `ValueError` naming the first wrong entry and field, `OSError` where there is no file."""
    try:
        found: Any = orjson.loads(file.read_bytes())
        return Clinics(_CLINICS.validate_python(found))
    except orjson.JSONDecodeError:
        raise ValueError("The file of the clinics is not JSON.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = " → ".join(str(part) for part in first["loc"]) or "the whole"
        raise ValueError(f"The file of the clinics is wrong at {place}: {first['msg']}.") from None


def language_of(locale: str | None) -> str:
    """The language of a locale (`es-MX` is `es`) where texts exist in it, else English."""
    language = (locale or "").partition("-")[0]
    return language if language in LANGUAGES else DEFAULT_LANGUAGE
