"""Who the person is before any plan: their story, what they prefer and value, what moves them, and what they can do."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from services.plans.domain.aims import Heard

PacingStyle = Literal["steady", "careful", "push_and_rest", "keeps_going", "unsure"]
"""How somebody shares out their strength: evenly, with care not to do too much, doing much and then resting, going on
whatever it costs; or they cannot say (P1.2)."""

GroupPreference = Literal["any", "women", "men", "alone"]
"""With whom somebody would rather be active (P6.5)."""

Value = Literal[
    "family", "friends", "independence", "work", "learning", "faith", "nature", "helping", "creating", "health", "rest"
]  # fmt: skip
Motive = Literal[
    "sleep", "energy", "family", "friends", "work", "mood", "independence", "strength", "hobby", "outdoors"
]  # fmt: skip

MOTIVES_MAX: Final = 5
"""More than so many name nothing any more [D]."""

BACK: Final = timedelta(days=365)
"""So far back may lie what somebody found that they can do."""


@dataclass(frozen=True, slots=True)
class TellIntake:
    """What was told at the intake, whole, made from `revision` (0 before the first); `words_sealed` is JSON, sealed.

    In it are the story, preferences, routines with their wall times, and how the person explains their pain.
    """

    revision: int
    words_sealed: str
    pacing_style: PacingStyle | None = None
    group_preference: GroupPreference | None = None
    values: tuple[Value, ...] = ()
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class PickMotives:
    """What moves the person, in the order in which they named it; none is said by an empty list (P5.2)."""

    motives: tuple[Motive, ...]
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class AddAbility:
    """Something that the person can do now, as they noticed on a day `on` of theirs (H1); None is today."""

    ability_id: str
    words_sealed: str
    on: date | None = None
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class RemoveAbility:
    """The person takes it back; its words go with it."""

    ability_id: str
    heard: Heard = "app"


def in_reach(on: date, today: date) -> bool:
    """Whether a day lies in the last year, today included."""
    return today - BACK <= on <= today
