"""W15: which log is answered with the red-flag list at once, and what its answer needs (domain/progression.md 2.11)."""

from dataclasses import dataclass
from typing import Final, Literal

from services.session_logging.domain.log import Setting
from services.session_logging.domain.session import Session
from services.session_logging.domain.state import SessionLogState

Why = Literal["something_wrong", "pain_9", "pain_rise_4"]

VERY_HIGH: Final = 9
RISE: Final = 4
WHYS: Final[tuple[Why, ...]] = ("something_wrong", "pain_9", "pain_rise_4")
"""The gravest first: what the person says in words comes before a number."""

_WITHOUT_WORDS: Final = frozenset({"caregiver", "device"})


@dataclass(frozen=True, slots=True)
class Attention:
    """What is decided of a worrying answer when the log is taken; the words are put around it where it is answered.

    It is kept with the answer, so that the same log gets the same one again: why, the person's locale, and their flare
    plan as it stood, sealed.
    """

    why: Why
    locale: str | None
    flare_plan_sealed: str | None


def why_of(session: Session, usual_pain: float | None) -> Why | None:
    """Why a session worries (W15): "something is wrong", pain of 9 or more, or 4 or more above the usual; else None.

    Usual pain here is a clinician's word while it stands, else the plan's; progression knows the median as well and
    judges again with that. What is older than 28 days is history and alarms nobody; what never happened neither.
    """
    if session.history_only or session.status == "voided":
        return None
    if session.stop == "wrong":
        return "something_wrong"
    if session.pain is None:
        return None
    if session.pain >= VERY_HIGH:
        return "pain_9"
    return "pain_rise_4" if usual_pain is not None and session.pain >= usual_pain + RISE else None


def fresh(session: Session, setting: Setting) -> bool:
    """Whether a session of a batch is of the person's today or yesterday; what a paper diary tells later does not call
    for an answer on the spot."""
    return (setting.day_of(setting.now) - session.local_date).days <= 1


def attention(why: Why | None, state: SessionLogState, caller: str) -> Attention | None:
    """What the answer must carry; None where nothing worries, or for somebody who may not read how it felt (W3)."""
    if why is None or caller in _WITHOUT_WORDS:
        return None
    return Attention(why, state.locale, state.flare_plan_sealed)
