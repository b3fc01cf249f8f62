"""The job of all contenders: people with a window of sessions behind them, new sessions, and what must come out."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from services.progression.domain.state import PatientState
from services.progression.transitions import SERVICE
from shared.contracts.catalog import BY_MODEL
from shared.contracts.plans import PatientEnrolledV1, PlanActivatedV1, TrackV1
from shared.contracts.session_logging import SessionLoggedV1
from shared.ids import event_id, slot_id
from shared.runtime.aggregate import CANONICAL
from shared.runtime.messages import Actor, Emit, Message, To, Transition

TENANT: Final = "bench"
LOGGING: Final = "session_logging"
PLANS: Final = "plans"
TOPIC: Final = "session-logging-events"
PLANS_TOPIC: Final = "plans-events"
OUT: Final = "progression-events"
PARTITIONS: Final = 16
STATES: Final = TypeAdapter(PatientState)
_START: Final = datetime(2025, 3, 3, 6, tzinfo=UTC)
_WINDOW_DAYS: Final = 27
_TRACK: Final = TrackV1(
    track_id="walk",
    activity_family="walking",
    marker="duration_s",
    unit="min",
    freq=3,
    goal_dose=7200,
    step=60,
    start_phase="GRADED",
    start_dose=600,
)


@dataclass(frozen=True, slots=True)
class Workload:
    """So many people with about `window` sessions in four weeks, and so many new sessions, one person after the other.

    Behind each lie `history` sessions (None: just those of the window).
    """

    people: int
    window: int
    events: int
    history: int | None = None

    @property
    def start(self) -> "Seed":
        """Where everybody stands before."""
        return seed(self.window, self.past)

    @property
    def past(self) -> int:
        """How many sessions lie behind everybody."""
        return self.window if self.history is None else self.history

    @property
    def namespace(self) -> str:
        """The prefix of its topics."""
        return f"b{self.people}w{self.window}e{self.events}h{self.past}"

    def everybody(self) -> list[str]:
        """The ids of the people."""
        return [f"person-{number:07d}" for number in range(self.people)]

    def messages(self) -> Iterator[Message[SessionLoggedV1]]:
        """The new sessions, in the order in which they are published."""
        keys = self.everybody()
        for number in range(self.events):
            round_, place = divmod(number, self.people)
            yield session(keys[place], self.past + round_, self.window)


@dataclass(frozen=True, slots=True)
class Seed:
    """Where everybody stands before the measurement: state, events published so far, marks per service."""

    state: PatientState
    seq: int
    steps: int
    marks: dict[str, int]


def beginning(key: str) -> list[Message[Any]]:
    """Enrolment and plan of a person."""
    enrolled = PatientEnrolledV1(tz="UTC", locale="en", day_starts_at="03:00", record_mode="live")
    plan = PlanActivatedV1(
        plan_id="plan",
        plan_version=1,
        tracks=(_TRACK,),
        effective_at=_START,
        usual_pain=2,
        flare_plan=True,
        pem="no",
    )
    return [_message(key, PLANS, seq, data, _START, None) for seq, data in enumerate((enrolled, plan), 1)]


def session(key: str, number: int, window: int) -> Message[SessionLoggedV1]:
    """The `number`-th session (from 0) of somebody who has about `window` of them in four weeks."""
    began = _START + timedelta(days=number * min(_WINDOW_DAYS / max(1, window), 2.0))
    began = began.replace(second=0, microsecond=0)
    day = (began - timedelta(hours=3)).date()
    data = SessionLoggedV1(
        session_id=f"{key}-s{number}",
        revision=1,
        track_id="walk",
        slot_id=slot_id(key, "walk", day),
        activity_family="walking",
        variant="full",
        started_at=began,
        ended_at=began + timedelta(minutes=10),
        amount=600,
        marker="duration_s",
        pain=2,
        pain_before=2,
        effort=4,
        reporter="patient",
    )
    return _message(key, LOGGING, number + 1, data, began + timedelta(minutes=30), day)


def decide(state: PatientState, message: Message[Any]) -> Transition[PatientState]:
    """The one decision function of all contenders: the transition that the service runs."""
    handler = SERVICE.transitions[type(message.data)]
    if isinstance(handler, To):
        raise TypeError("a session goes to its own person")
    return handler(state, message, message.recorded_at)


@cache
def seed(window: int, past: int) -> Seed:
    """The state after enrolment, plan and `past` sessions; it is the same for everybody."""
    state, seq, steps = PatientState(), 0, 0
    for message in (*beginning("seed"), *(session("seed", number, window) for number in range(past))):
        done = decide(state, message)
        state, seq, steps = done.state, seq + len(done.events), steps + 1
    return Seed(state, seq, steps, {PLANS: 2, LOGGING: past})


def expected(workload: Workload) -> str:
    """The digest that every contender must end with, folded here one message at a time."""
    start = workload.start
    people = dict.fromkeys(workload.everybody(), (start.seq, start.state))
    for message in workload.messages():
        seq, state = people[message.key]
        done = decide(state, message)
        people[message.key] = (seq + len(done.events), done.state)
    return digest((key, seq, state) for key, (seq, state) in people.items())


def digest(people: Iterable[tuple[str, int, PatientState]]) -> str:
    """One number for where everybody stands: key, events published, canonical state; the order given is of no account.

    It differs as soon as one event was lost, doubled or folded in another order for one person.
    """
    whole = hashlib.sha256()
    for key, seq, state in sorted(people, key=lambda person: person[0]):
        whole.update(b"%s\x00%d\x00%s\n" % (key.encode(), seq, orjson.dumps(state, option=CANONICAL)))
    return whole.hexdigest()


def body_of(message: Message[Any]) -> dict[str, Any]:
    """A message as it travels."""
    row = BY_MODEL[type(message.data)]
    return {
        "event_id": message.id,
        "type": row.type,
        "version": row.version,
        "service": message.service,
        "seq": message.seq,
        "occurred_at": message.occurred_at,
        "recorded_at": message.recorded_at,
        "local_date": message.local_date,
        "tz": message.tz,
        "tenant_id": message.tenant,
        "patient_id": message.key,
        "actor": {"kind": message.actor.kind, "id": message.actor.id},
        "source": message.source,
        "data": message.data.model_dump(),
    }


def encoded(message: Message[Any]) -> bytes:
    """The value of its Kafka record."""
    return orjson.dumps(body_of(message), option=CANONICAL)


def headers_of(message: Message[Any]) -> list[tuple[str, bytes]]:
    """The headers of its Kafka record, as our services write them."""
    row = BY_MODEL[type(message.data)]
    return [
        ("ce_id", message.id.encode()),
        ("ce_type", row.type.encode()),
        ("ce_version", str(row.version).encode()),
        ("ce_source", f"/pacewell/{message.service}".encode()),
        ("ce_seq", str(message.seq).encode()),
    ]


def emitted(seq: int, emit: Emit, cause: Message[Any]) -> bytes:
    """An event that a contender publishes: the envelope of our services, written by hand."""
    row = BY_MODEL[type(emit.data)]
    return orjson.dumps(
        {
            "event_id": event_id(SERVICE.name, cause.key, seq),
            "type": row.type,
            "version": row.version,
            "service": SERVICE.name,
            "seq": seq,
            "occurred_at": emit.occurred_at or cause.occurred_at,
            "recorded_at": cause.recorded_at,
            "local_date": emit.local_date or cause.local_date,
            "tz": emit.tz or cause.tz,
            "tenant_id": cause.tenant,
            "patient_id": cause.key,
            "actor": {"kind": cause.actor.kind, "id": cause.actor.id},
            "source": emit.source or cause.source,
            "causation_id": cause.id,
            "correlation_id": cause.id,
            "data": emit.data.model_dump(),
        },
        option=CANONICAL,
    )


def _message(key: str, service: str, seq: int, data: Any, at: datetime, day: date | None) -> Message[Any]:
    return Message(
        data=data,
        key=key,
        tenant=TENANT,
        id=event_id(service, key, seq),
        occurred_at=at,
        recorded_at=at,
        actor=Actor("patient", key),
        source="app",
        local_date=day,
        tz="UTC",
        service=service,
        seq=seq,
    )
