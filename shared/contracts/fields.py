"""The field types that every contract is made of, so that a unit or a range is said once."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

CONTRACT = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
"""Every contract is immutable, ignores what it does not know, and carries only numbers that JSON can say."""


def _utc_milliseconds(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Moment = Annotated[datetime, AfterValidator(_utc_milliseconds)]
"""An instant, UTC, millisecond precision."""

Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
"""A random or derived id; never a name, a number or an address of a person."""

Code = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.{}-]*$")]
"""A word from a closed vocabulary (rule, reason, tag); never free text."""

Zone = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$")]
"""An IANA time zone name."""

Score = Annotated[int, Field(ge=0, le=10)]
"""A 0-10 rating given by the person."""

Amount = Annotated[int, Field(ge=0, le=10_000_000)]
"""A dose or a done amount in the marker's base unit: seconds, repetitions or metres."""

LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A wall time `HH:MM`, 24 hours."""

Marker = Literal["duration_s", "reps", "distance_m"]
Unit = Literal["s", "min", "reps", "m", "km", "mi"]
