"""One person's diary folded in memory: messages in, and everything that came out of them remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from services.session_logging.domain.commands import (
    AmendSession,
    BatchItem,
    Entry,
    LogBatch,
    LogSession,
    VoidSession,
)
from services.session_logging.domain.state import SessionLogState
from services.session_logging.domain.window import Basis, check_name, journal_name
from services.session_logging.store import JOURNAL, MORNING_CHECKS, SESSIONS, session_from
from services.session_logging.transitions import SERVICE
from shared.contracts.plans import PatientEnrolledV1, PlanActivatedV1, TrackV1
from shared.runtime.messages import Actor, Emit, Message, Refused, Transition

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
WALK = TrackV1(track_id="t-walk", activity_family="walking", marker="duration_s", unit="min", freq=3)
STAIRS = TrackV1(track_id="t-stairs", activity_family="stairs", marker="reps", unit="reps", freq=3)
HOBBY = TrackV1(track_id="t-hobby", activity_family="hobby", marker="duration_s", unit="min", freq=2)
ROUTE = TrackV1(track_id="t-route", activity_family="cycling", marker="distance_m", unit="mi", freq=2)


def walked(minutes: str = "10", **fields: Any) -> Entry:
    """A walk as it is told."""
    return Entry(**{"track_id": "t-walk", "amount": minutes, "unit": "min", "started_at": NOW, **fields})


def plan(*tracks: TrackV1, version: int = 1) -> PlanActivatedV1:
    """A plan with these tracks."""
    return PlanActivatedV1(plan_id="plan", plan_version=version, tracks=tracks, effective_at=NOW)


@dataclass
class Person:
    """Folds messages through the service's table and keeps what came out, as a database would."""

    tz: str = "Europe/Berlin"
    tracks: tuple[TrackV1, ...] = (WALK, STAIRS, HOBBY, ROUTE)
    state: SessionLogState = field(default_factory=SessionLogState)
    events: list[Emit] = field(default_factory=list)
    records: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    seq: int = 0

    def __post_init__(self) -> None:
        self.hear(self.enrolment(self.tz))
        if self.tracks:
            self.hear(plan(*self.tracks))

    @staticmethod
    def enrolment(tz: str) -> PatientEnrolledV1:
        """The event that makes the person known."""
        return PatientEnrolledV1(tz=tz, locale="de")

    def hear(self, event: BaseModel, seq: int | None = None) -> None:
        """An event of plans, with the next seq unless one is given."""
        self.seq = max(self.seq + 1, seq or 0)
        self.fold(event, seq=self.seq if seq is None else seq)

    def fold(self, data: Any, *, role: str = "patient", now: datetime = NOW, **more: Any) -> Transition[Any]:
        """One message; what it puts and publishes is remembered."""
        message = Message(data, "p1", "clinic", "m", now, now, Actor(role, "u1"), "app", **more)
        step: Transition[Any] = SERVICE.transitions[type(data)](self.state, message, now)  # type: ignore[operator]
        self.state = step.state
        self.events += step.events
        for record in step.records:
            self.records.setdefault(record.collection, {})[record.id] = record.data
        return step

    def basis(self) -> Basis:
        """What the HTTP side would have read now, of everything that is stored."""
        found = {id: record["digest"] for id, record in self.records.get(SESSIONS, {}).items()}
        found |= {check_name(id): record["digest"] for id, record in self.records.get(MORNING_CHECKS, {}).items()}
        found |= {journal_name(id): record["digest"] for id, record in self.records.get(JOURNAL, {}).items()}
        return Basis(self.state.window.touches, found)

    def read(self, command: Any) -> Any:
        """The command with what is stored now."""
        if isinstance(command, LogSession | AmendSession | VoidSession):
            document = self.records.get(SESSIONS, {}).get(command.session_id)
            command = replace(command, current=None if document is None else session_from(document))
        return replace(command, basis=self.basis())

    def tell(self, command: Any, *, role: str = "patient", now: datetime = NOW) -> Transition[Any]:
        """A command, after reading what it needs."""
        return self.fold(self.read(command), role=role, now=now)

    def log(self, id: str, entry: Entry, **how: Any) -> Transition[Any]:
        return self.tell(LogSession(id, entry), **how)

    def amend(self, id: str, if_match: int, how: Mapping[str, Any] | None = None, **changes: Any) -> Transition[Any]:
        return self.tell(AmendSession(id, if_match, tuple(sorted(changes)), Entry(**changes)), **(how or {}))

    def void(self, id: str, **how: Any) -> Transition[Any]:
        return self.tell(VoidSession(id, "mistake"), **how)

    def batch(self, *items: BatchItem, **how: Any) -> list[str]:
        """The outcomes of a batch, in order."""
        answer = self.tell(LogBatch("b", items), **how).answer
        assert answer is not None
        return [item["outcome"] for item in answer.body["items"]]


def refusal(call: Any, *args: Any, **kwargs: Any) -> Refused:
    """The refusal that a call ends in."""
    try:
        call(*args, **kwargs)
    except Refused as refused:
        return refused
    raise AssertionError("nothing was refused")
