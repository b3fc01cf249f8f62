"""Whom a text names: the clinic, its phone and hours, filled in where it is told and kept nowhere (article P8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.clinics import Clinic, language_of

UNREAD: Final = "unread"
UNNAMED: Final = "unnamed"
"""The forms of a text beside `patient`: where nobody reads what is written in the product, and where no clinic is
known."""

_LEFT, _OWN, _END = "\u2066", "\u2068", "\u2069"
_FROM_LEFT: Final = frozenset({"phone", "emergency"})
_FROM_RIGHT: Final = frozenset({"ar"})


def form_for(entry: Mapping[str, str], clinic: Clinic | None) -> str:
    """The form of a text for the person that fits what is known of their clinic."""
    wanted = UNNAMED if clinic is None else "patient" if clinic.messages_read else UNREAD
    return entry.get(wanted, entry["patient"])


def facts_of(clinic: Clinic | None, locale: str | None) -> dict[str, str]:
    """What a text may say of a clinic, in the language of a locale; in one that is written from the right each keeps
    its own direction, and a number its order."""
    if clinic is None:
        return {}
    human = clinic.human(locale)
    told = {
        "clinic": human.name,
        "phone": human.phone,
        "hours": human.hours,
        "emergency": clinic.emergency_number,
    }
    if language_of(locale) not in _FROM_RIGHT:
        return told
    return {name: f"{_LEFT if name in _FROM_LEFT else _OWN}{value}{_END}" for name, value in told.items()}
