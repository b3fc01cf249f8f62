"""Offers to celebrate: how long each is open, and what a suspension does to them (community 6.2 Celebrate)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from services.community.domain.model import Offer, Person

OPEN_FOR: Final = timedelta(days=14)
OFFERS_KEPT: Final = 20

Told = Literal["open", "shared", "dismissed", "expired", "held_back"]


def suspended(person: Person) -> bool:
    """Whether nothing automatic may happen for the person (progression 2.4 SUSPENDED, domain/safety.md 9.2)."""
    return person.suspension is not None and person.suspension.on


def told(person: Person, offer: Offer, now: datetime) -> Told:
    """What the person is told of an offer; while suspended every open one is held back."""
    if offer.status != "open":
        return offer.status
    if suspended(person) or offer.expires_at is None:
        return "held_back"
    return "open" if now < offer.expires_at else "expired"


def offered(offer: Offer, now: datetime) -> Offer:
    """The offer as made now."""
    return replace(offer, offered_at=now, expires_at=now + OPEN_FOR)


def keep(person: Person, offer_id: str, offer: Offer) -> Person:
    """The person with an offer as it is now; of all offers the latest milestones stay known."""
    every = {**person.offers, offer_id: offer}
    newest = sorted(every, key=lambda name: (every[name].reached_on, name), reverse=True)[:OFFERS_KEPT]
    return replace(person, offers={name: every[name] for name in sorted(newest)})


def held_back(person: Person, since: datetime) -> Person:
    """The person with every offer held back that was open when a suspension began."""
    held = {
        name: replace(one, offered_at=None, expires_at=None)
        for name, one in person.offers.items()
        if one.status == "open" and one.expires_at is not None and one.expires_at > since
    }
    return replace(person, offers={**person.offers, **held})


def released(person: Person, now: datetime) -> tuple[Person, Mapping[str, Offer]]:
    """The person with what was held back offered now, for the full time, and those offers."""
    made = {
        name: offered(one, now)
        for name, one in person.offers.items()
        if one.status == "open" and one.expires_at is None
    }
    return replace(person, offers={**person.offers, **made}), made
