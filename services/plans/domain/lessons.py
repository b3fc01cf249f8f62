"""Which lessons there are, whom each is for, and which one a track begins with (article P2.1, P4.1, P4.5, H1)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

LessonKind = Literal["lesson", "dialogue"]
Tag = Literal["easy", "hard", "barrier"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing to read; its words lie in the texts under its id, which never changes.

    A `dialogue` takes up one misconception and begins with a question; `tags` are those of a journal that call for it.
    `areas` are the life areas and motives it speaks to, `families` those of the activities it is about, `terms` what it
    says that is explained beside it. What leads to doing more (`more`) is not for somebody with ME/CFS, or as long as
    nobody knows (W9, safety 9.3 no. 4); what is `crash` is for them alone.
    """

    lesson_id: str
    kind: LessonKind = "lesson"
    areas: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    terms: tuple[str, ...] = ()
    more: bool = False
    crash: bool = False


LESSONS: Final[tuple[Lesson, ...]] = (
    Lesson("sore_or_flare", terms=("flare", "flare_plan", "warning_signs")),
    Lesson("small_steps", areas=("routine", "strength", "independence"), terms=("nerves",), more=True),
    Lesson("pacing", areas=("routine", "self_care", "energy"), terms=("pacing",)),
    Lesson("flare_plan", areas=("self_care",), terms=("flare", "flare_plan", "way_back")),
    Lesson("setbacks", areas=("self_care", "mood")),
    Lesson("energy", areas=("energy", "work", "self_care")),
    Lesson("sleep", areas=("sleep", "energy")),
    Lesson("what_pain_tells", areas=("self_care", "mood")),
    Lesson("walking", areas=("routine", "community", "outdoors", "independence"), families=("walking",)),
    Lesson("strength", areas=("family", "strength", "independence"), families=("strength",)),
    Lesson("mobility", areas=("self_care", "work"), families=("mobility",)),
    Lesson("wheels_and_water", areas=("leisure", "outdoors"), families=("cycling", "swimming")),
    Lesson("stairs_and_home", areas=("routine", "self_care", "independence"), families=("stairs", "household")),
    Lesson("together", areas=("social", "leisure", "community", "friends", "hobby"), families=("social", "hobby")),
    Lesson("at_work", areas=("work",)),
    Lesson("rhythm", areas=("routine",)),
    Lesson("mood", areas=("mood",)),
    Lesson("for_others", areas=("family", "social", "friends", "community")),
    Lesson("limits", areas=("energy",), terms=("crash", "me_cfs"), crash=True),
    Lesson("hurt_and_harm", "dialogue", tags=("hard",)),
    Lesson("back_to_start", "dialogue", tags=("hard",), terms=("flare", "way_back")),
    Lesson("always_pain", "dialogue", tags=("hard",), more=True),
    Lesson("all_or_nothing", "dialogue", tags=("barrier",)),
    Lesson("rest_first", "dialogue", tags=("barrier", "hard"), terms=("flare",), more=True),
    Lesson("too_late", "dialogue", tags=("barrier",), terms=("nerves",), more=True),
    Lesson("good_day", "dialogue", tags=("easy",)),
    Lesson("pain_for_gain", "dialogue", tags=("easy", "hard"), more=True),
)
"""All lessons; where nothing else tells them apart, the earlier one comes first."""

BY_ID: Final[Mapping[str, Lesson]] = {one.lesson_id: one for one in LESSONS}

FIRST: Final = "sore_or_flare"
"""What everybody with a plan is to know first: signs of a flare, told from soreness (P9.2)."""

RECOMMENDED_MAX: Final = 5
"""More than so many lessons are not recommended at a time."""

FOR_ANY_TRACK: Final = "pacing"
"""What a track begins with where no lesson is about its activity."""


def suits(lesson: Lesson, pem: str | None) -> bool:
    """Whether a lesson is for somebody with this answer about ME/CFS; one not given is as a yes (W9)."""
    return not lesson.crash if pem == "no" else not lesson.more


def for_track(family: str, areas: Collection[str], pem: str | None) -> Lesson:
    """The lesson that a new track begins with: about its activity, and of those the nearest to the person's goals."""
    about = [one for one in LESSONS if family in one.families and suits(one, pem)]
    return max(about, key=lambda one: _shared(one, areas), default=BY_ID[FOR_ANY_TRACK])


def recommended(areas: Collection[str], known: Collection[str], pem: str | None) -> tuple[Lesson, ...]:
    """What speaks to the person's goals and motives and that they do not have yet, the nearest first (H1)."""
    left = [one for one in LESSONS if one.lesson_id not in known and suits(one, pem) and _shared(one, areas)]
    return tuple(sorted(left, key=lambda one: -_shared(one, areas)))[:RECOMMENDED_MAX]


def dialogue_for(tags: Iterable[str], known: Collection[str], pem: str | None) -> Lesson | None:
    """The next misconception that these tags of a journal call for, None where there is none left (P4.5)."""
    wanted = set(tags)
    return next(
        (one for one in LESSONS if wanted & set(one.tags) and one.lesson_id not in known and suits(one, pem)), None
    )


def _shared(lesson: Lesson, areas: Collection[str]) -> int:
    return len(set(lesson.areas) & set(areas))
