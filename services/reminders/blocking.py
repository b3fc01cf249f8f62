"""What a person, or staff for them, blocks: days without prompts that count for nothing (domain/adherence.md 4.1)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.reminders.around import around
from services.reminders.domain import blocked
from services.reminders.domain.commands import BlockDays, UnblockDays
from services.reminders.domain.model import Block, PatientState
from services.reminders.facts import settled
from shared.contracts.reminders import DaysBlockedV1, DaysV1
from shared.runtime.messages import Answer, Emit, Message, Refused, Transition

Result = Transition[PatientState]


def block_days(state: PatientState, message: Message[BlockDays], now: datetime) -> Result:
    """Days from the first to the last are blocked; said again under the same id, the range is what was said last.

    At most 60 ranges, up to a year ahead, and no further back than days are still counted anew.
    """
    command, place = message.data, around(state, message.key)
    if place is None:
        raise _unknown()
    today, before = place.calendar.day_of(now), state.blocked.get(command.block_id)
    if command.last < command.first:
        raise Refused(422, "ends_before_it_begins", "The last day is not before the first.", "/last")
    if command.first < today - blocked.BACK and (before is None or command.first < before.first):
        raise Refused(422, "too_long_ago", f"Days are counted for good after {blocked.BACK.days} days.", "/first")
    if command.last > today + blocked.AHEAD:
        raise Refused(422, "too_far_ahead", f"Days are blocked at most {blocked.AHEAD.days} days ahead.", "/last")
    state = replace(state, blocked=blocked.kept(state.blocked, today))
    if before is None and len(state.blocked) >= blocked.MOST:
        raise Refused(409, "too_many_ranges", f"A person has at most {blocked.MOST} ranges of blocked days.")
    block = Block(command.first, command.last, command.kind_sealed)
    return _told(state, blocked.with_range(state, command.block_id, block), message, now)


def unblock_days(state: PatientState, message: Message[UnblockDays], now: datetime) -> Result:
    """A range is blocked no longer; of one that is not there nothing changes."""
    if state.person is None:
        raise _unknown()
    return _told(state, blocked.without_range(state, message.data.block_id), message, now)


def blocked_body(state: PatientState) -> list[dict[str, Any]]:
    """Every range as its owner reads it, the first one first; its kind is sealed."""
    rows = sorted(state.blocked.items(), key=lambda row: (row[1].first, row[0]))
    return [
        {"block_id": name, "first": block.first.isoformat(), "last": block.last.isoformat(), "kind": block.kind_sealed}
        for name, block in rows
    ]


def _told(before: PatientState, state: PatientState, message: Message[Any], now: datetime) -> Result:
    """The state, the answer, and where other days are blocked than before, the event with all of them."""
    ranges = blocked.merged(state.blocked.values())
    events: tuple[Emit, ...] = ()
    if ranges != blocked.merged(before.blocked.values()):
        data = DaysBlockedV1(blocked=tuple(DaysV1(first=first, last=last) for first, last in ranges))
        events = (Emit(data, tz=state.person.tz if state.person is not None else None),)
    answer = Answer(200, {"blocked": blocked_body(state)})
    return replace(settled(state, message, now), events=events, answer=answer)


def _unknown() -> Refused:
    return Refused(404, "unknown_person", "There is no such person.")
