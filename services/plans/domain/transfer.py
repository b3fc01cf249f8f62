"""Moving to another site of the same clinic: whom it concerns there, and how long the person is told of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.plans.domain.circle import Circle, Member

TOLD_FOR: Final = timedelta(days=14)
"""How long the person reads among what waits for them that they are at another site now [D]."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Let another site of the clinic care for the person; the note to it is sealed. `transfer_id` names this move."""

    transfer_id: str
    to_site: str
    note_sealed: str


def staying(circle: Circle, to_site: str) -> tuple[Member, ...]:
    """Who of the care team goes on: all but those who are at the site that the person leaves."""
    return tuple(one for one in circle.team if one.site != circle.site or one.site == to_site)
