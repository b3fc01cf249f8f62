"""Months of a person's life with progression, drawn from a number: what happens day by day is folded as it would come.

A life is cheap to fork: its state is one frozen value. So many histories share their beginning and differ in how they
end, and each is a whole history from enrolment on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.progression.domain.state import PatientState
from services.progression.transitions import TRANSITIONS, due
from shared.clock import local_date
from shared.ids import slot_id
from shared.runtime.messages import Actor, Message, Tick, Transition

START: Final = date(2025, 3, 3)
LOGGING: Final = "session_logging"
PLANS: Final = "plans"
SAFETY: Final = "safety"

KEPT_MESSAGES: Final = 40
"""How many of the latest records may come again."""


@lru_cache(maxsize=4096)
def moment_of(tz: str, day: int, clock: str) -> datetime:
    """The UTC moment of a local wall time, `day` days after the start."""
    wall = datetime.combine(START + timedelta(days=day), time.fromisoformat(clock), tzinfo=ZoneInfo(tz))
    return wall.astimezone(UTC)


@dataclass(slots=True)
class Step:
    """One message and what it did."""

    before: PatientState
    message: Message[Any]
    done: Transition[PatientState]
    now: datetime

    @property
    def after(self) -> PatientState:
        """The state that it led to."""
        return self.done.state


@dataclass(slots=True)
class Logged:
    """A session as the person knows it."""

    session_id: str
    track_id: str
    started: datetime
    revision: int = 1
    amount: int = 0


Watch = Callable[[Step], None]


@dataclass
class Life:
    """A person's life up to a moment; `watch` sees every step. `later` is what was noted and not sent yet."""

    seed: int
    mode: str = "live"
    tz: str = "UTC"
    key: str = "p1"
    state: PatientState = field(default_factory=PatientState)
    now: datetime = datetime(2025, 3, 3, 5, tzinfo=UTC)
    day: int = 0
    watch: Watch = lambda step: None
    sessions: list[Logged] = field(default_factory=list)
    later: list[tuple[int, Any]] = field(default_factory=list)
    sent: list[tuple[Message[Any], datetime]] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)
    moods: dict[str, Any] = field(default_factory=dict)
    incomplete: bool = False
    steps: int = 0

    def fork(self, seed: int) -> Life:
        """The same past, another future; nobody watches it yet."""
        return Life(
            seed=seed,
            mode=self.mode,
            tz=self.tz,
            key=self.key,
            state=self.state,
            now=self.now,
            day=self.day,
            sessions=[Logged(s.session_id, s.track_id, s.started, s.revision, s.amount) for s in self.sessions],
            later=list(self.later),
            sent=list(self.sent),
            seqs=dict(self.seqs),
            moods=dict(self.moods),
            incomplete=self.incomplete,
            steps=self.steps,
        )

    def dice(self, act: int) -> random.Random:
        """Dice of one kind of act on one day: other acts, or fewer days, do not change how they fall."""
        return random.Random((self.seed * 1_009 + self.day) * 101 + act)

    def at(self, clock: str, day: int | None = None) -> datetime:
        """A local wall time of a day, never before what has happened already."""
        return max(self.now, moment_of(self.tz, self.day if day is None else day, clock))

    def day_of(self, moment: datetime) -> date:
        """The person's day."""
        return local_date(moment, self.tz, self.state.day_starts_at)

    def fold(self, message: Message[Any]) -> Transition[PatientState]:
        """Run the transition of a message, and let it be watched."""
        before = self.state
        done = TRANSITIONS[type(message.data)](before, message, self.now)  # type: ignore[operator]
        self.state = done.state
        self.steps += 1
        self.watch(Step(before, message, done, self.now))
        return done

    def message(
        self, data: Any, at: datetime, service: str, *, day: date | None = None, actor: str = "patient"
    ) -> Message[Any]:
        """A message as the runtime would hand it over, recorded at a moment."""
        seq = self.seqs[service] = self.seqs.get(service, 0) + 1
        return Message(
            data=data,
            key=self.key,
            tenant="t1",
            id=f"{service}:{seq}",
            occurred_at=at,
            recorded_at=at,
            actor=Actor(actor, actor),
            source="app",
            local_date=day,
            tz=self.tz,
            service=service,
            seq=seq,
            incomplete=self.incomplete,
        )

    def tell(
        self, data: Any, at: datetime, service: str = PLANS, *, day: date | None = None, actor: str = "patient"
    ) -> Transition[PatientState]:
        """Fold an event recorded at a moment, after every tick that falls due before it."""
        self.tick_until(at)
        self.now = max(self.now, at)
        message = self.message(data, at, service, day=day, actor=actor)
        self.sent = [*self.sent[-KEPT_MESSAGES:], (message, self.now)]
        return self.fold(message)

    def tick_until(self, end: datetime) -> None:
        """Let time pass up to a moment, with every tick that falls due on the way."""
        while (moment := due(self.state)) is not None and moment <= end:
            self.now = max(self.now, moment)
            self.fold(Message(Tick(moment), self.key, "t1", f"tick:{moment}", moment, moment))
        self.now = max(self.now, end)

    def slot(self, track_id: str, started: datetime) -> str:
        """The slot of a session."""
        return slot_id(self.key, track_id, self.day_of(started))
