"""What callers send to plans: shapes and ranges of single fields, no rules between them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, field_validator

from services.plans.domain.model import Person, Terms, Track
from shared.clock import zone
from shared.contracts.fields import Code, Id, LocalTime, Marker, Unit, Zone

BODY = ConfigDict(extra="forbid", allow_inf_nan=False)

Score = Annotated[StrictInt, Field(ge=0, le=10)]
Dose = Annotated[StrictInt, Field(ge=0, le=10_000_000)]
Parameters = Annotated[dict[Code, StrictBool | StrictInt | Code], Field(max_length=40)]


class EnrolmentBody(BaseModel):
    """A person to enrol; `id` is made by the client and is the person's random id from now on."""

    model_config = BODY
    id: Id
    tz: Zone
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
        return Person(tz=self.tz, locale=self.locale, day_starts_at=self.day_starts_at, record_mode=self.record_mode)


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

    def track(self) -> Track:
        """The track as the domain knows it."""
        return Track(**self.model_dump())


class TermsBody(BaseModel):
    """What was agreed on. `usual_pain` must be asked (null: "rather not say"); `pem` left out is not answered."""

    model_config = BODY
    id: Id
    usual_pain: Score | None
    usual_pain_override: Annotated[float, Field(ge=0, le=10)] | None = None
    usual_fatigue: Score | None = None
    flare_plan: StrictBool
    pem: Literal["yes", "no", "unknown"] = "unknown"
    tracks: Annotated[list[TrackBody], Field(min_length=1, max_length=8)]

    def terms(self) -> Terms:
        """The terms as the domain knows them."""
        return Terms(
            tracks=tuple(track.track() for track in self.tracks),
            usual_pain=self.usual_pain,
            usual_pain_override=self.usual_pain_override,
            usual_fatigue=self.usual_fatigue,
            flare_plan=self.flare_plan,
            pem=self.pem,
        )


class EndBody(BaseModel):
    """The end of a plan; `id` is made by the client."""

    model_config = BODY
    id: Id
    reason: Literal["discharged", "withdrew", "moved", "died", "completed"]


class AnswerBody(BaseModel):
    """The person's own answer; staff who note it say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    answer: Literal["accept", "smaller", "stay", "less"]
    source: Literal["app", "phone", "paper"] = "app"
