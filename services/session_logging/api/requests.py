"""What a client may send, and its translation into commands; shapes and ranges only, the rules are in `domain`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.session_logging.domain.commands import Entry, MorningCheck
from services.session_logging.domain.units import amount_text
from shared.contracts.session_logging import Stop, Variant

MOST_ITEMS: Final = 200
_REQUEST: Final = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_ISO: Final = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")


def _iso_text(value: Any) -> Any:
    if value is not None and not isinstance(value, datetime) and (not isinstance(value, str) or not _ISO.match(value)):
        raise ValueError("Must be a moment in ISO 8601 with an offset, such as 2026-01-05T12:00:00Z.")
    return value


def _utc_milliseconds(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment needs an offset, such as Z.")
    if not 1900 <= moment.year <= 2200:
        raise ValueError("The year must lie between 1900 and 2200.")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Uuid = Annotated[UUID, Field(description="A UUID that the client made; sent again, it means the same thing.")]
Moment = Annotated[datetime, BeforeValidator(_iso_text), AfterValidator(_utc_milliseconds)]
Score = Annotated[int, Field(strict=True, ge=0, le=10, description="0-10, as the person says it.")]
Enjoyment = Annotated[int, Field(strict=True, ge=0, le=3)]
Number = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=9, description="How much, in `unit`.")]
Activity = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$", description="An activity or its family.")]
TrackId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$", description="A track of the plan.")]
Unit = Annotated[str, Field(pattern=r"^[a-z]{1,8}$", description="s, min, h, reps, m, km or mi.")]
Source = Literal["app", "phone", "paper", "device", "import"]
Tag = Literal["easy", "hard", "barrier"]


class SessionContent(BaseModel):
    """What was done and how it felt; a track or an activity and an amount are enough (article P2.5)."""

    model_config = _REQUEST
    track_id: TrackId | None = None
    activity: Activity | None = None
    variant: Variant = "full"
    started_at: Moment | None = Field(None, description="When it began; without it, now.")
    ended_at: Moment | None = None
    amount: Number | None = None
    unit: Unit | None = Field(None, description="Without it, the unit in which the track is shown.")
    pain: Score | None = None
    pain_before: Score | None = None
    effort: Score | None = None
    fatigue: Score | None = None
    stop: Stop | None = Field(None, description="Why it ended early.")
    enjoyment: Enjoyment | None = None

    def entry(self) -> Entry:
        """As the rules take it."""
        values = {name: getattr(self, name) for name in _CONTENT}
        values["amount"] = None if self.amount is None else amount_text(str(self.amount))
        return Entry(**values)


_CONTENT: Final = tuple(SessionContent.model_fields)


class LogBody(SessionContent):
    """One session."""

    id: Uuid
    source: Source | None = Field(None, description="How it came here; without it, what fits the caller's role.")


class AmendBody(SessionContent):
    """The fields to correct; what is not named stays as it is, null takes a field out."""

    source: Source | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the fields to correct, sorted."""
        return tuple(sorted(self.model_fields_set & SessionContent.model_fields.keys()))

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.changed:
            raise ValueError("At least one field to correct is needed.")
        return self


class VoidBody(BaseModel):
    """Why a session never happened."""

    model_config = _REQUEST
    reason: Literal["mistake", "duplicate", "other_person", "other"] = "mistake"
    source: Source | None = None


class MorningBody(BaseModel):
    """How the morning felt; at least one of the two numbers."""

    model_config = _REQUEST
    id: Uuid
    at: Moment | None = Field(None, description="When; without it, now.")
    pain: Score | None = None
    fatigue: Score | None = None
    source: Source | None = None

    def check(self) -> MorningCheck:
        """As the rules take it."""
        return MorningCheck(self.at, self.pain, self.fatigue)


class JournalBody(BaseModel):
    """What felt easy or hard, in the person's own words; kept sealed, and never sent on."""

    model_config = _REQUEST
    id: Uuid
    at: Moment | None = None
    tags: tuple[Tag, ...] = Field((), max_length=3)
    text: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    bring_to_visit: bool = Field(False, strict=True, description="Lets the care team read this entry.")
    source: Source | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.tags and self.text is None:
            raise ValueError("A tag or a text is needed.")
        return self


class SessionItem(SessionContent):
    """A session in a batch; a batch comes late, so the start is needed."""

    id: Uuid
    kind: Literal["session"] = "session"
    started_at: Moment


class MorningItem(BaseModel):
    """A morning check in a batch."""

    model_config = _REQUEST
    id: Uuid
    kind: Literal["morning_check"]
    at: Moment
    pain: Score | None = None
    fatigue: Score | None = None


class BatchBody(BaseModel):
    """An offline queue or a paper diary; every item is read and judged on its own."""

    model_config = _REQUEST
    id: Uuid
    source: Source | None = None
    items: list[Mapping[str, Any]] = Field(
        max_length=MOST_ITEMS,
        min_length=1,
        description=f"At most {MOST_ITEMS} sessions (`kind` session) and morning checks (`kind` morning_check).",
    )
