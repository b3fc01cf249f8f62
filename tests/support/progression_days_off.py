"""Days that a person blocks and outages that an operator declares, as messages to a person of progression."""

import random
from datetime import datetime, timedelta
from typing import Any

from services.progression.folding.days_off import DeclareOutage, WithdrawOutage
from shared.clock import to_ms
from shared.contracts.reminders import DaysBlockedV1, DaysV1
from shared.runtime.messages import SYSTEM, Message
from tests.support.progression_lives import Life
from tests.support.progression_person import START, Person


def block(person: Person, day: int, *ranges: tuple[int, int], clock: str = "10:00", seq: int | None = None) -> None:
    """`days.blocked`, heard on a day: all days that are blocked now, as (first, last) from the start."""
    days = tuple(DaysV1(first=START + timedelta(first), last=START + timedelta(last)) for first, last in ranges)
    message = person.message(DaysBlockedV1(blocked=days), person.at(day, clock), service="reminders")
    if seq is not None:
        message = Message(**{**{name: getattr(message, name) for name in message.__slots__}, "seq": seq})
    person.now = max(person.now, person.at(day, clock))
    person.fold(message)


def outage(person: Person, since: datetime, until: datetime, *, at: datetime, withdrawn: bool = False) -> bool:
    """An operator declares an outage, or withdraws it; whether that changed anything."""
    command = (WithdrawOutage if withdrawn else DeclareOutage)(to_ms(since), to_ms(until))
    person.now = max(person.now, at)
    answer = person.fold(Message(command, person.key, "t1", "cmd", at, at, SYSTEM, "system")).answer
    assert answer is not None
    return bool(answer.body["changed"])


def blocks(life: Life, person: Any, dice: random.Random) -> None:
    """Now and then other days are blocked than before: some weeks back, today, or ahead, or none any more."""
    if dice.random() < 0.01:
        firsts = sorted(dice.sample(range(life.day - 20, life.day + 30), dice.randint(0, 3)))
        days = tuple(DaysV1(first=START + timedelta(first), last=START + timedelta(first)) for first in firsts)
        life.tell(DaysBlockedV1(blocked=days), life.at("22:00"), "reminders")
