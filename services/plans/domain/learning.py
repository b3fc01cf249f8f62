"""What a person was given to read, when they read it, and when it comes back (article P4.1, P4.5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

Why = Literal["start", "track", "journal", "clinician", "self"]
"""Why somebody has a lesson: a first plan, a new track, a tag of their journal, a clinician, or their own wish."""

REVISIT_DAYS: Final = (7, 28, 90)
"""So many of the person's days after they first read a lesson it comes back."""

DIALOGUE_DAYS: Final = 7
"""One misconception is taken up in so many of the person's days at most."""

OPEN_DAYS: Final = 14
"""So long a lesson waits; it stays to be read after that, and no longer asks."""

LATE_DAYS: Final = 7
"""A journal entry that is heard of later than this calls for nothing any more."""


@dataclass(frozen=True, slots=True)
class AssignLesson:
    """Give a person a lesson or a dialogue to read."""

    lesson_id: str


@dataclass(frozen=True, slots=True)
class ViewLesson:
    """Note that the person has read it."""

    lesson_id: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """A lesson that a person has: how often they were `told` of it, and their days of first and last reading it.

    It is told of once at first and once for each of `REVISIT_DAYS`; what was read in time needs no telling.
    """

    lesson_id: str
    told: int = 0
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Learning:
    """All lessons that a person has, in the order in which they got them.

    `told_on` is their day on which they were last told of one or read one, `dialogue_on` that of their last dialogue.
    """

    lessons: tuple[Assigned, ...] = ()
    told_on: date | None = None
    dialogue_on: date | None = None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all of them."""
        return frozenset(one.lesson_id for one in self.lessons)


NOTHING_LEARNT: Final = Learning()


def of_id(learning: Learning, lesson_id: str) -> Assigned | None:
    """The lesson of this id, None while the person does not have it."""
    return next((one for one in learning.lessons if one.lesson_id == lesson_id), None)


def given(learning: Learning, lesson_id: str) -> Learning:
    """With this lesson as the last; one that they have already begins anew."""
    others = tuple(one for one in learning.lessons if one.lesson_id != lesson_id)
    return replace(learning, lessons=(*others, Assigned(lesson_id)))


def told(learning: Learning, lesson_id: str, today: date) -> Learning:
    """The person was told of it today: of its first reading, or of all times at which it has come back by now."""
    return replace(_with(learning, lesson_id, lambda one: _told(one, today)), told_on=today)


def viewed(learning: Learning, lesson_id: str, today: date) -> Learning:
    """The person read it today: what had come back by now needs no telling any more, and today no other is told of."""
    read = _with(
        learning, lesson_id, lambda one: replace(_told(one, today), first_on=one.first_on or today, last_on=today)
    )
    return replace(read, told_on=today)


def next_told(learning: Learning, asks: Callable[[str], bool]) -> tuple[date | None, str] | None:
    """Which lesson the person is told of next, and from which of their days on (None: at once).

    What they do not know yet comes before what comes back; one lesson a day at most. `asks` says of an id whether the
    lesson is for them now.
    """
    waiting = [(day or date.min, id) for id, day in _waiting(learning) if asks(id)]
    if not waiting:
        return None
    day, lesson_id = min(waiting, key=lambda one: one[0])
    if learning.told_on is not None:
        day = max(day, learning.told_on + timedelta(days=1))
    return (None if day == date.min else day), lesson_id


def comes_back_on(one: Assigned) -> date | None:
    """The person's day on which a lesson comes back next; None before it was read and after the last time."""
    if one.first_on is None or one.told > len(REVISIT_DAYS):
        return None
    return one.first_on + timedelta(days=REVISIT_DAYS[one.told - 1])


def may_take_up(learning: Learning, today: date) -> bool:
    """Whether the last misconception lies so long ago that another one may be taken up (P4.5)."""
    return learning.dialogue_on is None or (today - learning.dialogue_on).days >= DIALOGUE_DAYS


def _waiting(learning: Learning) -> Iterator[tuple[str, date | None]]:
    for one in learning.lessons:
        if one.first_on is None and one.told == 0:
            yield one.lesson_id, None
        elif (day := comes_back_on(one)) is not None:
            yield one.lesson_id, day


def _told(one: Assigned, today: date) -> Assigned:
    came_back = 0 if one.first_on is None else sum((today - one.first_on).days >= days for days in REVISIT_DAYS)
    return replace(one, told=max(one.told, 1 + came_back))


def _with(learning: Learning, lesson_id: str, change: Callable[[Assigned], Assigned]) -> Learning:
    changed = (change(one) if one.lesson_id == lesson_id else one for one in learning.lessons)
    return replace(learning, lessons=tuple(changed))
