"""The mapping file (TOML) that says what every column of a diary means; what it does not say is rejected, not guessed.

The sections, each with an example, are explained in `deploy/examples/diary/README.md`.
"""

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.session_logging.diary.text import folded
from services.session_logging.domain.units import MARKER_OF
from shared.clock import UnknownTimeZone, zone
from shared.contracts.fields import Code, Id

_CONFIG: Final = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MappingInvalid(Exception):
    """The mapping file cannot be used; `sentences` say what is wrong where."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


def _known_zone(name: str) -> str:
    try:
        zone(name)
    except UnknownTimeZone:
        raise ValueError("is not the name of an IANA time zone") from None
    return name


def _folded_keys(words: dict[str, Any]) -> dict[str, Any]:
    return {folded(word): meaning for word, meaning in words.items()}


Words = Annotated[dict[str, str], AfterValidator(_folded_keys)]
Reason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Reasons = Annotated[dict[str, Reason], AfterValidator(_folded_keys)]
BaseUnit = Literal["s", "min", "h", "reps", "m", "km", "mi"]


class FileShape(BaseModel):
    """How the file is written. `repeat_above` names the columns in which a blank cell means: as in the row above."""

    model_config = _CONFIG
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    header_row: Annotated[int, Field(ge=1, le=100)] = 1
    repeat_above: tuple[str, ...] = ()


class DateColumns(BaseModel):
    """One column, or several joined by `-`.

    With `may_go_back_days` a row is rejected when its date lies more days than that before the latest one above it.
    """

    model_config = _CONFIG
    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=3)]
    format: str
    may_go_back_days: Annotated[int, Field(ge=0, le=3660)] | None = None


class TimeColumn(BaseModel):
    """When a session began. Without `default` a row that tells no time is rejected."""

    model_config = _CONFIG
    zone: Annotated[str, AfterValidator(_known_zone)]
    column: str | None = None
    format: str = "%H:%M"
    default: time | None = None
    words: Annotated[dict[str, time], AfterValidator(_folded_keys)] = {}


class ActivityMeaning(BaseModel):
    """What an activity counts to, and which amount columns tell how much: the first that is not blank."""

    model_config = _CONFIG
    family: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$")] | None = None
    track: Id | None = None
    amount: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.family is None) == (self.track is None):
            raise ValueError("needs either family or track")
        return self


class ActivityColumn(BaseModel):
    """Which activity it was; `unlisted` says what becomes of one that `words` does not hold."""

    model_config = _CONFIG
    column: str
    words: Annotated[dict[str, ActivityMeaning], AfterValidator(_folded_keys)]
    unlisted: Literal["reject"] | ActivityMeaning = "reject"


class AmountColumn(BaseModel):
    """How much. `unit` is that of a bare number; `words` and `reject` say what a word stands for, or why it stands for

    nothing. `colon` allows times such as 1:20; `units` adds spellings of units.
    """

    model_config = _CONFIG
    column: str
    counts: Literal["duration_s", "reps", "distance_m"]
    unit: BaseUnit | None = None
    decimal: Literal[".", ","] = "."
    colon: Literal["h:mm", "m:ss"] | None = None
    units: Annotated[dict[str, BaseUnit], AfterValidator(_folded_keys)] = {}
    words: Words = {}
    reject: Reasons = {}

    @model_validator(mode="after")
    def _unit_counts(self) -> Self:
        if self.unit is not None and MARKER_OF[self.unit] != self.counts:
            raise ValueError("unit does not measure what counts says")
        return self


class ScoreColumn(BaseModel):
    """A number of how it felt: as it is, or by `bands` [[upper limit, score], ...] from a scale of one's own."""

    model_config = _CONFIG
    column: str
    bands: tuple[tuple[float, int], ...] = ()
    words: Annotated[dict[str, int], AfterValidator(_folded_keys)] = {}

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        limits = [limit for limit, _ in self.bands]
        if limits != sorted(set(limits)):
            raise ValueError("bands must go up")
        return self


class WordColumn(BaseModel):
    """A column of words from a closed list, each with what it stands for."""

    model_config = _CONFIG
    column: str
    words: Annotated[dict[str, Code], AfterValidator(_folded_keys)]


class Morning(BaseModel):
    """When the morning numbers of a row were felt: at `time` of the `same` or the `next` day."""

    model_config = _CONFIG
    time: time
    day: Literal["same", "next"] = "next"


ScoreName = Literal["pain", "pain_before", "effort", "fatigue", "enjoyment", "morning_pain", "morning_fatigue"]


class DiaryMapping(BaseModel):
    """The whole file."""

    model_config = _CONFIG
    file: FileShape = FileShape()
    date: DateColumns
    time: TimeColumn
    activity: ActivityColumn
    amount: Annotated[dict[str, AmountColumn], Field(min_length=1)]
    score: dict[ScoreName, ScoreColumn] = {}
    variant: WordColumn | None = None
    stop: WordColumn | None = None
    morning: Morning | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        meanings = [*self.activity.words.values()]
        if isinstance(self.activity.unlisted, ActivityMeaning):
            meanings.append(self.activity.unlisted)
        if any(name not in self.amount for meaning in meanings for name in meaning.amount):
            raise ValueError("activity names an amount that has no section of its own")
        if self.morning is None and {"morning_pain", "morning_fatigue"} & self.score.keys():
            raise ValueError("morning numbers need a [morning] section")
        return self

    @property
    def columns(self) -> frozenset[str]:
        """Every column name that the mapping speaks of."""
        names = {*self.file.repeat_above, *self.date.columns, self.activity.column}
        names |= {amount.column for amount in self.amount.values()} | {score.column for score in self.score.values()}
        names |= {column.column for column in (self.variant, self.stop) if column is not None}
        return frozenset(names | ({self.time.column} if self.time.column else set()))


def load_mapping(path: Path) -> DiaryMapping:
    """Read a mapping file; raises `MappingInvalid` with one sentence for each thing that is wrong."""
    try:
        document: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise MappingInvalid("The mapping file cannot be read.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingInvalid(f"The mapping file is not TOML: {error}.") from None
    try:
        return DiaryMapping.model_validate(document)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        raise MappingInvalid(*(f"[{'.'.join(map(str, x['loc']))}] {x['msg']}." for x in told)) from None
