"""When a suspension begins, what a further flag adds to it, and who may end it (R1, domain/safety.md 9.2)."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.safety.domain.levels import LEVELS, Level, graver, in_order
from services.safety.domain.model import Suspension

FLAGS_KEPT: Final = 50
"""So many flags of one suspension, the latest, stay named in it; every answer stays a record of its own."""


CLINICIANS: Final[Level] = "review"
"""The level of a suspension that a clinician began: they know of it."""


class NotSuspended(Exception):
    """A suspension can only be ended while one is open."""


class AnotherSuspension(Exception):
    """The note must name the suspension that is open: one that began after the clinician looked is not ended by it."""


class FlagSince(Exception):
    """A note that says which flag it has seen last ends nothing once another flag was raised after it."""


def began(suspension_id: str, flag_id: str, signs: tuple[str, ...], since: datetime) -> Suspension:
    """A new episode, from its first flag on; `signs` has at least one, the gravest first."""
    return Suspension(suspension_id, since, LEVELS[signs[0]], signs, (flag_id,))


def stopped(suspension_id: str, reason: str, by: str, since: datetime) -> Suspension:
    """A new episode that a clinician begins, without a flag (progression 2.8)."""
    return Suspension(suspension_id, since, CLINICIANS, (), (), reason, by)


def joined(suspension: Suspension, flag_id: str, signs: tuple[str, ...]) -> Suspension:
    """The open episode with a further flag: never less grave than before, and begun no later."""
    level: Level = graver(suspension.level, LEVELS[signs[0]]) if suspension.flags else LEVELS[signs[0]]
    flags = (*suspension.flags, flag_id)[-FLAGS_KEPT:]
    return replace(suspension, level=level, signs=in_order((*suspension.signs, *signs)), flags=flags)


def last_flag(suspension: Suspension) -> str:
    """The id of the flag that came last; in one that a clinician began its own id, until one has joined it: so whoever
    ends it can say that they knew of none, and is told where there is one."""
    return suspension.flags[-1] if suspension.flags else suspension.suspension_id


def check_end(suspension: Suspension | None, suspension_id: str, last_flag_id: str | None) -> Suspension:
    """The open suspension if it is the one named, with the flag seen last where one is named.

    Raises `NotSuspended`, `AnotherSuspension` or `FlagSince`.
    """
    if suspension is None:
        raise NotSuspended
    if suspension.suspension_id != suspension_id:
        raise AnotherSuspension
    if last_flag_id is not None and last_flag_id != last_flag(suspension):
        raise FlagSince
    return suspension
