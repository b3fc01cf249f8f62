"""What callers send and read of questionnaires; only clinicians read bands."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, StrictInt

from services.plans.api.requests import BODY, Note
from services.plans.domain import instruments as known
from services.plans.domain.instruments import Instrument, items_of
from services.plans.domain.measures_scored import band
from services.plans.texts.measures import asked, words
from shared.clinics import Human, language_of
from shared.contracts.fields import Code, Id

Missing = Literal["not_now", "declined", "not_asked"]
Value = Annotated[StrictInt, Field(ge=0, le=1440)]


class MeasureBody(BaseModel):
    """What the person answered to one instrument; staff who note it say how they heard it (`source`).

    Each item has a value or a reason; the items of `psfs` are the person's goals, by their ids. `open` takes words
    instead, or a reason for `words`: it comes before the numbers of a check-in and of a review.
    """

    model_config = BODY
    id: Id
    instrument: Code
    values: Annotated[dict[Id, Value | None], Field(max_length=10)] = Field(default_factory=dict)
    reasons: Annotated[dict[Id, Missing], Field(max_length=10)] = Field(default_factory=dict)
    words: Note | None = None
    review_id: Id | None = Field(None, description="The review that it is a part of.")
    domain: Literal["pain", "function", "mood", "sleep", "qol"] | None = None
    adjust_plan: StrictBool = Field(False, description="The person wants to talk about the plan.")
    source: Literal["app", "phone", "paper"] = "app"


class ScoreView(BaseModel):
    """A score; of `psfs` also that of each activity, by the goal's id."""

    score: str
    value: float


class ChangeView(BaseModel):
    """What changed since the last time; whether it is more than chance, null where nobody knows."""

    score: str
    by: float
    detectable: bool | None


class ItemView(BaseModel):
    """One item: its value, or why there is none."""

    item: str
    value: int | None
    reason: Missing | None
    loinc: str | None


class MeasureRecordedView(BaseModel):
    """An answer as it was noted; `text` is for the person."""

    measure_id: str
    instrument: str
    outcome: Literal["answered", "declined", "not_now"]
    scores: list[ScoreView]
    changes: list[ChangeView]
    text: str
    human: Human | None


class MeasureView(BaseModel):
    """One answered instrument. `band` is a name for the score that only clinicians read; `words` answer `open`."""

    measure_id: str
    instrument: str
    outcome: Literal["answered", "declined", "not_now"]
    answered_on: date
    review_id: str | None
    domain: str | None
    source: str
    items: list[ItemView]
    scores: list[ScoreView]
    changes: list[ChangeView]
    loinc: str | None
    panel_loinc: str | None
    adjust_plan: bool
    words: str | None
    band: str | None
    answered_by: str | None

    @classmethod
    def of(cls, record: Mapping[str, Any], words: str | None, *, clinician: bool) -> "MeasureView":
        """A record with its words opened, as this reader sees it."""
        instrument = known.BY_CODE[record["instrument"]]
        codes = {item.code: item.loinc for item in instrument.items}
        plain = {name: record[name] for name in cls.model_fields.keys() & record.keys()}
        scored = {one["score"]: one["value"] for one in record["scores"]}
        return cls.model_validate(
            {
                **plain,
                "items": [{**one, "loinc": codes.get(one["item"])} for one in record["items"]],
                "loinc": instrument.loinc,
                "panel_loinc": instrument.panel_loinc,
                "words": words,
                "band": band(instrument.code, scored) if clinician else None,
                "answered_by": record["answered_by"] if clinician else None,
            }
        )


class MeasuresView(BaseModel):
    """A page of what was answered, the latest first. `next_cursor` is null on the last."""

    measures: list[MeasureView]
    next_cursor: str | None


class QuestionView(BaseModel):
    """One item as it is asked; `text` is null where the clinic shows the licensed words itself. `ends` tell numbers."""

    item: str
    low: int
    high: int
    text: str | None
    ends: dict[str, str]


class FormView(BaseModel):
    """An instrument as it is asked, after the open question."""

    instrument: str
    lead: str | None
    questions: list[QuestionView]

    @classmethod
    def of(cls, instrument: Instrument, locale: str, named: tuple[str, ...] = ()) -> "FormView":
        """The items in the language of the locale; those of `psfs` are the goals `named`."""
        questions = []
        for item in items_of(instrument, named):
            text, ends = asked(instrument, item.code, locale)
            questions.append(QuestionView(item=item.code, low=item.low, high=item.high, text=text, ends=ends))
        lead = words(language_of(locale)).get(f"{instrument.code}.lead")
        return cls(instrument=instrument.code, lead=lead, questions=questions)


class DueView(BaseModel):
    """An instrument that comes again and again: due on a day, asked on `on`; `withheld` says why not earlier."""

    instrument: str
    due_on: date
    on: date
    withheld: Literal["item_budget", "one_instrument_a_contact", "two_days_running", "review_is_near"] | None


class ReviewPartView(BaseModel):
    """A part of the review that is still to be answered or declined, with its open question, where it has one.

    A domain is heard by `open` with this `domain`, or by any form about it; `satisfaction` and `heard` are items of
    `checkin`.
    """

    part: str
    text: str | None


class DuesView(BaseModel):
    """What is asked now, what comes next and why not before, and the room that is left (`items_left` of 12 in 28 days).

    `opening` is the open question that comes before every number. In a review `parts` are still open. The warning
    signs, which are asked at every check-in (safety 9.1), are at `red_flags_at`.
    """

    asked: str | None
    until: datetime | None
    opening: str
    forms: list[FormView]
    review_id: str | None
    parts: list[ReviewPartView]
    due: list[DueView]
    items_left: int
    red_flags_at: str
    human: Human | None
