"""Events of `plans` about doing: what is adapted for a person, what gets in the way, when they have energy."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Id, LocalTime

_Level = Annotated[int, Field(ge=0, le=3)]
_Levels = Annotated[tuple[_Level, ...], Field(min_length=6, max_length=6)]


class AccommodationDocumentedV1(BaseModel):
    """Something is adapted for the person, or no longer (`standing` false); what exactly is read from `plans` (P1.5).

    It may say what somebody believes, or is ill with; so only its kind is told.
    """

    model_config = CONTRACT
    accommodation_id: Id
    kind: Literal["equipment", "position", "sensory", "language", "time", "culture"]
    standing: bool


class BarrierRecordedV1(BaseModel):
    """Something got in the way (article P5.6): which, where the person said so; without `code` the journal told of it.

    `plan_b` says that the person has a plan of their own for it, which is read from `plans`.
    """

    model_config = CONTRACT
    barrier_id: Id
    code: Literal["time", "fatigue", "weather", "forgot", "pain", "money", "place", "company", "other"] | None = None
    plan_b: bool


class EnergymapUpdatedV1(BaseModel):
    """Energy, 0 (none) to 3 (much), in the six blocks of the person's weekdays and weekends (article P10.2).

    A block begins at its wall time of `starts`, in rising order, and lasts until the next one, the last until the
    first: they part 24 hours.
    """

    model_config = CONTRACT
    starts: Annotated[tuple[LocalTime, ...], Field(min_length=6, max_length=6)]
    weekday: _Levels
    weekend: _Levels
