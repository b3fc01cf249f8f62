"""What of a person's file a caregiver may see, and when nothing of it (community 6.3, domain/safety.md 9.1 no. 13)."""

from typing import Final

from services.plans.domain.circle import Caregiver, link_of
from services.plans.domain.model import PatientState

DISCLOSED: Final = "unsafe"
"""The warning sign that may be about a caregiver."""


def link(state: PatientState, subject: str) -> Caregiver | None:
    """The link by which this caregiver sees anything; none while a disclosure waits for a human (9.1 no. 13)."""
    if any(DISCLOSED in item.signs for item in state.work):
        return None
    return link_of(state.circle, subject)
