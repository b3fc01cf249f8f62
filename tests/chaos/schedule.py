"""What goes wrong and when: a bounded list that follows from the seed alone."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from deploy.local.topology import SERVICES
from shared.runtime.ports import CrashPoint
from tests.chaos.bed import TWICE

PASSED_BY: Final[dict[CrashPoint, tuple[str, ...]]] = {
    CrashPoint.AFTER_RECORDS: ("session_logging", "progression", "reminders"),
    CrashPoint.BEFORE_ANSWER: ("session_logging",),
    CrashPoint.AFTER_CLAIM: ("reminders",),
    CrashPoint.AFTER_SEND: ("reminders",),
    CrashPoint.AFTER_OUTCOME: ("reminders",),
    CrashPoint.AFTER_DEAD_LETTER: ("progression", "reminders"),
    CrashPoint.BEFORE_COMMIT: ("progression", "reminders"),
    CrashPoint.AFTER_COMMIT: ("progression", "reminders"),
}
"""Who surely passes a point while people log; every other point is passed by each of the busy three."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that goes wrong once so much of the load was accepted (0 to 1)."""

    at: float
    what: str
    whom: str
    detail: str = ""

    def __str__(self) -> str:
        database = self.what in ("slow", "cut", "hang", "freeze", "kill") and self.whom in (*SERVICES, "keys")
        whom = f"the database of {self.whom}" if database else self.whom
        return f"{self.at:4.0%} {self.what} {whom} {self.detail}".rstrip()


def schedule(seed: int, length: int) -> list[Entry]:
    """Every kind of fault and a death at every crash point, then more at random, in random order.

    A length below the number of kinds takes the first of each in the seed's order.
    """
    dice = random.Random(f"schedule {seed}")
    makers = list(_KINDS)
    wanted = [(what, whom, detail) for make in makers for what, whom, detail in (make(dice),)]
    wanted += [("die", dice.choice(PASSED_BY.get(point, TWICE)), point.value) for point in CrashPoint]
    wanted.append(("lose database", "progression", ""))
    while len(wanted) < length:
        wanted.append(dice.choice(makers)(dice))
    dice.shuffle(wanted)
    wanted = wanted[:length]
    return [
        Entry((number + 1) / (len(wanted) + 1), what, whom, detail)
        for number, (what, whom, detail) in enumerate(wanted)
    ]


def _instance(dice: random.Random) -> str:
    service = dice.choice((*SERVICES, *TWICE))
    return f"{service}-{dice.choice('12') if service in TWICE else '1'}"


def _store(dice: random.Random) -> str:
    return dice.choice((*SERVICES, "keys", "kafka", "kafka"))


def _client(dice: random.Random) -> str:
    """Whose connections to Kafka: of one service, or everybody's."""
    return dice.choice((*SERVICES, ""))


Maker = Callable[[random.Random], tuple[str, str, str]]

_KINDS: Final[Sequence[Maker]] = (
    lambda dice: ("kill", _instance(dice), ""),
    lambda dice: ("kill", _instance(dice), ""),
    lambda dice: ("restart", _instance(dice), ""),
    lambda dice: ("kill", "kafka", ""),
    lambda dice: ("kill", dice.choice((*SERVICES, "keys")), ""),
    lambda dice: ("freeze", _instance(dice), f"{dice.uniform(0.5, 2):.1f} s"),
    lambda dice: ("freeze", f"{dice.choice(TWICE)}-{dice.choice('12')}", f"{dice.uniform(8, 10):.1f} s"),
    lambda dice: ("freeze", _store(dice), f"{dice.uniform(1, 4):.1f} s"),
    lambda dice: ("slow", _store(dice), f"{dice.uniform(3, 6):.1f} s"),
    lambda dice: ("cut", _store(dice), f"{dice.uniform(1, 4):.1f} s"),
    lambda dice: ("hang", _store(dice), f"{dice.uniform(2, 4):.1f} s"),
    lambda dice: ("cut", "kafka", f"{dice.uniform(2, 5):.1f} s of {_client(dice)}".removesuffix(" of ")),
    lambda dice: ("cut produce", dice.choice(TWICE), dice.choice(("request", "answer"))),
    lambda dice: ("cut produce", dice.choice(SERVICES), dice.choice(("request", "answer"))),
    lambda dice: ("publish again", dice.choice(SERVICES), dice.choice(("near", "far"))),
    lambda dice: ("publish again", dice.choice(SERVICES), dice.choice(("near", "far"))),
    lambda dice: ("poison", dice.choice(("plans", "session_logging", "progression")), ""),
    lambda dice: ("clock", _instance(dice), f"{dice.choice((-2.0, -1.0, 1.0, 2.0)):+.1f} h"),
    lambda dice: ("clock", _instance(dice), f"{dice.uniform(-2, 2):+.1f} h"),
    lambda dice: ("join and leave", dice.choice(SERVICES), ""),
    lambda dice: ("leave outboxes", dice.choice(SERVICES), ""),
)
