"""What was asked over HTTP and what was answered: the only thing that the checker knows beside what it reads itself."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

LOGGED = "session.logged"
AMENDED = "session.amended"
VOIDED = "session.voided"
MORNING = "morning_check.recorded"

Thing = tuple[str, str, int]
"""Type of the event, id of the session or the morning check, and its revision (1 for a morning check)."""


@dataclass
class Session:
    """A session as it was last answered; the amount is in seconds."""

    amount: int
    revision: int = 1
    status: str = "active"


@dataclass
class Person:
    """One person: their tokens, and everything about them that was accepted or rejected.

    `steps` are the accepted things in the order in which they were answered; what was asked at the same time is one
    step, within which any order is right. `rejected` are ids that must have left nothing.
    """

    id: str
    tenant: str
    tz: str
    token: str
    cue: bool = True
    poisoned: bool = False
    steps: list[tuple[Thing, ...]] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)
    groups: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def accept(self, *things: Thing) -> None:
        """One step."""
        self.steps.append(things)

    @property
    def accepted(self) -> int:
        """How many things were accepted."""
        mine: Iterable[list[Any]] = (self.groups, self.shared, self.flags)
        return sum(len(step) for step in self.steps) + sum(len(one) for one in mine)

    @property
    def path(self) -> str:
        """Where everything of this person lies."""
        return f"/v1/patients/{self.id}"


@dataclass
class Ledger:
    """Everybody, and what the harness laid on topics by itself."""

    people: list[Person] = field(default_factory=list)
    logs: int = 0
    unknown: int = 0
    poison: set[tuple[str, int, int]] = field(default_factory=set)
    undecodable: set[tuple[str, int, int]] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many things were accepted of everybody."""
        return sum(person.accepted for person in self.people)
