"""One message's work on one person: rounds of decisions, and what had to wait for a plan, a track or an offer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from services.progression.domain import facts
from services.progression.domain.daily import run_records
from services.progression.domain.having import having
from services.progression.domain.judge import Moment
from services.progression.domain.keeping import kept_up
from services.progression.domain.kept_moving import ask_if_back
from services.progression.domain.overriding import lapsed
from services.progression.domain.questions import kept_open
from services.progression.domain.reviews import ask
from services.progression.domain.rounds import Round
from services.progression.domain.silence import replied
from services.progression.domain.state import PatientState, Waiting
from services.progression.domain.usual_asked import ask_if_strong
from services.progression.folding.outputs import events_of, records_of
from services.progression.folding.questioning import told, unchanged
from services.progression.store import track_record
from shared.clock import from_ms, local_date, to_ms
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import MilestoneReachedV1, ReviewRequestedV1
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.ids import named_id
from shared.runtime.messages import SYSTEM, Actor, Emit, Message, Record, Transition

Waitable = SessionLoggedV1 | SessionAmendedV1 | SessionVoidedV1 | MorningCheckRecordedV1 | ProposalAnsweredV1

WORDS: Final = frozenset(
    {"answer", "flare", "flare_ended", "flare_questions", "pause", "pause_ended", "usual_pain", "kept_moving", "wish"}
)
"""Rounds that a word of the person begins, which is no record and breaks a silence all the same."""

WAITING_LIMIT: Final = 500
_KINDS: Final[dict[str, type[Waitable]]] = {
    model.__name__: model
    for model in (SessionLoggedV1, SessionAmendedV1, SessionVoidedV1, MorningCheckRecordedV1, ProposalAnsweredV1)
}


class TooMuchWaits(ValueError):
    """At most 500 records wait for a plan that has not come."""


class Turn:
    """A person's state on its way through one message; collects what leaves the service, in order.

    Time is the message's own `recorded_at`, never earlier than the last decision: so decisions are the same however
    late or in whatever batches the message is folded, and a history that is folded anew comes to the same end.
    """

    def __init__(self, state: PatientState, message: Message[Any]) -> None:
        self.before = state
        self.state = state
        self.message = message
        self.events: list[Emit] = []
        self.records: list[Record] = []
        self.back: frozenset[str] = frozenset()
        self.answers: dict[str, dict[str, str]] = {}
        self._asked = state
        self._days: dict[tuple[int, str, str], date] = {}

    def instant(self, recorded: int | None = None) -> int:
        """The instant to decide at, epoch ms: when the message was recorded, or the last decision if that is later."""
        return max(self.state.clock, to_ms(self.message.recorded_at) if recorded is None else recorded)

    def day(self, instant: int) -> date:
        """The person's day at an instant (W1); where their zone is not known yet, that of the message counts."""
        asked = (instant, self.state.tz or self.message.tz or "UTC", self.state.day_starts_at)
        if asked not in self._days:
            self._days[asked] = local_date(from_ms(instant), *asked[1:])
        return self._days[asked]

    def round(self, trigger: str, *, at: int | None = None, gap_rule: bool = True) -> Round:
        """Begin a round of decisions; what a clinician set and has run out by then stands no longer."""
        at = self.instant() if at is None else at
        if self.state.overrides:
            self.state, back = lapsed(self.state, self.day(at), at)
            self.state = having(self.state, unjudged=tuple(sorted({*self.state.unjudged, *back})))
            self.back |= frozenset(back)
        moment = Moment(self.day(at), at, complete=not self.message.incomplete, gap_rule=gap_rule)
        flag = self.state.suspension
        since = None if flag is None else self.day(flag.since)
        state = having(self.state, clock=at)
        if trigger in WORDS:
            state = replied(state, moment.today)
        round_ = Round(self.message.key, state, moment, trigger, since)
        round_.back = self.back
        return round_

    def finish(self, round_: Round) -> None:
        """Take over what a round left: the state without what no rule needs any more, events and records."""
        moment = round_.moment
        self.state = facts.pruned(kept_up(round_.state, moment.at, moment.today), moment.today)
        round_.state = self.state
        self.events += events_of(round_)
        self.records += records_of(round_)
        self._tell_questions()
        round_.state = self.state

    def _tell_questions(self) -> None:
        """Tell which questions began or ended since they were last told: after each round, so that a message that had
        to wait is told of as if it had not."""
        self.state = kept_open(self.state)
        if not unchanged(self._asked, self.state):
            day = self.day(self.state.clock)
            events, records = told(
                self.message.key, self._asked, self.state, self.answers, day, self.message.actor.kind
            )
            self.events += events
            self.records += records
        self._asked = self.state

    def judge(self, trigger: str, *, gap_rule: bool = True, at: int | None = None) -> None:
        """Judge everything that was recorded and not judged yet."""
        round_ = self.round(trigger, at=at, gap_rule=gap_rule)
        state = round_.state
        round_.state = having(round_.state, unjudged=(), touched=None, corrected=(), heard=round_.moment.today)
        known = [track_id for track_id in state.unjudged if track_id in state.tracks]
        run_records(round_, known, state.touched, state.corrected)
        ask_if_strong(round_)
        ask_if_back(round_, state.heard)
        self.finish(round_)

    def mark(self, tracks: Iterable[str], touched: int, *, corrected: bool = False) -> None:
        """Remember that something of these tracks was recorded and is to be judged."""
        state, tracks = self.state, set(tracks)
        self.state = having(
            state,
            unjudged=tuple(sorted({*state.unjudged, *tracks})),
            touched=touched if state.touched is None else min(state.touched, touched),
            corrected=tuple(sorted({*state.corrected, *tracks})) if corrected else state.corrected,
        )

    def ask(self, message: Message[Any], track_id: str | None, reason: str, day: date) -> None:
        """Ask a human to look, outside any round of decisions (W12, W15)."""
        self.state, asked = ask(self.state, message.key, track_id, reason, day)
        if asked is not None:
            data = ReviewRequestedV1(review_id=asked.review_id, track_id=track_id, reason=reason)
            self._tell(message, data)

    def celebrate(self, message: Message[Any], kind: str, day: date) -> None:
        """Tell a milestone, on the person's day on which it was reached."""
        data = {"milestone_id": named_id("milestone", message.key, kind), "kind": kind, "reached_on": day}
        self._tell(message, MilestoneReachedV1.model_validate(data))

    def _tell(self, message: Message[Any], data: BaseModel) -> None:
        self.events.append(
            Emit(
                data,
                occurred_at=message.recorded_at,
                local_date=message.local_date,
                tz=message.tz or self.state.tz or None,
                actor=SYSTEM,
                source="system",
            )
        )

    def wait(self, message: Message[Any], track_id: str | None) -> bool:
        """Keep a message until what it belongs to is known; False if it waits already. Raises `TooMuchWaits`."""
        entry = Waiting(
            kind=type(message.data).__name__,
            content=message.data.model_dump_json(),
            track_id=track_id,
            occurred=to_ms(message.occurred_at),
            recorded=to_ms(message.recorded_at),
            day=message.local_date,
            actor=message.actor.kind,
            source=message.source,
            tz=message.tz,
        )
        if entry in self.state.waiting:
            return False
        if len(self.state.waiting) >= WAITING_LIMIT:
            raise TooMuchWaits
        self.state = having(self.state, waiting=(*self.state.waiting, entry))
        return True

    def next_waiting(self) -> Message[Any] | None:
        """Take the first waiting message whose time has come out of the queue."""
        for place, entry in enumerate(self.state.waiting):
            if self._ready(entry):
                waiting = self.state.waiting[:place] + self.state.waiting[place + 1 :]
                self.state = having(self.state, waiting=waiting)
                return replace(
                    self.message,
                    data=_KINDS[entry.kind].model_validate_json(entry.content),
                    occurred_at=from_ms(entry.occurred),
                    recorded_at=from_ms(entry.recorded),
                    local_date=entry.day,
                    actor=Actor(entry.actor, self.message.actor.id),
                    source=entry.source,
                    tz=entry.tz,
                )
        return None

    def _ready(self, entry: Waiting) -> bool:
        if not self.state.active:
            return False
        if entry.kind == ProposalAnsweredV1.__name__:
            offer = self.state.proposal
            return offer is not None and f'"{offer.proposal_id}"' in entry.content
        return entry.track_id is None or entry.track_id in self.state.tracks

    def show_tracks(self, tracks: Iterable[str]) -> None:
        """Bring the readable documents of these tracks up to date."""
        self.records += [track_record(self.state, track_id) for track_id in sorted(tracks)]

    def result(self) -> Transition[PatientState]:
        """The transition; one that changed nothing gives back the very state it was given."""
        self._tell_questions()
        if self.state == self.before and not self.events:
            return Transition(self.before)
        latest = {(record.collection, record.id): record for record in self.records}
        return Transition(self.state, tuple(self.events), tuple(latest.values()))
