"""What may be chosen to do, and what a track says of it: activities with their muscles and markers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.plans.domain.terms import Marker, Track

INTERESTS: Final = ("nature", "social", "music", "home", "hobby", "faith", "water", "calm", "play", "animals")
FAMILIES: Final = (
    "walking",
    "cycling",
    "swimming",
    "stairs",
    "strength",
    "mobility",
    "household",
    "hobby",
    "social",
)
LEVELS: Final = (1, 5)
"""The lowest and the highest level; 1 asks for the least."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing to do; `muscles` are the groups it works, `positions` those it may be done in, `cues` how it is done
    safely. Its words are data per language."""

    activity_id: str
    family: str
    interests: tuple[str, ...]
    level: int
    muscles: tuple[str, ...]
    markers: tuple[Marker, ...]
    equipment: tuple[str, ...]
    positions: tuple[str, ...]
    cues: tuple[str, ...]


Catalogue = Mapping[str, Activity]


def matching(
    activities: Iterable[Activity], interest: str | None = None, family: str | None = None, level: int | None = None
) -> Iterator[Activity]:
    """Those of this interest and family, and of at most this level; None asks for nothing (article P2.2)."""
    for one in activities:
        fits = (interest is None or interest in one.interests) and (family is None or family == one.family)
        if fits and (level is None or one.level <= level):
            yield one


def misfit(activity: Activity | None, family: str, marker: Marker) -> tuple[str, str] | None:
    """Why a track of this family and marker may not name this activity, as (code, sentence); None where it may."""
    if activity is None:
        return "unknown_activity", "The catalogue has no such activity."
    if activity.family != family:
        return "activity_of_another_family", "The activity belongs to another family than the track."
    if marker not in activity.markers:
        return "activity_without_marker", f"The activity is measured by: {', '.join(activity.markers)}."
    return None


def of_track(catalogue: Catalogue, track: Track) -> Activity | None:
    """The activity that a track names, None where it names none, or one that the catalogue no longer has."""
    return None if track.activity_id is None else catalogue.get(track.activity_id)


_INSTEAD: Final[Mapping[str, frozenset[str]]] = {
    "no_floor": frozenset({"standing", "sitting"}),
    "no_kneeling": frozenset({"standing", "sitting", "lying"}),
    "sitting": frozenset({"sitting"}),
    "lying": frozenset({"lying"}),
}
"""What each accommodation of position leaves; others leave all."""


def fits(activity: Activity, adapted: Iterable[str]) -> bool:
    """Whether it can be done in a position that everything adapted for the person leaves (article P1.5)."""
    left = set(activity.positions)
    for code in adapted:
        left &= _INSTEAD.get(code, left)
    return bool(left)
