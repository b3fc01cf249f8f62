"""One person's reminders, folded message by message without machinery; every state goes through its text and back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import orjson
from pydantic import BaseModel, TypeAdapter

from services.reminders.domain import muted, tick
from services.reminders.domain.commands import SetCue, SetQuietHours
from services.reminders.domain.model import PatientState
from services.reminders.transitions import TRANSITIONS
from shared.clinics import Clinic, Clinics
from shared.contracts.catalog import BY_MODEL
from shared.contracts.plans import PatientEnrolledV1, PlanActivatedV1, PlanEndedV1, TrackV1
from shared.contracts.progression import (
    DoseChangedV1,
    DoseOptionV1,
    ProgressionDecidedV1,
    ProgressionProposedV1,
)
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.contracts.session_logging import SessionLoggedV1, SessionVoidedV1
from shared.ids import event_id, slot_id
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Actor, Effect, EffectOutcome, Message, Tick, To, Transition

PATIENT = "p-1"
WALK = "walk"
SELF = Actor("patient", "p-1")
STAFF = Actor("clinician", "c-1")
CLINIC = Clinic(
    name="Harbour Pain Clinic",
    country="US",
    emergency_number="911",
    crisis_line="988",
    phone="+1 555 0100",
    hours={"en": "Mon-Fri 8-17", "es": "lun-vie 8-17", "ar": "من الإثنين إلى الجمعة"},
    messages_read=False,
)
CLINICS = Clinics({"clinic": CLINIC, "*": CLINIC.model_copy(update={"name": "Clinic"})})
STATES: TypeAdapter[PatientState] = TypeAdapter(PatientState)


def utc(text: str) -> datetime:
    """A UTC moment from `2025-03-31 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Person:
    """A person at a moment. Effects end at once as `outcome`, or wait for `end` while it is None."""

    def __init__(self, now: str | datetime = "2025-03-31 06:00") -> None:
        self.now = utc(now) if isinstance(now, str) else now
        self.state = PatientState()
        self.outcome: tuple[str, str | None] | None = ("sent", None)
        self.records: dict[str, dict[str, Any]] = {}
        self.events: list[Any] = []
        self.effects: list[tuple[datetime, Effect]] = []
        self.seqs: dict[str, int] = {}

    def hear(self, data: BaseModel, *, actor: Actor = SYSTEM, seq: int | None = None) -> Message[Any]:
        """An event of its producer's next seq arrives now."""
        service = BY_MODEL[type(data)].producer
        self.seqs[service] = seq or self.seqs.get(service, 0) + 1
        number = self.seqs[service]
        message: Message[Any] = Message(
            data, PATIENT, "t", event_id(service, PATIENT, number), self.now, self.now, actor,
            service=service, seq=number,
        )  # fmt: skip
        self.fold(message)
        return message

    def ask(self, command: Any, actor: Actor = SELF) -> dict[str, Any]:
        """A command is carried out now; its answer's body."""
        answer = self.fold(Message(command, PATIENT, "t", "cmd", self.now, self.now, actor, "app")).answer
        assert answer is not None
        return dict(answer.body)

    def fold(self, message: Message[Any]) -> Transition[Any]:
        """Any message, with what it leaves behind."""
        handler = TRANSITIONS[type(message.data)]
        assert not isinstance(handler, To)
        done = handler(self.state, message, self.now)
        self.state = STATES.validate_python(orjson.loads(encode(done.state)))
        assert self.state == done.state
        for record in done.records:
            self.records[record.id] = orjson.loads(encode(dict(record.data)))
        self.events += [emit.data for emit in done.events]
        for effect in done.effects:
            self.effects.append((self.now, effect))
            if self.outcome is not None:
                self.end(effect, *self.outcome)
        return done

    def end(self, effect: Effect, outcome: str, reason: str | None = None) -> None:
        """The outcome of an effect is known now."""
        data = EffectOutcome(effect.id, outcome, reason, self.now)
        self.fold(Message(data, PATIENT, "t", f"outcome:{effect.id}", self.now, self.now))

    def carry_out(self, effect: Effect, outcome: str = "sent") -> None:
        """What the runtime does with an effect that waited: the service is asked whether it is still wanted."""
        reason = muted.recall(self.state, effect.id)
        self.end(effect, "suppressed" if reason else outcome, reason)

    def tick(self) -> None:
        """Time acts now, until nothing is due."""
        while (due := tick.due(self.state)) is not None and due <= self.now:
            before = self.state
            self.fold(Message(Tick(due), PATIENT, "t", f"tick:{due}", self.now, self.now))
            assert self.state != before, "a tick that changes nothing would run for ever"

    def until(self, moment: str | datetime, late: timedelta = timedelta()) -> Self:
        """Time passes; every tick runs when it is due, or `late`."""
        end = utc(moment) if isinstance(moment, str) else moment
        while (due := tick.due(self.state)) is not None and max(due + late, self.now) <= end:
            self.now = max(due + late, self.now)
            self.tick()
        self.now = end
        return self

    def messages(self, kind: str | None = None) -> list[tuple[str, str, str | None]]:
        """(local date, status, reason) of every message, in the order in which they were decided."""
        found = sorted(self.records.values(), key=lambda r: r["order"])
        return [(r["local_date"], r["status"], r["reason"]) for r in found if kind in (None, r["kind"])]

    def enrolled(self, tz: str = "UTC", day_starts_at: str = "03:00") -> Self:
        """`patient.enrolled`."""
        self.hear(PatientEnrolledV1(tz=tz, locale="en", day_starts_at=day_starts_at))
        return self

    def planned(self, *tracks: str) -> Self:
        """`plan.activated` with walking tracks in minutes."""
        self.hear(plan(tracks or (WALK,), self.now))
        return self

    def plan_ended(self) -> Self:
        """`plan.ended`."""
        self.hear(PlanEndedV1(plan_id="plan", reason="discharged"))
        return self

    def suspended(self, id: str = "s-1", *signs: str, level: Any = "urgent", seq: int | None = None) -> Message[Any]:
        """`automation.suspended`, now."""
        told = signs or ("infection",)
        data = AutomationSuspendedV1(suspension_id=id, flag_id=f"f-{id}", level=level, signs=told, since=self.now)
        return self.hear(data, seq=seq)

    def resumed(self, id: str = "s-1", seq: int | None = None) -> Message[Any]:
        """`automation.resumed`, now."""
        return self.hear(AutomationResumedV1(suspension_id=id, resumed_at=self.now), seq=seq)

    def cue(self, time: str = "10:00", track: str | None = WALK, cue_id: str = "cue", **more: Any) -> dict[str, Any]:
        """Set a cue."""
        words = {"situation": None, "action": None, "enabled": True, **more}
        return self.ask(SetCue(cue_id=cue_id, time=time, track_id=track, **words))

    def quiet(self, start: str = "21:00", end: str = "08:00", enabled: bool = True) -> Self:
        """Set quiet hours."""
        self.ask(SetQuietHours(start, end, enabled))
        return self


def plan(tracks: tuple[str, ...], at: datetime) -> PlanActivatedV1:
    """A plan of walking tracks."""
    return PlanActivatedV1(
        plan_id="plan",
        plan_version=1,
        effective_at=at,
        tracks=tuple(
            TrackV1(track_id=track, activity_family="walking", marker="duration_s", unit="min", freq=3)
            for track in tracks
        ),
    )


def session(
    day: date, at: datetime, id: str = "s-1", variant: Any = "full", track: str | None = WALK
) -> SessionLoggedV1:
    """A logged bout of one of the person's days."""
    return SessionLoggedV1(
        session_id=id,
        revision=1,
        track_id=track,
        slot_id=slot_id(PATIENT, track, day) if track else None,
        activity_family="walking",
        variant=variant,
        started_at=at,
        ended_at=at + timedelta(minutes=10),
        amount=0 if variant == "rest" else 600,
        marker="duration_s",
        reporter="patient",
    )


def voided(logged: SessionLoggedV1) -> SessionVoidedV1:
    """The same bout, taken back."""
    return SessionVoidedV1(
        session_id=logged.session_id,
        revision=logged.revision + 1,
        track_id=logged.track_id,
        slot_id=logged.slot_id,
        started_at=logged.started_at,
        reason="mistake",
    )


def decided(id: str, old: int, new: int, rule: str = "R8a", track: str = WALK) -> ProgressionDecidedV1:
    """A decision that changes a dose."""
    return ProgressionDecidedV1(
        decision_id=id,
        track_id=track,
        rule_set="1",
        rule=rule,
        action="ADVANCE" if rule == "R11" else "REGRESS",
        dose_before=old,
        dose=new,
        marker="duration_s",
        unit="min",
        review=False,
        text_key=f"rule.{rule}",
        text_params={"dose": new, "done": 3},
    )


def changed(id: str, old: int, new: int, at: datetime, rule: str = "R8a", track: str = WALK) -> DoseChangedV1:
    """The change that follows from a decision."""
    return DoseChangedV1(
        track_id=track,
        old_dose=old,
        new_dose=new,
        marker="duration_s",
        unit="min",
        rule=rule,
        decision_id=id,
        effective_at=at,
    )


def proposed(id: str, expires_at: datetime, decision: str = "d-1", track: str = WALK) -> ProgressionProposedV1:
    """An offered step from 10 to 11 minutes."""
    return ProgressionProposedV1(
        proposal_id=id,
        decision_id=decision,
        track_id=track,
        dose_now=600,
        options=(DoseOptionV1(kind="step", dose=660), DoseOptionV1(kind="stay", dose=600)),
        marker="duration_s",
        unit="min",
        expires_at=expires_at,
    )
