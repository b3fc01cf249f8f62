"""What is asked of a person, as values: the questions that stand open, and what their answers leave (2.6, W5, W6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from services.progression.domain.having import having
from services.progression.domain.lowerings import Lowering

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


GAP: Final = "R7"
"""How the rules of a gap begin."""


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


def usual_of(state: PatientState) -> Usual | None:
    """What was asked about the usual pain under the plan in force (W5)."""
    usual = asking_of(state).usual
    return usual if usual is not None and state.plan is not None and usual.plan_id == state.plan.plan_id else None


def confirmed_pain(state: PatientState) -> int | None:
    """The pain that the person called about their usual (W5); None where they were not asked, or said no."""
    usual = usual_of(state)
    return usual.pain if usual is not None and usual.said else None


def kept_moving_until(state: PatientState, today: date) -> date | None:
    """The last day until `today` of which the person says that they kept moving without a record (W6)."""
    if state.asking is None:
        return None
    return max((min(last, today) for first, last in state.asking.contacts if first <= today), default=None)


def waits_for_word(state: PatientState, low: Lowering, active: date | None) -> bool:
    """Whether a lowering after a gap can be taken back by the person's word, however long ago it was: nobody came back
    since (`active` is the day of the last session with any amount), or it is being asked about (W6)."""
    if not low.rule.startswith(GAP):
        return False
    asked = any(one.kind == "kept_moving" and (one.since or one.on) <= low.day for one in asking_of(state).open)
    return asked or active is None or active < low.day


def may_be_asked(state: PatientState) -> bool:
    """Whether a question may begin: not in a stop, a flare or a pause, nor beside the three questions of 2.6."""
    away = state.away
    if state.suspension is not None or not state.active:
        return False
    return away is None or (away.flare is None and away.pause is None and away.question is None)


def with_question(state: PatientState, asked: Asked, **left: Any) -> PatientState:
    """The state with one more question open, and what else its asking leaves."""
    asking = asking_of(state)
    return having(state, asking=having(asking, open=(*asking.open, asked), **left))


def without_question(state: PatientState, question_id: str, **left: Any) -> PatientState:
    """The state once a question was answered, and what else the answer leaves."""
    asking = asking_of(state)
    rest = tuple(one for one in asking.open if one.question_id != question_id)
    return having(state, asking=having(asking, open=rest, **left))
