"""What callers send of the intake, of motives and of what they can do, and what they read of them."""

from datetime import date, datetime
from typing import Annotated, Final, Literal, Self

import orjson
from pydantic import AfterValidator, BaseModel, Field, StrictInt, model_validator

from services.plans.api.requests import BODY, Day, Label, Step, plain_lines
from services.plans.domain.aims import Heard
from services.plans.domain.intake import MOTIVES_MAX, GroupPreference, Motive, PacingStyle, Value
from shared.contracts.fields import Id, LocalTime

Story = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(plain_lines)]
Told = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(plain_lines)]
_WORDS: Final = frozenset({"story", "preferences", "explanation", "routines"})
"""What of an intake is words, and sealed before it is kept."""


class Routine(BaseModel):
    """Something that the person does on most days, and at what time of theirs: a clock of their own."""

    model_config = BODY
    words: Label
    at: LocalTime


class IntakeBody(BaseModel):
    """What the person told, whole; `revision` is the one that it was made from, 0 for the first.

    `explanation` is how the person themselves explains their pain. Staff who note it say how they heard it (`source`).
    """

    model_config = BODY
    id: Id
    revision: Annotated[StrictInt, Field(ge=0, le=1_000_000)]
    story: Story | None = None
    preferences: Told | None = None
    explanation: Told | None = None
    routines: Annotated[list[Routine], Field(max_length=12)] = []
    pacing_style: PacingStyle | None = None
    group_preference: GroupPreference | None = None
    values: Annotated[list[Value], Field(max_length=6)] = []
    source: Heard = "app"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        told = (self.story, self.preferences, self.explanation, self.pacing_style, self.group_preference)
        if not (self.routines or self.values or any(told)):
            raise ValueError("An intake says something.")
        return self

    def plain(self) -> str:
        """Its words as JSON text."""
        return orjson.dumps(self.model_dump(include=set(_WORDS))).decode()


class IntakeToldView(BaseModel):
    """The revision that was noted."""

    revision: int


class IntakeView(BaseModel):
    """What the person told, as of one revision: by whom it was noted, and how it was heard."""

    revision: int
    story: str | None
    preferences: str | None
    explanation: str | None
    routines: list[Routine]
    pacing_style: PacingStyle | None
    group_preference: GroupPreference | None
    values: list[Value]
    said_at: datetime
    noted_by: Literal["patient", "clinician"]
    heard: Heard


class IntakesView(BaseModel):
    """Every revision of the intake, the latest first."""

    revisions: list[IntakeView]
    next_cursor: str | None


class MotivesBody(BaseModel):
    """What moves the person, the most important first; empty to say none. `id` is made by the client."""

    model_config = BODY
    id: Id
    motives: Annotated[list[Motive], Field(max_length=MOTIVES_MAX)]
    source: Heard = "app"

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.motives)) < len(self.motives):
            raise ValueError("Each motive is named once.")
        return self


class MotivesPickedView(BaseModel):
    """What moves the person, as it was noted."""

    motives: list[Motive]


class MotiveView(BaseModel):
    """One motive in words, and how a small win is told by it."""

    motive: Motive
    label: str
    win: str


class MotivesView(BaseModel):
    """What the person picked, what there is to pick, and how a win is told to somebody who picked nothing."""

    picked: list[MotiveView]
    choices: list[MotiveView]
    neutral: str


class AbilityBody(BaseModel):
    """Something that the person can do now; on a day of theirs, today where none is given."""

    model_config = BODY
    id: Id
    words: Step
    on: Day | None = None
    source: Heard = "app"


class RemoveBody(BaseModel):
    """Taking an entry back; `id` is made by the client."""

    model_config = BODY
    id: Id
    source: Heard = "app"


class AbilityAddedView(BaseModel):
    """An entry as it was noted."""

    ability_id: str
    on: date


class AbilityRemovedView(BaseModel):
    """An entry that was taken back."""

    ability_id: str
    removed: Literal[True]


class AbilityView(BaseModel):
    """Something that the person can do now, since a day of theirs."""

    ability_id: str
    words: str
    on: date
    said_at: datetime
    noted_by: Literal["patient", "clinician"]
    heard: Heard


class AbilitiesView(BaseModel):
    """What the person can do now, the latest entry first."""

    abilities: list[AbilityView]
    next_cursor: str | None
