"""One person whose messages are folded by hand: what happened day by day goes in, decisions and doses come out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, TypeAdapter

from services.progression.domain.state import PatientState
from services.progression.transitions import SERVICE, TRANSITIONS, due
from shared.clock import local_date
from shared.contracts.catalog import BY_MODEL
from shared.contracts.plans import (
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
    ProposalAnsweredV1,
    TrackV1,
)
from shared.contracts.progression import (
    DoseChangedV1,
    ProgressionDecidedV1,
    ProgressionProposedV1,
    ProposalWithdrawnV1,
    ReviewRequestedV1,
)
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.ids import event_id, slot_id
from shared.runtime.aggregate import CANONICAL
from shared.runtime.messages import Actor, Message, Tick, Transition

START: Final = date(2025, 3, 3)
"""A Monday; the first day of every story."""

T = TypeVar("T", bound=BaseModel)

_STATES: Final = TypeAdapter(PatientState)
_PLANS: Final = "plans"
_LOGGING: Final = "session_logging"


def text_of(state: PatientState) -> bytes:
    """The state as the runtime stores it."""
    return orjson.dumps(SERVICE.stored(state), option=CANONICAL)


def track(track_id: str = "walk", **changes: Any) -> TrackV1:
    """A walking track of 10 minutes three times a week, with a goal far away."""
    values: dict[str, Any] = {
        "track_id": track_id,
        "activity_family": "walking",
        "marker": "duration_s",
        "unit": "min",
        "freq": 3,
        "goal_dose": 7200,
        "step": 60,
        "start_phase": "GRADED",
        "start_dose": 600,
    }
    return TrackV1(**{**values, **changes})


@dataclass
class Person:
    """Folds messages one by one, each time through the stored text of the state.

    Days are counted from `START`; times are local wall times. `outbox` holds what was published, in order.
    """

    tz: str = "Europe/Vienna"
    mode: str = "live"
    day_starts_at: str = "03:00"
    key: str = "p1"
    state: PatientState = field(default_factory=PatientState)
    outbox: list[BaseModel] = field(default_factory=list)
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    history: list[tuple[Message[Any], datetime]] = field(default_factory=list)
    now: datetime = datetime(2025, 3, 3, 6, tzinfo=UTC)
    incomplete: bool = False
    _numbers: dict[str, int] = field(default_factory=dict)
    logged: int = 0

    def at(self, day: int, clock: str = "12:00") -> datetime:
        """The UTC moment of a local wall time, `day` days after the start."""
        wall = datetime.combine(START + timedelta(days=day), time.fromisoformat(clock), tzinfo=ZoneInfo(self.tz))
        return wall.astimezone(UTC)

    def fold(self, message: Message[Any]) -> Transition[PatientState]:
        """Run the transition of a message and keep what came of it."""
        self.history.append((message, self.now))
        done = TRANSITIONS[type(message.data)](self.state, message, self.now)  # type: ignore[operator]
        self.state = _STATES.validate_python(orjson.loads(text_of(done.state)))
        assert self.state == done.state
        self.outbox += [emit.data for emit in done.events]
        for record in done.records:
            orjson.dumps(record.data)
            self.records[record.collection, record.id] = dict(record.data)
        return done

    def message(
        self, data: Any, at: datetime, *, service: str, day: date | None = None, occurred: datetime | None = None
    ) -> Message[Any]:
        """A message as the runtime would hand it over; `at` is when it was recorded."""
        seq = self._numbers[service] = self._numbers.get(service, 0) + 1
        return Message(
            data=data,
            key=self.key,
            tenant="t1",
            id=f"{service}:{seq}",
            occurred_at=occurred or at,
            recorded_at=at,
            actor=Actor("patient", self.key),
            source="app",
            local_date=day,
            tz=self.tz,
            service=service,
            seq=seq,
            incomplete=self.incomplete,
        )

    def tell(self, data: Any, at: datetime, *, service: str = _PLANS, day: date | None = None) -> None:
        """Fold an event recorded at a moment; time goes on to it."""
        self.now = max(self.now, at)
        self.fold(self.message(data, at, service=service, day=day))

    def enrol(self, day: int = 0) -> "Person":
        """Enrolled in the morning of a day."""
        enrolled = PatientEnrolledV1(tz=self.tz, locale="en", day_starts_at=self.day_starts_at, record_mode=self.mode)  # type: ignore[arg-type]
        self.tell(enrolled, self.at(day, "06:00"))
        return self

    def plan(self, *tracks: TrackV1, day: int = 0, clock: str = "06:30", **changes: Any) -> "Person":
        """A plan in force that lets everything happen: usual pain 2, a flare plan, no PEM."""
        version = self.state.plan.version + 1 if self.state.plan else 1
        facts: dict[str, Any] = {"usual_pain": 2, "flare_plan": True, "pem": "no", **changes}
        model = PlanActivatedV1 if version == 1 else PlanChangedV1
        at = self.at(day, clock)
        self.tell(
            model(plan_id="plan", plan_version=version, tracks=tracks or (track(),), effective_at=at, **facts), at
        )
        return self

    def end_plan(self, day: int, reason: str = "completed") -> None:
        """The plan ends."""
        self.tell(PlanEndedV1(plan_id="plan", reason=reason), self.at(day))  # type: ignore[arg-type]

    def log(
        self,
        day: int,
        amount: int,
        *,
        clock: str = "12:00",
        track_id: str | None = "walk",
        recorded: datetime | None = None,
        session_id: str | None = None,
        **changes: Any,
    ) -> str:
        """Log a session of a day; without `recorded` half an hour after it began. Returns its id."""
        self.logged += 1
        session_id = session_id or f"s{self.logged}"
        started = self.at(day, clock)
        data = self.session(day, amount, clock=clock, track_id=track_id, session_id=session_id, **changes)
        self.tell(data, recorded or started + timedelta(minutes=30), service=_LOGGING, day=self.day_of(started))
        return session_id

    def session(
        self,
        day: int,
        amount: int,
        *,
        session_id: str,
        clock: str = "12:00",
        track_id: str | None = "walk",
        model: Callable[..., BaseModel] = SessionLoggedV1,
        **changes: Any,
    ) -> BaseModel:
        """The content of a session: pain 2 of a usual 2 unless said otherwise."""
        started = self.at(day, clock)
        values: dict[str, Any] = {
            "session_id": session_id,
            "revision": 1,
            "track_id": track_id,
            "slot_id": slot_id(self.key, track_id, self.day_of(started)) if track_id else None,
            "activity_family": "walking",
            "variant": "full",
            "started_at": started,
            "ended_at": started + timedelta(minutes=10),
            "amount": amount,
            "marker": "duration_s",
            "pain": 2,
            "pain_before": 2,
            "reporter": "patient",
        }
        return model(**{**values, **changes})

    def amend(self, session_id: str, day: int, amount: int, *, revision: int = 2, at: datetime, **changes: Any) -> None:
        """Correct a session."""
        data = self.session(day, amount, session_id=session_id, model=SessionAmendedV1, revision=revision, **changes)
        self.tell(data, at, service=_LOGGING, day=self.day_of(self.at(day)))

    def void(self, session_id: str, day: int, *, revision: int = 2, at: datetime, track_id: str = "walk") -> None:
        """Say that a session never happened."""
        started = self.at(day)
        data = SessionVoidedV1(
            session_id=session_id,
            revision=revision,
            track_id=track_id,
            slot_id=None,
            started_at=started,
            reason="mistake",
        )
        self.tell(data, at, service=_LOGGING, day=self.day_of(started))

    def morning(
        self, day: int, pain: int | None = 2, *, clock: str = "08:00", recorded: datetime | None = None, **changes: Any
    ) -> None:
        """A morning check of a day."""
        at = self.at(day, clock)
        values = {"check_id": f"m{day}-{clock}", "at": at, "pain": pain, "reporter": "patient", **changes}
        self.tell(MorningCheckRecordedV1(**values), recorded or at, service=_LOGGING, day=self.day_of(at))

    def good_day(self, day: int, amount: int | None = None, **changes: Any) -> None:
        """A session as planned that settled by the next morning."""
        self.log(day, self.dose() if amount is None else amount, **changes)
        self.tick_to(day + 1)
        self.morning(day + 1)

    def answer(
        self, answer: str, day: int, *, clock: str = "18:00", dose: int | None = None, at: datetime | None = None
    ) -> None:
        """Answer the last offer, on a day or at a moment."""
        offer = self.last(ProgressionProposedV1)
        data = ProposalAnsweredV1(
            proposal_id=offer.proposal_id,
            track_id=offer.track_id,
            answer=answer,  # type: ignore[arg-type]
            dose=dose,
        )
        self.tell(data, at or self.at(day, clock))

    def tick_to(self, day: int, clock: str = "06:00") -> None:
        """Let time pass, with every tick that falls due on the way."""
        self.tick_until(self.at(day, clock))

    def tick_until(self, end: datetime) -> None:
        """The same, up to a moment."""
        while (moment := due(self.state)) is not None and moment <= end:
            self.now = max(self.now, moment)
            tick = Message(Tick(moment), self.key, "t1", f"tick:{moment}", moment, moment)
            self.fold(tick)
        self.now = max(self.now, end)

    def day_of(self, moment: datetime) -> date:
        """The person's day."""
        return local_date(moment, self.tz, self.day_starts_at)

    def dose(self, track_id: str = "walk") -> int:
        """The dose in force."""
        return self.state.tracks[track_id].footing.dose

    def told(self, model: type[T]) -> list[T]:
        """Every event of a type that was published."""
        return [event for event in self.outbox if isinstance(event, model)]

    def last(self, model: type[T]) -> T:
        """The last event of a type."""
        return self.told(model)[-1]

    def decisions(self, track_id: str = "walk") -> list[ProgressionDecidedV1]:
        """Every decision on a track."""
        return [event for event in self.told(ProgressionDecidedV1) if event.track_id == track_id]

    def rule(self, track_id: str = "walk") -> str:
        """The rule of the latest decision on a track."""
        return self.decisions(track_id)[-1].rule

    def rules(self, track_id: str = "walk") -> list[str]:
        """The rules of all decisions on a track, in order."""
        return [decision.rule for decision in self.decisions(track_id)]

    def changes(self) -> list[tuple[int, int]]:
        """Every change of a dose as (old, new)."""
        return [(event.old_dose, event.new_dose) for event in self.told(DoseChangedV1)]

    def offers(self) -> list[int]:
        """The step of every offer made."""
        return [event.options[0].dose for event in self.told(ProgressionProposedV1)]

    def withdrawn(self) -> list[str]:
        """Why offers were closed."""
        return [event.reason for event in self.told(ProposalWithdrawnV1)]

    def reviews(self) -> list[str]:
        """What a human was asked to look at."""
        return [event.reason for event in self.told(ReviewRequestedV1)]


def body_of(message: Message[Any]) -> dict[str, Any]:
    """A message as it travels."""
    row = BY_MODEL[type(message.data)]
    return {
        "event_id": event_id(str(message.service), message.key, message.seq or 0),
        "type": row.type,
        "version": row.version,
        "service": message.service,
        "seq": message.seq,
        "occurred_at": message.occurred_at.isoformat(),
        "recorded_at": message.recorded_at.isoformat(),
        "local_date": message.local_date.isoformat() if message.local_date else None,
        "tz": message.tz,
        "tenant_id": "clinic",
        "patient_id": message.key,
        "actor": {"kind": message.actor.kind, "id": message.actor.id},
        "source": message.source,
        "data": message.data.model_dump(mode="json"),
    }


def replayed(history: Iterable[tuple[Message[Any], datetime]]) -> Person:
    """A fresh person to whom these messages happen in this order, each at its own time."""
    person = Person()
    for message, now in history:
        person.now = now
        person.fold(message)
    return person
