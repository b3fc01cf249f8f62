"""One person whose days are stepped through the service's own transitions and ticks, with nothing stored."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.progression.domain.state import PatientState
from services.progression.transitions import TRANSITIONS, due
from shared.clock import local_date
from shared.contracts.plans import PatientEnrolledV1, PlanActivatedV1, ProposalAnsweredV1, TrackV1
from shared.contracts.session_logging import MorningCheckRecordedV1, SessionLoggedV1
from shared.ids import slot_id
from shared.runtime.messages import Actor, Message, Record, Refused, Tick, Transition

Answered = Literal["accept", "stay", "less"]

_PLANS: Final = "plans"
_LOGGING: Final = "session_logging"


@dataclass
class Life:
    """A person with one plan; time only goes on. `told` is what left the service, with the person's day it was said on.

    Decisions are those of the service: each message goes through the transition that the running service has for it.
    """

    tz: str = "UTC"
    key: str = "diary"
    state: PatientState = field(default_factory=PatientState)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    told: list[tuple[date, BaseModel]] = field(default_factory=list)
    records: deque[Record] = field(default_factory=lambda: deque(maxlen=50))
    steps: int = 0
    _seqs: dict[str, int] = field(default_factory=dict)

    def at(self, day: date, clock: time) -> datetime:
        """The UTC moment of a local wall time."""
        return datetime.combine(day, clock, tzinfo=ZoneInfo(self.tz)).astimezone(UTC)

    def fold(self, message: Message[Any]) -> Transition[PatientState]:
        """Run the transition of a message and keep what was said."""
        done: Transition[PatientState] = TRANSITIONS[type(message.data)](self.state, message, self.now)  # type: ignore[operator]
        self.state = done.state
        self.steps += 1
        self.told += [(emit.local_date or self.day_of(self.now), emit.data) for emit in done.events]
        self.records.extend(done.records)
        return done

    def tell(
        self, data: BaseModel, at: datetime, service: str = _PLANS, *, day: date | None = None, actor: str = "patient"
    ) -> Transition[PatientState]:
        """Fold a message recorded at a moment, after every tick that fell due before it."""
        self.tick_until(at)
        seq = self._seqs[service] = self._seqs.get(service, 0) + 1
        return self.fold(
            Message(
                data=data,
                key=self.key,
                tenant="diary",
                id=f"{service}:{seq}",
                occurred_at=at,
                recorded_at=self.now,
                actor=Actor(actor, self.key),
                source="app",
                local_date=day,
                tz=self.tz,
                service=service,
                seq=seq,
            )
        )

    def command(self, data: Any, at: datetime, actor: str = "patient") -> bool:
        """Carry out a command as its route would; False where a rule refuses it."""
        self.tick_until(at)
        seq = self._seqs["commands"] = self._seqs.get("commands", 0) + 1
        name, now = f"command:{seq}", self.now
        told = Message(
            data, self.key, "diary", name, now, now, Actor(actor, self.key), "app", self.day_of(now), self.tz
        )
        try:
            self.fold(told)
        except Refused:
            return False
        return True

    def begin(self, day: date, *tracks: TrackV1, mode: Literal["live", "batch"] = "live", **facts: Any) -> None:
        """Enrolled and with a plan in force from the morning of a day."""
        at = self.at(day, time(4))
        self.now = at
        self.tell(PatientEnrolledV1(tz=self.tz, locale="en", record_mode=mode), at)
        self.tell(PlanActivatedV1(plan_id="plan", plan_version=1, tracks=tracks, effective_at=at, **facts), at)

    def log(self, day: date, clock: time, amount: int, track: TrackV1, took: timedelta, **scores: Any) -> None:
        """A session, recorded when it was over."""
        started = self.at(day, clock)
        own_day = self.day_of(started)
        self.tell(
            SessionLoggedV1(
                session_id=f"s{self._seqs.get(_LOGGING, 0) + 1}",
                revision=1,
                track_id=track.track_id,
                slot_id=slot_id(self.key, track.track_id, own_day),
                activity_family=track.activity_family,
                variant="full",
                started_at=started,
                ended_at=started + took,
                amount=amount,
                marker=track.marker,
                reporter="patient",
                **scores,
            ),
            started + took,
            _LOGGING,
            day=own_day,
        )

    def check(self, day: date, clock: time, pain: int | None, fatigue: int | None = None) -> None:
        """A morning check."""
        at = self.at(day, clock)
        check_id = f"m{self._seqs.get(_LOGGING, 0) + 1}"
        check = MorningCheckRecordedV1(check_id=check_id, at=at, pain=pain, fatigue=fatigue, reporter="patient")
        self.tell(check, at, _LOGGING, day=self.day_of(at))

    def answer(self, answer: Answered, at: datetime, dose: int | None = None) -> None:
        """Answer the open offer, as the person or, where theirs must come first, as the clinician."""
        offer = self.state.proposal
        if offer is None:
            return
        said = ProposalAnsweredV1(proposal_id=offer.proposal_id, track_id=offer.track_id, answer=answer, dose=dose)
        self.tell(said, at, actor=offer.stage)

    def tick_until(self, end: datetime) -> None:
        """Let time pass, with every tick that falls due on the way."""
        while (moment := due(self.state)) is not None and moment <= end:
            self.now = max(self.now, moment)
            self.fold(Message(Tick(moment), self.key, "diary", f"tick:{moment}", moment, moment))
        self.now = max(self.now, end)

    def day_of(self, moment: datetime) -> date:
        """The person's day."""
        return local_date(moment, self.tz, self.state.day_starts_at)

    def dose(self, track_id: str) -> int:
        """The dose in force by the history from which `planned` is read."""
        return self.state.tracks[track_id].doses[-1][1]
