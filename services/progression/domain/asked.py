"""What is asked of a person, as values: the questions that stand open, and what their answers leave (2.6, W5, W6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from services.progression.domain.state import PatientState

Kind = Literal["flare", "settling", "usual_pain", "kept_moving", "tryout"]
"""The three questions of 2.6, whether a flare is settling (2.6), W5, W6, and keep or drop a try-out (article P12.3)."""

ANSWERS: Final[dict[Kind, dict[str, tuple[str, ...]]]] = {
    "flare": {"worse": ("yes", "no"), "hard": ("yes", "no"), "limits": ("yes", "no")},
    "settling": {"settling": ("yes", "no")},
    "usual_pain": {"usual": ("yes", "no")},
    "kept_moving": {"moving": ("same", "less", "no")},
    "tryout": {"tryout": ("keep", "drop")},
}
"""Each part of a question with its possible answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: asked on a day of the person, and until when it can be answered (epoch ms; None while it is true).

    `at` is when it was asked (epoch ms), None where that is the start of the day. `about` is the pain score that W5
    asks about, or the day of the flare; `since` the first day of the gap that W6 asks about.
    """

    question_id: str
    kind: Kind
    on: date
    at: int | None = None
    until: int | None = None
    about: int | None = None
    since: date | None = None
    track_id: str | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """Whether a pain is about the usual (W5): asked once for a plan; `said` is None until it is answered."""

    plan_id: str
    pain: int
    said: bool | None = None


@dataclass(frozen=True)
class Asking:
    """What was asked of a person beside flares, and what their answers leave.

    `open` waits for an answer. `gap_asked` is the day on which a gap was last asked about, `contacts` the spans of days
    in which they kept moving without a record (W6). `replied` is the day of their last word that is no record.
    """

    open: tuple[Asked, ...] = ()
    usual: Usual | None = None
    gap_asked: date | None = None
    contacts: tuple[tuple[date, date], ...] = ()
    replied: date | None = None


NOTHING: Final = Asking()
"""A person who was never asked anything."""


def asking_of(state: PatientState) -> Asking:
    """What was asked of the person, beside flares."""
    return state.asking or NOTHING
