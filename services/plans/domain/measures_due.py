"""What is asked next, on which of the person's days, and what is not: the budget of items (domain/measures.md 3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from services.plans.domain.instruments import BY_CODE, CHECKIN, PEG
from services.plans.domain.measures import Contact, Measures

Withheld = Literal["item_budget", "one_instrument_a_contact", "two_days_running", "review_is_near"]

ITEMS: Final = 12
WITHIN_DAYS: Final = 28
"""At most so many items in so many days between reviews."""

OWN_ITEMS: Final = 18
OWN_CONTACTS: Final = 2
"""The budget of a review, and that of the intake: so many items, on so many days."""

INTAKE: Final = "intake"
INTAKE_DAYS: Final = 14
"""So long after a plan began answers belong to its intake [D]."""

PEG_DAYS: Final = 28
CHECKIN_DAYS: Final = 14
CHECKIN_DAYS_MAX: Final = 56
SKIPS: Final = 2
"""After so many check-ins left out in a row the time between them doubles, up to the longest (article P7.2)."""

ANSWER_DAYS: Final = 3
"""So many days a question waits; then it counts as left out [D]."""

BEFORE_REVIEW_DAYS: Final = 7
AFTER_REVIEW_DAYS: Final = 14
"""From so many days before a review until it is done a PEG or check-in is left to it; one that did not come within so
many days after its day holds nothing back any more [D]."""

REGULAR: Final = (CHECKIN, PEG)
"""What is asked again and again; of two that are due the first comes first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """An instrument that is due on a day, the day on which the budget lets it be asked, and why not on the first."""

    instrument: str
    due_on: date
    on: date
    withheld: Withheld | None = None


def between(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """The contacts that belong to no review and no intake."""
    return tuple(one for one in contacts if one.of is None)


def near(review_on: date | None, day: date) -> bool:
    """Whether a PEG or check-in of this day is left to the review of that day, which is not done yet."""
    if review_on is None:
        return False
    first, last = review_on - timedelta(days=BEFORE_REVIEW_DAYS), review_on + timedelta(days=AFTER_REVIEW_DAYS)
    return first <= day <= last


def withheld(contacts: tuple[Contact, ...], day: date, items: int, review_on: date | None = None) -> Withheld | None:
    """Why so many items may not be asked on this day; None where they may."""
    days = {one.on for one in contacts}
    if day in days:
        return "one_instrument_a_contact"
    if day - timedelta(days=1) in days or day + timedelta(days=1) in days:
        return "two_days_running"
    if near(review_on, day):
        return "review_is_near"
    window = (one for one in between(contacts) if abs((day - one.on).days) < WITHIN_DAYS)
    if items > 0 and sum(one.items for one in window) + items > ITEMS:
        return "item_budget"
    return None


def items_left(contacts: tuple[Contact, ...], today: date) -> int:
    """How many items may still be asked today, as far as their number goes."""
    asked = sum(one.items for one in between(contacts) if (today - one.on).days < WITHIN_DAYS)
    return max(0, ITEMS - asked)


def own_budget(contacts: tuple[Contact, ...], of: str, day: date, items: int) -> bool:
    """Whether the budget of this review, or of the intake, has room for so many more items on this day.

    An intake of longer ago than the last 28 days is another one: its budget is not that of today.
    """
    mine = [one for one in contacts if one.of == of and (of != INTAKE or (day - one.on).days < WITHIN_DAYS)]
    return sum(one.items for one in mine) + items <= OWN_ITEMS and len({day, *(one.on for one in mine)}) <= OWN_CONTACTS


def size(instrument: str) -> int:
    """How many items it asks."""
    return len(BY_CODE[instrument].items)


def dues(measures: Measures, began_on: date) -> tuple[tuple[str, date], ...]:
    """On which day each regular instrument is due, in a plan that began on this day; what came before counts not."""
    return (
        (CHECKIN, max(measures.checkin_on or began_on, began_on) + timedelta(days=measures.checkin_days)),
        (PEG, max(measures.peg_on or began_on, began_on) + timedelta(days=PEG_DAYS)),
    )


def asks(measures: Measures, began_on: date, today: date, review_on: date | None = None) -> tuple[Ask, ...]:
    """When each regular instrument is asked: never before it is due, never against the budget, today at the earliest;
    the next one first."""
    found = []
    for instrument, due_on in dues(measures, began_on):
        first = day = max(due_on, today)
        while withheld(measures.contacts, day, size(instrument), review_on) is not None:
            day += timedelta(days=1)
        why = withheld(measures.contacts, first, size(instrument), review_on)
        found.append(Ask(instrument, due_on, day, why))
    return tuple(sorted(found, key=lambda ask: (ask.on, REGULAR.index(ask.instrument))))


def counted(measures: Measures, contact: Contact) -> Measures:
    """With one more contact; those that no rule looks at any more are forgotten. What is regular is due anew."""
    first = contact.on - timedelta(days=WITHIN_DAYS)
    review = contact.of if contact.of != INTAKE else None
    kept = tuple(one for one in measures.contacts if one.on > first or (one.of is not None and one.of == review))
    measures = replace(measures, contacts=(*kept, contact))
    if contact.instrument == CHECKIN:
        return replace(measures, checkin_on=contact.on)
    return replace(measures, peg_on=contact.on) if contact.instrument == PEG else measures


def took_part(measures: Measures) -> Measures:
    """A check-in was answered: the count of those left out begins anew."""
    return replace(measures, skips=0)


def left_out(measures: Measures) -> Measures:
    """A check-in was left out; after two in a row they come half as often."""
    skips = measures.skips + 1
    if skips < SKIPS:
        return replace(measures, skips=skips)
    return replace(measures, skips=0, checkin_days=min(CHECKIN_DAYS_MAX, measures.checkin_days * 2))


def reviewed(measures: Measures, today: date) -> Measures:
    """A review took the place of the PEG and the check-in, and check-ins come as often as at first."""
    return replace(
        measures, asked=None, checkin_on=today, peg_on=today, checkin_days=CHECKIN_DAYS, skips=0, skips_told=False
    )
