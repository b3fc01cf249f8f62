"""Whether goals are still right is asked every 28 days, and early when life shifts (article P3.6)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from services.plans.domain.aims import Aims, Heard

CheckAnswer = Literal["same", "changed"]
LifeEventKind = Literal[
    "work_began", "work_ended", "work_changed", "moved", "birth", "loss", "caring", "partnership", "separation",
    "illness", "accident", "holiday", "study", "money", "other",
]  # fmt: skip

EVERY: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ConfirmGoals:
    """The person's own word on their goals: the same as they were, or changed; `words_sealed` says what."""

    check_id: str
    answer: CheckAnswer
    words_sealed: str | None = None
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class NoteLifeEvent:
    """Something shifted in the person's life on a day `on` of theirs; None is today."""

    event_id: str
    kind: LifeEventKind
    on: date | None = None
    words_sealed: str | None = None
    heard: Heard = "app"


def counted(aims: Aims, plan_id: str, since: date) -> Aims:
    """The aims that are asked about 28 days after this day of the person, in this plan."""
    return replace(aims, ask_on=since + EVERY, asked_in=plan_id)


def latest_due(ask_on: date, today: date) -> date:
    """The last day on which it was due to ask, today or before: after a long silence it is asked once."""
    return ask_on + (today - ask_on) // EVERY * EVERY
