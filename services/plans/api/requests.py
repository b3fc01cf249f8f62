"""What callers send to plans: shapes and ranges of single fields, no rules between them."""

import re
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from services.plans.catalogue import catalogue
from services.plans.domain.catalogue import misfit
from services.plans.domain.model import Person
from services.plans.domain.terms import Feedback, Pace, Terms, Track, Window
from shared.clock import zone
from shared.contracts.fields import Code, Id, LocalTime, Marker, Unit, Zone

BODY = ConfigDict(extra="forbid", allow_inf_nan=False)

Score = Annotated[StrictInt, Field(ge=0, le=10)]
Dose = Annotated[StrictInt, Field(ge=0, le=10_000_000)]
_E164: Final = re.compile(r"^\+[1-9][0-9]{6,14}$")
_DAY: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")

FLARE_PLAN_BYTES: Final = 8000
"""So long may a flare plan be as JSON in UTF-8: sealed, it travels in every plan event."""


def _one_line(text: str) -> str:
    if not text.strip() or any(ord(character) < 32 for character in text):
        raise ValueError("This is one line of text.")
    return text.strip()


def plain_lines(text: str) -> str:
    """The text without space around it; `ValueError` where it is empty or holds control characters."""
    if not text.strip() or any(ord(character) < 32 and character not in "\n\t" for character in text):
        raise ValueError("This is plain text.")
    return text.strip()


def _callable(number: str) -> str:
    if _E164.match(re.sub(r"[ ().\-]", "", number)) is None:
        raise ValueError("A phone number begins with + and the country code and has 7 to 15 digits.")
    return number.strip()


def _iso_day(value: Any) -> Any:
    if value is not None and not isinstance(value, date) and not (isinstance(value, str) and _DAY.match(value)):
        raise ValueError("A day is written like 2026-01-05.")
    return value


Step = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
Label = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]
Note = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(plain_lines)]
Number = Annotated[str, Field(min_length=8, max_length=30), AfterValidator(_callable)]
Day = Annotated[date, BeforeValidator(_iso_day)]
Parameters = Annotated[dict[Code, StrictBool | StrictInt | Code], Field(max_length=40)]


class EnrolmentBody(BaseModel):
    """A person to enrol; `id` is made by the client and is the person's random id from now on."""

    model_config = BODY
    id: Id
    tz: Zone
    adult: StrictBool = Field(description="Of age by the law of the place; minors are served where the clinic says so.")
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    day_starts_at: LocalTime = "03:00"
    record_mode: Literal["live", "batch"] = "live"

    @field_validator("tz")
    @classmethod
    def _known(cls, value: str) -> str:
        zone(value)
        return value

    def person(self) -> Person:
        """The person as the domain knows them."""
        return Person(
            tz=self.tz,
            locale=self.locale,
            day_starts_at=self.day_starts_at,
            record_mode=self.record_mode,
            adult=self.adult,
        )


class WindowBody(BaseModel):
    """A time of weekdays or weekends in which the person would rather do it: local wall times, the end after start."""

    model_config = BODY
    days: Literal["weekday", "weekend"]
    start: LocalTime
    end: LocalTime


class TrackBody(BaseModel):
    """One activity with exactly one marker; amounts in its base unit (s, repetitions, m), parameters as in 2.2."""

    model_config = BODY
    track_id: Id
    activity_family: Code
    marker: Marker
    unit: Unit
    freq: Annotated[StrictInt, Field(ge=1, le=7)]
    priority: Annotated[StrictInt, Field(ge=1, le=20)] = 1
    goal_dose: Dose | None = None
    dose_max: Dose | None = None
    dose_min: Dose | None = None
    step: Dose | None = None
    start_phase: Literal["BASELINE", "GRADED"] = "BASELINE"
    start_dose: Dose | None = None
    parameters: Parameters = Field(default_factory=dict)
    increase_locked: StrictBool = False
    tryout: StrictBool = Field(False, description="Tried out for 14 days that do not count; then kept or dropped.")
    tryout_until: Day | None = Field(
        None,
        json_schema_extra={"readOnly": True},
        description="As it was read: so a plan is sent back as it was read. The plan sets it, not what is sent.",
    )
    pace: Pace | None = Field(None, description="One could sing, can talk, or talks in short sentences.")
    preferred_windows: Annotated[list[WindowBody], Field(max_length=6)] = []
    activity_id: Id | None = Field(None, description="What of the catalogue it is; family and marker must fit.")
    shown: Annotated[dict[Code, Code], Field(max_length=5)] | None = Field(
        None, json_schema_extra={"readOnly": True}, description="As it was read; amounts are those in the base unit."
    )

    @model_validator(mode="after")
    def _fits_the_catalogue(self) -> Self:
        # Asked here and not by a transition: a plan made under an older catalogue stays as it is, in a replay too.
        if self.activity_id is not None:
            wrong = misfit(catalogue().get(self.activity_id), self.activity_family, self.marker)
            if wrong is not None:
                raise PydanticCustomError(wrong[0], wrong[1])
        return self

    def track(self) -> Track:
        """The track as the domain knows it."""
        windows = tuple(Window(one.days, one.start, one.end) for one in self.preferred_windows)
        rest = self.model_dump(exclude={"tryout_until", "preferred_windows", "shown"})
        return Track(**rest, preferred_windows=windows)


class PhoneBody(BaseModel):
    """Whom to call: a name for the person's eyes, and a number with its country code."""

    model_config = BODY
    label: Label
    number: Number


class FlarePlanBody(BaseModel):
    """What to do when it flares up, step by step, and whom to call; the words are sealed before they are kept."""

    model_config = BODY
    steps: Annotated[list[Step], Field(min_length=1, max_length=10)]
    phones: Annotated[list[PhoneBody], Field(max_length=5, description="At least one is needed.")] = []

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if len(self.plain()) > FLARE_PLAN_BYTES:
            raise ValueError(f"A flare plan has at most {FLARE_PLAN_BYTES} bytes.")
        return self

    def plain(self) -> bytes:
        """The plan as JSON: `{"steps": [..], "phones": [{"label", "number"}]}`."""
        return orjson.dumps(self.model_dump())


class TermsBody(BaseModel):
    """What was agreed on; a plan without one of these parts is refused, and the refusal names each that is missing.

    `usual_pain` is asked (null with `usual_pain_declined`: "rather not say"); `pem` too (`unknown` locks increases).
    """

    model_config = BODY | {
        "json_schema_extra": {"required": ["id", "usual_pain", "flare_plan", "pem", "review_on", "feedback", "tracks"]}
    }
    id: Id
    usual_pain: Score | None = None
    usual_pain_declined: StrictBool = False
    usual_pain_override: Annotated[float, Field(ge=0, le=10)] | None = None
    usual_fatigue: Score | None = None
    flare_plan: FlarePlanBody | None = None
    pem: Literal["yes", "no", "unknown"] | None = None
    review_on: Day | None = Field(None, description="The person's own day of the next review, within a year.")
    feedback: Feedback | None = Field(None, description="The way by which the person says how it goes, and is told.")
    tracks: Annotated[list[TrackBody], Field(min_length=1, max_length=8)]

    def terms(self, flare_plan_sealed: str | None) -> Terms:
        """The terms as the domain knows them, with the flare plan's words as they were sealed."""
        return Terms(
            tracks=tuple(track.track() for track in self.tracks),
            usual_pain=self.usual_pain,
            usual_pain_declined=self.usual_pain_declined and "usual_pain" in self.model_fields_set,
            usual_pain_override=self.usual_pain_override,
            usual_fatigue=self.usual_fatigue,
            flare_plan_sealed=flare_plan_sealed,
            flare_phones=0 if self.flare_plan is None else len(self.flare_plan.phones),
            pem=self.pem,
            review_on=self.review_on,
            feedback=self.feedback,
        )


class EndBody(BaseModel):
    """The end of a plan; `id` is made by the client."""

    model_config = BODY
    id: Id
    reason: Literal["discharged", "withdrew", "moved", "died", "completed"]


class TakeBody(BaseModel):
    """Taking an item of the work list; `id` is made by the client, `force` takes it over from somebody else."""

    model_config = BODY
    id: Id
    force: StrictBool = False


class ReleaseBody(BaseModel):
    """Giving back an item that one has taken; `id` is made by the client."""

    model_config = BODY
    id: Id


class CloseBody(BaseModel):
    """Closing an item of the work list: what was done, in words that are sealed before they are kept."""

    model_config = BODY
    id: Id
    note: Note


class AnswerBody(BaseModel):
    """The person's own answer; staff who note it say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    answer: Literal["accept", "smaller", "two_bouts", "more_often", "other_activity", "stay", "less"]
    source: Literal["app", "phone", "paper"] = "app"


class TryoutBody(BaseModel):
    """The person's own word on a track that was tried out; staff who note it say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    keep: StrictBool
    source: Literal["app", "phone", "paper"] = "app"


class OverrideBody(BaseModel):
    """A parameter to set for a while; `id` is made by the client and names this override from then on.

    Without `track_id` it is set for all tracks, or for the person. `words` say more of why; the person reads them.
    """

    model_config = BODY
    id: Id
    track_id: Id | None = None
    name: Code = Field(description="A parameter of progression 2.2, `usual_pain` or `usual_fatigue`.")
    value: StrictBool | StrictInt | Code
    reason: Literal["symptoms", "medical", "goal", "trial", "records", "wish", "other"]
    words: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)] | None = None
    days: Annotated[StrictInt, Field(ge=1, le=90, description="How long it stands.")] = 90


class OverrideEndBody(BaseModel):
    """The end of an override before it runs out; `id` is made by the client."""

    model_config = BODY
    id: Id
