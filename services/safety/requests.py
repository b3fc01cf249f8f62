"""What callers send to safety: shapes and ranges of single fields, no rules between them."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.fields import Id
from shared.contracts.safety import Context

BODY = ConfigDict(extra="forbid", allow_inf_nan=False)

Sign = Literal[
    "chest",
    "stroke",
    "cauda_equina",
    "new_weakness",
    "self_harm",
    "infection",
    "trauma",
    "cancer",
    "clot",
    "pregnancy",
    "post_op",
    "crash",
    "unsafe",
    "medication",
]
"""The codes of the red-flag list; a test compares them with the list itself."""

Reason = Literal["symptoms", "medical", "procedure", "wish", "other"]
"""Why a clinician stops automation, in a word of a closed list that the person is told."""

Language = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z]{2}(-[A-Z]{2})?$",
        description="The language to answer in (en, es, ar); without it the person's own, else English.",
    ),
]

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class AnswerBody(BaseModel):
    """An answer to the whole list; `id` is made by the client, `yes` names the signs answered yes (none: all no)."""

    model_config = BODY
    id: Id
    context: Context
    yes: Annotated[list[Sign], Field(max_length=20)]


class SuspendBody(BaseModel):
    """A clinician stops everything automatic for a person; `id` is made by the client."""

    model_config = BODY
    id: Id
    reason: Reason


class ResumeBody(BaseModel):
    """A clinician's clearance; `last_flag_id` may say which flag it has taken into account (409 if one came since)."""

    model_config = BODY
    id: Id
    suspension_id: Id
    note: Note
    last_flag_id: Id | None = None
