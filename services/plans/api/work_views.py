"""What staff read of the work list: a question about each item before what is suggested (article P12.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from services.plans.domain.circle import MAIN, Role
from services.plans.domain.model import Urgency, WorkKind, WorkStatus
from services.plans.domain.work import role_of
from services.plans.store import ClosedBecause
from services.plans.texts.work import card

VIEW = ConfigDict(from_attributes=True)


class WorkItemView(BaseModel):
    """Something a human must do: `open`, `taken` (by whom, since when) or `closed` (why, and when by whom).

    A card begins with its `question`; the `suggestion` comes after it. `role` of the care team acts on it, at the
    person's `site`; `overdue` says that it waits longer than it should (domain/safety.md 9.1, 9.2); `signs` are the
    codes of a red flag.
    """

    model_config = VIEW
    question: Annotated[str, Field(min_length=1)]
    suggestion: Annotated[str, Field(min_length=1)]
    item_id: str
    patient_id: str
    kind: WorkKind
    reason: str
    urgency: Urgency
    site: str = MAIN
    role: Role
    status: WorkStatus
    track_id: str | None
    signs: list[str]
    suspension_id: str | None
    opened_at: datetime
    due_at: datetime
    overdue: bool
    taken_by: str | None
    taken_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    closed_because: ClosedBecause | None

    @classmethod
    def of(cls, document: Mapping[str, Any], now: datetime, language: str) -> Self:
        """The view of a stored item, its card in this language."""
        due_at, words = datetime.fromisoformat(document["due_at"]), card(document["reason"], language)
        known = {name: document[name] for name in cls.model_fields.keys() & document.keys()}
        role = role_of(document["kind"], document["reason"])
        ids = {"item_id": document["id"], "patient_id": document["key"]}
        overdue = document["status"] != "closed" and now > due_at
        said = {"question": words.question, "suggestion": words.suggestion}
        return cls(**{"role": role, **known, **ids, **said, "overdue": overdue})


class WorkListView(BaseModel):
    """A page of the clinic's work, the most urgent first and of those what is due earliest."""

    items: list[WorkItemView]
    next_cursor: str | None


class WorkItemWithNoteView(WorkItemView):
    """The same with the note it was closed with, which only clinicians read."""

    note: str | None


class PersonsWorkView(BaseModel):
    """What waits for a human about one person, in the clinic's order, and what was closed last, newest first."""

    waiting: list[WorkItemWithNoteView]
    closed: list[WorkItemWithNoteView]


class WorkItemDoneView(BaseModel):
    """What became of an item just now."""

    item_id: str
    status: WorkStatus
    at: datetime
