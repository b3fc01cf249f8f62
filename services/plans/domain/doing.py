"""What makes doing fit a person: what is adapted for them, and what gets in the way with their own plan for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

from services.plans.domain.energy import EnergyMap

AccommodationKind = Literal["equipment", "position", "sensory", "language", "time", "culture"]
BarrierCode = Literal["time", "fatigue", "weather", "forgot", "pain", "money", "place", "company", "other"]
Over = Literal["ended", "replaced"]

ADAPTED: Final[Mapping[AccommodationKind, tuple[str, ...]]] = {
    "equipment": ("chair", "rail", "stick", "walker", "wheelchair", "mat", "none", "other"),
    "position": ("sitting", "lying", "leaning", "no_floor", "no_kneeling", "no_overhead", "other"),
    "sensory": ("quiet", "soft_light", "large_print", "no_flashing", "spoken", "other"),
    "language": ("interpreter", "easy_words", "other_language", "other"),
    "time": ("short_parts", "extra_time", "around_care", "around_work", "around_medicine", "other"),
    "culture": ("prayer_times", "fasting", "feast_days", "same_gender", "modest_dress", "other"),
}
"""What may be adapted, by kind, in words of a closed list (article P1.5, P6.5); words that say more are sealed.

Days that are kept free, for a feast or a fast, belong to `reminders` (its blocked days), which every slot and count
goes by: here stands only that there are such days, and `culture` in an instruction points there.
"""

BARRIERS: Final[tuple[BarrierCode, ...]] = get_args(BarrierCode)
"""What may get in the way (article P5.6)."""

STANDING_MAX: Final = 16
"""So many accommodations may stand at a time."""

ENDED_KEPT: Final = 20
NOTED_KEPT: Final = 10
"""So many journal entries that tell of something in the way stay known."""


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One thing that is adapted for the person since `added_at`; words beside it lie sealed in its record."""

    accommodation_id: str
    kind: AccommodationKind
    code: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Barrier:
    """Something that gets in the way, with the person's own plan for it: words, sealed in its record, or something else
    of the catalogue to do instead (`activity_id`), or both."""

    barrier_id: str
    code: BarrierCode
    added_at: datetime
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A journal entry that told of something in the way, on the person's day `on`."""

    entry_id: str
    on: date


@dataclass(frozen=True, slots=True)
class Doing:
    """What stands now: everything that is adapted, one barrier of each code, the energy map; the ids of what ended."""

    accommodations: tuple[Accommodation, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    noted: tuple[Noted, ...] = ()
    energy: EnergyMap | None = None
    ended: tuple[str, ...] = ()


NOTHING_DONE: Final = Doing()


@dataclass(frozen=True, slots=True)
class AddAccommodation:
    """Write down what is adapted for the person."""

    accommodation_id: str
    kind: AccommodationKind
    code: str
    words_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class EndAccommodation:
    """It is needed no longer."""

    accommodation_id: str


@dataclass(frozen=True, slots=True)
class AddBarrier:
    """Note what gets in the way, with the person's own plan for it, in place of what was noted for the same before."""

    barrier_id: str
    code: BarrierCode
    activity_id: str | None = None
    words_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class EndBarrier:
    """It gets in the way no longer."""

    barrier_id: str


def known(doing: Doing, id: str) -> bool:
    """Whether this id was given to something already, standing or ended."""
    standing = (
        *(one.accommodation_id for one in doing.accommodations),
        *(one.barrier_id for one in doing.barriers),
    )
    return id in standing or id in doing.ended


def noted_on(doing: Doing, day: date) -> bool:
    """Whether the journal told of something in the way on this day of the person."""
    return any(one.on == day for one in doing.noted)
