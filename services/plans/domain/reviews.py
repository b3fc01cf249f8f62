"""The review: on which days, about what, when it is complete, and when the next one comes (article P11.1 to P11.4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from services.plans.domain.instruments import DOMAINS, OPEN

Heard = Literal["answered", "declined"]

FIRST_DAYS: Final = (42, 84)
EVERY_DAYS: Final = 84
"""Reviews come by default in weeks 6 and 12 of a plan, then every 12 weeks (P11.2)."""

APART_DAYS: Final = 21
"""The next review by default is at least so many days away [D]."""

ON_TIME_DAYS: Final = 14
"""A review that is done up to so many days after its day kept the interval: later increases are locked (W9)."""

SATISFACTION: Final = "satisfaction"
FELT_HEARD: Final = "heard"
PARTS: Final = (OPEN, *DOMAINS, SATISFACTION, FELT_HEARD)
"""What is asked in every review, the open question first (P11.2, P11.3, P12.4)."""

SECTIONS: Final = ("gains", "still_hard", "targets")
"""What every summary says: what got better, what is still hard, what we aim for or change (P11.4)."""


@dataclass(frozen=True, slots=True)
class Review:
    """A review that is going on: due on a day of the person's, and which parts were answered or declined."""

    review_id: str
    due_on: date
    opened_at: datetime
    heard: tuple[tuple[str, Heard], ...] = ()


@dataclass(frozen=True, slots=True)
class Reviews:
    """The protocol and how far it got, for the plan `plan_id` that began on the person's day `began_on`.

    `owner` is whose task it is, a code; the agenda's words are sealed. `fired_on` is the last day on which a review
    came due or was done, `open` the one that is going on. Of the last one that was done: `done_at`, and `done_version`
    of the plan. `missing_told` says that the clinic knows that no review is planned.
    """

    plan_id: str = ""
    began_on: date = date.min
    owner: str | None = None
    agenda_sealed: str | None = None
    fired_on: date | None = None
    open: Review | None = None
    done_at: datetime | None = None
    done_version: int = 1
    missing_told: bool = False


NO_REVIEWS: Final = Reviews()


@dataclass(frozen=True, slots=True)
class ScheduleReview:
    """Say whose task the next review is, what it is about, and on which day (None: as it is)."""

    owner: str | None = None
    agenda_sealed: str | None = None
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class OpenReview:
    """Begin the next review now, before its day."""


@dataclass(frozen=True, slots=True)
class CompleteReview:
    """Close a review with its summary, sealed section by section; the next is on `next_on`, or by default."""

    review_id: str
    summary_sealed: tuple[tuple[str, str], ...]
    next_on: date | None = None


def begun(reviews: Reviews, plan_id: str, day: date) -> Reviews:
    """The protocol of the plan that is in force since this day; a new plan begins anew."""
    if reviews.plan_id == plan_id:
        return reviews
    return Reviews(plan_id=plan_id, began_on=day)


def missing(review: Review) -> tuple[str, ...]:
    """The parts that are neither answered nor declined, in the order in which they are asked."""
    heard = dict(review.heard)
    return tuple(part for part in PARTS if part not in heard)


def heard_of(review: Review, part: str) -> Heard | None:
    """Whether a part was answered or declined, None while neither."""
    return dict(review.heard).get(part)


def next_on(began_on: date, done_on: date) -> date:
    """The day of the next review by default: the first of the plan's own days that is not too near."""
    soonest = done_on + timedelta(days=APART_DAYS)
    for days in FIRST_DAYS:
        if (day := began_on + timedelta(days=days)) >= soonest:
            return day
    rounds = -(-(soonest - began_on).days // EVERY_DAYS)
    return began_on + timedelta(days=rounds * EVERY_DAYS)


def on_time(due_on: date, done_on: date) -> bool:
    """Whether the interval was kept (P11.7)."""
    return (done_on - due_on).days <= ON_TIME_DAYS
