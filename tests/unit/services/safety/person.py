"""One person in this service's transitions: what is said of them, and what comes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from services.safety.domain.commands import AnswerRedFlags, ResumeAutomation
from services.safety.domain.model import SafetyState
from services.safety.transitions import TRANSITIONS
from shared.contracts.plans import PatientEnrolledV1
from shared.runtime.messages import Actor, Answer, Message, Record, To

NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


class Person:
    """A person whose day begins at three in Madrid; every message comes a minute after the one before."""

    def __init__(self, *, enrolled: bool = True) -> None:
        self.state = SafetyState()
        self.now = NOW
        self.events: list[BaseModel] = []
        self.emits: list[Any] = []
        self.records: dict[tuple[str, str], Record] = {}
        if enrolled:
            self.hear(PatientEnrolledV1(tz="Europe/Madrid", locale="es-ES"))

    def hear(self, data: Any, role: str = "patient", id: str = "m") -> Answer | None:
        """Handle one message; `Refused` changes nothing."""
        handler = TRANSITIONS[type(data)]
        assert not isinstance(handler, To)
        self.now += timedelta(minutes=1)
        message = Message(data, "p", "clinic", id, self.now, self.now, Actor(role, f"{role}-1"), "app")
        done = handler(self.state, message, self.now)
        self.state = done.state
        self.emits += done.events
        self.events += [emit.data for emit in done.events]
        self.records |= {(record.collection, record.id): record for record in done.records}
        return done.answer

    def answer(self, id: str, *yes: str, role: str = "patient", at: datetime | None = None) -> dict[str, Any]:
        """Answer the list."""
        told = self.hear(AnswerRedFlags(id, "check_in", yes, at or self.now), role)
        assert told is not None
        return dict(told.body)

    def resume(self, suspension_id: str, role: str = "clinician", last: str | None = None) -> dict[str, Any]:
        """Have a clinician's note."""
        told = self.hear(ResumeAutomation(suspension_id, "s1.sealed", last), role)
        assert told is not None
        return dict(told.body)

    @property
    def types(self) -> list[str]:
        """The events so far, by class."""
        return [type(event).__name__ for event in self.events]
