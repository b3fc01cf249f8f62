"""What callers send and read of drafts: shapes and ranges of single fields, no rules between them."""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, Field

from services.plans.api.plan_views import AcceptanceView, TermsView, WhyView
from services.plans.api.requests import BODY, Day, TermsBody, plain_lines
from services.plans.domain.agreement import DeclinedBecause, Heard, Side, Status, WithdrawnBecause
from shared.clinics import Human
from shared.contracts.fields import Id

Words = Annotated[str, Field(min_length=1, max_length=600), AfterValidator(plain_lines)]

SOURCES: Final = {"app": "app", "phone": "phone", "paper": "paper", "in_person": "clinician"}
"""The way a message came in (vocabulary 0.2), by how the person's own words were heard."""


class YesBody(BaseModel):
    """The person's yes, which staff note together with the version: how they heard it (W3)."""

    model_config = BODY
    source: Literal["in_person", "phone", "paper"]


class WhyBody(BaseModel):
    """Why a version comes: a reason, and words which the person reads; they are sealed before they are kept."""

    model_config = BODY
    reason: Literal[
        "first", "review", "wish", "progress", "symptoms", "flare", "setback", "life_event", "goal", "safety",
        "correction", "other",
    ]  # fmt: skip
    words: Words | None = None


class VersionBody(TermsBody):
    """A version to be agreed on. Without `accepted` it is a draft, until the person says yes themselves.

    Every version after the first says why it comes.
    """

    accepted: YesBody | None = None
    why: WhyBody | None = None
    next_change_on: Day | None = Field(None, description="The person's own day of the next change that is expected.")


class AcceptBody(BaseModel):
    """The person's own yes; staff who note it say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    source: Heard = "app"


class DeclineBody(BaseModel):
    """The person's own no, with a reason and, if they like, words; staff who note it say how they heard it."""

    model_config = BODY
    id: Id
    reason: DeclinedBecause
    words: Words | None = None
    source: Heard = "app"


class WithdrawBody(BaseModel):
    """Taking a draft back; `id` is made by the client."""

    model_config = BODY
    id: Id
    reason: WithdrawnBecause


class DraftedView(BaseModel):
    """A draft as it was written down; it comes into force once those who are `missing` have accepted it."""

    draft_id: str
    revision: int
    status: Literal["draft"]
    plan_id: str
    made_from: int
    accepted_by: list[Side]
    missing: list[Side]


class DraftEndedView(BaseModel):
    """A draft that is over."""

    draft_id: str
    revision: int
    status: Literal["declined", "withdrawn"]


class DraftView(BaseModel):
    """A draft in its last wording: `open`, or how it ended. `made_from` is the version it changes, 0 for none.

    A draft is `stale` once the plan it was made from has changed.
    """

    draft_id: str
    plan_id: str
    made_from: int
    revision: int
    status: Status
    drafted_at: datetime
    accepted: list[AcceptanceView]
    why: WhyView | None
    terms: TermsView
    ended_at: datetime | None
    ended_by: str | None = Field(description="Who ended it; only for clinicians.")
    ended_reason: str | None
    ended_words: str | None
    human: Human | None


class DraftsView(BaseModel):
    """A page of drafts, the latest first; `next_cursor` is null on the last."""

    drafts: list[DraftView]
    next_cursor: str | None
