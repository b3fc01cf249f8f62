"""Fold: run the transitions of a batch in memory, one aggregate at a time, and encode what is to become durable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.clock import from_ms, to_ms
from shared.runtime.aggregate import DOCUMENT_LIMIT, Aggregate, Codec, Document, Line, encode, is_plain, refuse_nan
from shared.runtime.incoming import COMMANDS, Claim, Incoming, Kind, Outcome, Verdict
from shared.runtime.known import known, remember
from shared.runtime.messages import Answer, Effect, Record, Refused, Service, To, Transition
from shared.runtime.seals import Seals
from shared.runtime.wire import event_line, message_json

TICK_SNOOZE_MS = 300_000
MAY_WAIT = (Kind.EVENT, Kind.ROUTED, Kind.TICK, Kind.HOLE)


@dataclass(slots=True)
class Folded:
    """The result of one fold: documents to fence (by key) and, in the order of the batch, each message's outcome."""

    documents: dict[str, Document] = field(default_factory=dict)
    aggregates: dict[str, Aggregate] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)


class TenantDiffers(ValueError):
    """The message names another tenant than the aggregate's; it leaves no trace there, not even a hole."""


@dataclass(slots=True)
class Context:
    """What one fold knows besides the aggregates: time, keys, earlier answers, and what was forwarded already."""

    now: datetime
    wall_ms: int
    seals: Seals
    answers: Mapping[str, Mapping[str, Any]]
    acked: Callable[[str], frozenset[int]]


class Fold:
    """Runs one service's transitions; pure but for the state it is given."""

    def __init__(self, service: Service, codec: Codec) -> None:
        self._service = service
        self._codec = codec

    def run(self, aggregates: Mapping[str, Aggregate], batch: Sequence[Incoming], context: Context) -> Folded:
        """Fold a batch. Neither the given aggregates nor their outboxes are changed."""
        folded = Folded()
        by_key: dict[str, list[int]] = {}
        for index, incoming in enumerate(batch):
            by_key.setdefault(incoming.message.key, []).append(index)
        for key, indexes in by_key.items():
            self._fold_key(aggregates[key], [(i, batch[i]) for i in indexes], context, folded)
        return folded

    def again(self, draft: Aggregate, incoming: Incoming, now: datetime) -> Transition[Any]:
        """Let a message take effect of which the journal says that it did; nobody asks whether it was here before.

        What it decided is returned and waits nowhere. Whatever a transition raises goes on to the caller: the code that
        reads this journal is not the one that wrote.
        """
        draft.tenant = draft.tenant or incoming.message.tenant
        remember(draft, incoming)
        if incoming.kind is Kind.OUTCOME:
            draft.outbox = without_effect(draft.outbox, incoming.message.data.effect_id)
        transition = self._transition(draft, incoming, now)
        self._take_over(draft, incoming, transition, to_ms(now))
        return transition

    def _fold_key(
        self, read: Aggregate, batch: Sequence[tuple[int, Incoming]], context: Context, folded: Folded
    ) -> None:
        """One aggregate: all its messages, then one encoding; should that fail, message by message to find which."""
        try:
            draft, outcomes = self._fold_messages(read, batch, context, encode_each=False)
            document = self._finish(read, draft, context)
        except Exception:
            draft, outcomes = self._fold_messages(read, batch, context, encode_each=True)
            document = self._finish(read, draft, context, limit=2 * DOCUMENT_LIMIT)  # a hole always finds room
        folded.outcomes.update(outcomes)
        folded.aggregates[read.key] = draft
        if document is not None:
            folded.documents[read.key] = document

    def _fold_messages(
        self, read: Aggregate, batch: Sequence[tuple[int, Incoming]], context: Context, *, encode_each: bool
    ) -> tuple[Aggregate, dict[int, Outcome]]:
        draft = read.copy()
        draft.before = read.lines
        draft.outbox = _left(read, context)
        quarantined = bool(read.outbox) and read.pending is None
        waits = False
        outcomes: dict[int, Outcome] = {}
        for index, incoming in batch:
            if incoming.message.tenant and context.seals.erased(incoming.message.tenant, read.key):
                outcomes[index] = Outcome(Verdict.ERASED)
                continue
            waits = waits or (incoming.kind in MAY_WAIT and not quarantined and draft.full)
            if waits:
                outcomes[index] = Outcome(Verdict.WAITS)
                continue
            trial = draft.copy()
            try:
                outcomes[index] = self._step(trial, incoming, context)
                if encode_each:
                    self._codec.encode(trial)
                draft = trial
            except Exception as error:
                refused = incoming.kind is Kind.COMMAND and isinstance(error, Refused)
                outcomes[index] = Outcome(Verdict.REFUSED if refused else Verdict.DEAD, error=error)
                if incoming.kind is not Kind.COMMAND and not isinstance(error, TenantDiffers):
                    self._mark_dead(draft, incoming, context)
                hole = f"{incoming.message.service}:{incoming.message.seq}"
                outcomes[index].letter = draft.holes.get(hole, incoming.id)
        return draft, outcomes

    def _finish(
        self, read: Aggregate, draft: Aggregate, context: Context, limit: int = DOCUMENT_LIMIT
    ) -> Document | None:
        """The document of a changed aggregate, or None when the fold changed nothing but what clearing will do."""
        before = (read.steps, read.marks, read.holes, read.snooze, _left(read, context))
        if (draft.steps, draft.marks, draft.holes, draft.snooze, draft.outbox) == before:
            draft.outbox = read.outbox
            return None
        waiting = {line.i for line in read.outbox}
        if not draft.outbox:
            draft.pending = None
        elif draft.pending is None or not any(line.i in waiting for line in draft.outbox):
            draft.pending = context.wall_ms
        due = self._service.due(draft.state)
        draft.due = None if due is None else max(to_ms(due), draft.snooze)
        document = self._codec.encode(draft, limit)
        draft.v += 1
        return document

    def _step(self, draft: Aggregate, incoming: Incoming, context: Context) -> Outcome:
        message = incoming.message
        draft.tenant = draft.tenant or message.tenant
        if message.tenant not in ("", draft.tenant):
            if incoming.kind is Kind.COMMAND:
                raise Refused(404, "unknown_person", "There is no such person.")
            raise TenantDiffers
        if draft.holes or incoming.redrive:
            incoming = replace(incoming, message=replace(message, incomplete=True))
        before = known(self._service, draft, incoming, context.now, context.answers)
        if before is not None:
            return before
        now = max(context.now, from_ms(draft.clock))
        if incoming.kind is Kind.CLAIM:
            if (reason := self._service.recall(draft.state, message.data.effect_id)) is not None:
                return Outcome(Verdict.RECALLED, reason=reason)
            draft.outbox = tuple(self._claimed(line, message.data) for line in draft.outbox)
            return Outcome(Verdict.APPLIED)
        if incoming.kind in (Kind.HOLE, Kind.CLOSE):
            return self._hole(draft, incoming)
        if incoming.kind is Kind.OUTCOME:
            draft.outbox = without_effect(draft.outbox, message.data.effect_id)
        transition = self._transition(draft, incoming, now)
        if incoming.kind is Kind.TICK and transition.state == draft.state and not transition.events:
            raise ValueError("tick_changes_nothing")
        self._service.due(transition.state)  # should it raise, then here, whatever else is in the batch
        self._apply(draft, incoming, transition, now, context)
        return Outcome(Verdict.APPLIED, answer=transition.answer)

    def _transition(self, draft: Aggregate, incoming: Incoming, now: datetime) -> Transition[Any]:
        handler = self._service.transitions.get(type(incoming.message.data))
        if handler is None:
            if incoming.kind is Kind.OUTCOME:
                return Transition(draft.state)
            raise ValueError("no_transition")
        if isinstance(handler, To):
            handler = handler.handler
        return handler(draft.state, incoming.message, now)

    def _apply(
        self, draft: Aggregate, incoming: Incoming, transition: Transition[Any], now: datetime, context: Context
    ) -> None:
        """Take over the state and append, in order: records, events, effects, the journal line."""
        message, now_ms = incoming.message, to_ms(now)
        self._take_over(draft, incoming, transition, now_ms)
        lines: list[Line] = [self._record_line(draft, record) for record in transition.records]
        if incoming.kind is Kind.COMMAND:
            if transition.answer is None:
                raise ValueError("a command needs an answer")
            lines.append(self._record_line(draft, receipt(incoming, transition.answer)))
        lines += [event_line(draft, self._service.name, e, message, context.wall_ms, now) for e in transition.events]
        lines += [effect_line(draft, effect) for effect in transition.effects]
        entry = {"n": draft.steps, "now": now_ms, "kind": incoming.kind.value, "message": message_json(message)}
        if incoming.kind is Kind.COMMAND:
            entry["fingerprint"] = incoming.fingerprint
        draft.lines += 1
        sealed = context.seals.seal(draft.tenant, draft.key, encode(entry))
        lines.append(Line.of(draft.lines, "j", {"n": draft.steps, "s": sealed}))
        draft.outbox = (*draft.outbox, *lines)

    @staticmethod
    def _take_over(draft: Aggregate, incoming: Incoming, transition: Transition[Any], now_ms: int) -> None:
        draft.state, draft.clock = transition.state, now_ms
        draft.steps += 1
        if incoming.kind is Kind.TICK:
            draft.snooze = 0

    def _record_line(self, draft: Aggregate, record: Record) -> Line:
        if record.collection != COMMANDS and record.collection not in self._service.collections:
            raise ValueError("unknown_collection")
        draft.lines += 1
        body = {"c": record.collection, "id": f"{draft.key}:{record.id}", "d": stored(draft, record)}
        line = Line.of(draft.lines, "r", body)
        if is_plain(record.data):
            return line
        refuse_nan(record.data)
        return Line.parse(line.raw)  # as it will be stored: JSON types only

    @staticmethod
    def _claimed(line: Line, claim: Claim) -> Line:
        if line.kind != "x" or line.body["id"] != claim.effect_id:
            return line
        return Line.of(line.i, "x", {**line.body, "cl": {"by": claim.by, "at": claim.at_ms}})

    def _hole(self, draft: Aggregate, incoming: Incoming) -> Outcome:
        if incoming.kind is Kind.CLOSE:
            draft.holes = {name: id for name, id in draft.holes.items() if id != incoming.id}
        else:
            self._open_hole(draft, incoming)
        return Outcome(Verdict.APPLIED)

    def _mark_dead(self, draft: Aggregate, incoming: Incoming, context: Context) -> None:
        """A message failed: leave a hole where it belongs, or let a failing tick wait; neighbours go on."""
        if incoming.kind is Kind.TICK:
            draft.snooze = to_ms(context.now) + TICK_SNOOZE_MS
        elif incoming.kind is Kind.OUTCOME:
            draft.outbox = without_effect(draft.outbox, incoming.message.data.effect_id)
        elif incoming.kind in (Kind.EVENT, Kind.ROUTED) and not incoming.redrive:
            draft.tenant = draft.tenant or incoming.message.tenant
            self._open_hole(draft, incoming)

    @staticmethod
    def _open_hole(draft: Aggregate, incoming: Incoming) -> None:
        message = incoming.message
        if incoming.kind is Kind.ROUTED or message.seq is None or message.service is None:
            draft.holes[incoming.id] = incoming.id
            return
        draft.marks[message.service] = max(message.seq, draft.marks.get(message.service, 0))
        draft.holes.setdefault(f"{message.service}:{message.seq}", incoming.id)


def _left(read: Aggregate, context: Context) -> tuple[Line, ...]:
    """The outbox that was read without what is acknowledged ([2])."""
    acked = context.acked(read.key)
    return tuple(line for line in read.outbox if line.i not in acked) if acked else read.outbox


def stored(draft: Aggregate, record: Record) -> Document:
    """A record as it is stored, but for its `_id`."""
    return {"id": record.id, **record.data, "key": draft.key, "tenant": draft.tenant, "seq": draft.steps}


def receipt(incoming: Incoming, answer: Answer) -> Record:
    """The record that keeps a command's answer."""
    body = {"fingerprint": incoming.fingerprint, "status": answer.status, "answer": encode(answer.body).decode()}
    return Record(COMMANDS, incoming.message.id, body)


def effect_line(draft: Aggregate, effect: Effect) -> Line:
    """The outbox line of a message to a person. Raises `Unsendable`."""
    refuse_nan(effect.data)
    draft.lines += 1
    body = {"id": effect.id, "ch": effect.channel, "na": to_ms(effect.not_after), "d": dict(effect.data)}
    return Line.of(draft.lines, "x", {**body, "s": effect.safety})


def without_effect(outbox: tuple[Line, ...], effect_id: str) -> tuple[Line, ...]:
    """The outbox after an effect has ended."""
    return tuple(line for line in outbox if line.kind != "x" or line.body["id"] != effect_id)
