"""Was it here before? Each kind of message has its own way to know ([3], [4])."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from shared.clock import from_ms, to_ms
from shared.runtime.aggregate import SEEN_LIMIT, Aggregate
from shared.runtime.incoming import COMMANDS, Incoming, Kind, Outcome, Verdict
from shared.runtime.messages import Answer, Refused, Service


def known(
    service: Service,
    draft: Aggregate,
    incoming: Incoming,
    now: datetime,
    answers: Mapping[str, Mapping[str, Any]],
) -> Outcome | None:
    """An outcome when this message was here before; else None, and the memory of it is updated."""
    message = incoming.message
    duplicate = Outcome(Verdict.DUPLICATE)
    match incoming.kind:
        case Kind.EVENT:
            producer, seq = message.service or "", message.seq or 0
            mark, name = draft.marks.get(producer), f"{producer}:{seq}"
            filled = name in draft.holes or incoming.id in draft.holes.values()
            if mark is not None and seq <= mark and not filled:
                return duplicate
            remember(draft, incoming)
        case Kind.ROUTED:
            if message.id in draft.seen:
                return duplicate
            remember(draft, incoming)
        case Kind.TICK:
            due = service.due(draft.state)
            snoozed = not incoming.redrive and draft.snooze > to_ms(now)
            if due is None or snoozed or due > max(now, from_ms(draft.clock)):
                return duplicate
        case Kind.OUTCOME:
            if not any(line.kind == "x" and line.body["id"] == message.data.effect_id for line in draft.outbox):
                return duplicate
        case Kind.CLAIM:
            line = next((x for x in draft.outbox if x.kind == "x" and x.body["id"] == message.data.effect_id), None)
            holder = None if line is None else line.body.get("cl", {}).get("by")
            if line is not None and holder == message.data.by:
                return Outcome(Verdict.APPLIED)  # the fence of an attempt that seemed to fail
            if line is None or holder != message.data.instead_of or (draft.holes and not line.body["s"]):
                return duplicate
        case Kind.COMMAND:
            return _answered(draft, incoming, answers)
        case Kind.HOLE:
            if message.seq is not None and message.seq <= draft.marks.get(message.service or "", 0):
                return duplicate
            if message.seq is None and (draft.v == 0 or incoming.id in draft.holes):
                return duplicate
        case Kind.CLOSE:
            if incoming.id not in draft.holes.values():
                return duplicate
    return None


def remember(draft: Aggregate, incoming: Incoming) -> None:
    """Note that an event took effect here, and that a hole which it fills is closed."""
    message = incoming.message
    if incoming.kind is Kind.EVENT:
        producer, seq = message.service or "", message.seq or 0
        name = f"{producer}:{seq}"
        draft.marks[producer] = max(seq, draft.marks.get(producer, 0))
        if draft.holes:
            draft.holes = {h: letter for h, letter in draft.holes.items() if h != name and letter != incoming.id}
    elif incoming.kind is Kind.ROUTED:
        draft.seen = (*draft.seen, message.id)[-SEEN_LIMIT:]
        draft.holes.pop(incoming.id, None)


def _answered(draft: Aggregate, incoming: Incoming, answers: Mapping[str, Mapping[str, Any]]) -> Outcome | None:
    """The earlier answer to a command id: from the outbox it may still wait in, else from its record."""
    id = f"{draft.key}:{incoming.message.id}"
    earlier: Mapping[str, Any] | None = next(
        (x.body["d"] for x in draft.outbox if x.kind == "r" and x.body["c"] == COMMANDS and x.body["id"] == id),
        answers.get(id),
    )
    if earlier is None:
        if draft.full:
            raise Refused(503, "catching_up", "Too much is waiting to be sent.", headers={"Retry-After": "5"})
        return None
    if earlier["fingerprint"] != incoming.fingerprint:
        raise Refused(409, "id_used_for_other_content", "This id was used before for something else.", field="/id")
    return Outcome(Verdict.DUPLICATE, answer=Answer(earlier["status"], orjson.loads(earlier["answer"])))
