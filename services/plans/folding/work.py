"""What each command and event does to one person's items of the work list."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from services.plans.domain import work
from services.plans.domain.circle import Role
from services.plans.domain.commands import CloseWorkItem, ReleaseWorkItem, TakeWorkItem
from services.plans.domain.model import PatientState, Person, Resumed, WorkItem, WorkKind
from services.plans.folding.around import placed
from services.plans.store import Closed, work_record
from shared.clock import day_start, local_date
from shared.contracts.plans import WorkItemClosedV1, WorkItemOpenedV1
from shared.contracts.progression import ReviewRequestedV1
from shared.contracts.safety import AutomationResumedV1, RedflagRaisedV1
from shared.ids import named_id
from shared.runtime.messages import SYSTEM, Actor, Answer, Emit, Message, Record, Refused, Transition

Result = Transition[PatientState]

_NOWHERE = Person(tz="UTC", locale="en")
"""Whose day is taken while a person's own is not known."""


def ask(
    state: PatientState,
    key: str,
    cause: str,
    kind: WorkKind,
    reason: str,
    now: datetime,
    *,
    track_id: str | None = None,
    due_at: datetime | None = None,
    role: Role | None = None,
) -> Result:
    """A human is to do this, as the plan itself asks for it: one open item per person, kind, track and reason (W12).

    `cause` is the id of what led to it; `due_at` (UTC) is when it is overdue, by default as for every review; `role`
    is who acts on it, where the clinic said so.
    """
    if work.alike(state, kind, track_id, reason) is not None or not work.wanted(state, reason):
        return Transition(state)
    person = state.person or _NOWHERE
    tomorrow = local_date(now, person.tz, person.day_starts_at) + timedelta(days=1)
    day_ends_at = day_start(tomorrow, person.tz, person.day_starts_at)
    item = WorkItem(
        item_id=named_id("work_item", key, cause, kind, reason, track_id),
        kind=kind,
        reason=reason,
        urgency="soon" if reason in work.IN_ANY_CASE else "routine",
        opened_at=now,
        due_at=due_at or work.review_due(reason, now, day_ends_at, person.tz),
        cause=cause,
        track_id=track_id,
        role=role,
    )
    return _opened(state, item)


def on_review_requested(state: PatientState, message: Message[ReviewRequestedV1], _: datetime) -> Result:
    """A review or a call waits for a human: one per track and reason until it is closed (W12)."""
    data, asked_at = message.data, message.recorded_at
    if message.id in state.causes or data.reason == work.TOLD_BY_SAFETY:
        return Transition(state)
    if data.suspension_id is not None and work.resumed(state, data.suspension_id) is not None:
        return Transition(work.caused(state, message.id))  # heard of only after the stop had ended
    known = work.alike(state, kind := work.kind_of(data.reason), data.track_id, data.reason)
    if known is not None or not work.wanted(state, data.reason):
        return Transition(work.caused(state, message.id))
    person = state.person or _NOWHERE
    tomorrow = local_date(asked_at, person.tz, person.day_starts_at) + timedelta(days=1)
    item = WorkItem(
        item_id=named_id("work_item", message.key, message.id),
        kind=kind,
        reason=data.reason,
        urgency="soon" if data.reason in work.SAME_DAY else "routine",
        opened_at=asked_at,
        due_at=work.review_due(data.reason, asked_at, day_start(tomorrow, person.tz, person.day_starts_at), person.tz),
        cause=message.id,
        track_id=data.track_id,
    )
    return _opened(state, item)


def on_redflag_raised(state: PatientState, message: Message[RedflagRaisedV1], _: datetime) -> Result:
    """A red flag waits for a human: one item per suspension, which every further flag of it joins (9.1, 9.2).

    Heard of only after the suspension has ended, it was dealt with then, by whom ended it.
    """
    data = message.data
    if message.id in state.causes:
        return Transition(state)
    due_at = work.flag_due(data.signs, data.level, data.answered_at, (state.person or _NOWHERE).tz)
    if (open_item := work.of_suspension(state, data.suspension_id)) is not None:
        item = work.joined(open_item, data.signs, data.level, due_at)
        return Transition(
            work.keep(work.caused(state, message.id), item), records=(work_record(item, state.circle.site),)
        )
    item = WorkItem(
        item_id=named_id("work_item", message.key, message.id),
        kind="red_flag",
        reason="red_flag",
        urgency=work.OF_LEVEL[data.level],
        opened_at=message.recorded_at,
        due_at=due_at,
        cause=message.id,
        suspension_id=data.suspension_id,
        signs=tuple(sorted(data.signs)),
    )
    over = work.resumed(state, data.suspension_id)
    if over is None:
        return _opened(state, item)
    if over.had_item:
        return Transition(work.caused(state, message.id))
    known = tuple(replace(one, had_item=True) if one == over else one for one in state.resumed)
    done = _opened(replace(state, resumed=known), item)
    ended = Closed(over.at, over.by, "resumed")
    closed = placed(_closed_event(item), state.person, over.at, Actor("clinician", over.by))
    return Transition(
        work.without(done.state, [item]),
        events=(*done.events, closed),
        records=(work_record(item, state.circle.site, ended),),
    )


def on_automation_resumed(state: PatientState, message: Message[AutomationResumedV1], _: datetime) -> Result:
    """A clinician ended the suspension with a note: that closes its red-flag item, or the look at a stop that a
    clinician began, as done by them (9.2 Resume)."""
    data = message.data
    if work.resumed(state, data.suspension_id) is not None:
        return Transition(state)
    item = work.of_suspension(state, data.suspension_id)
    had_item = item is not None
    ended = Resumed(data.suspension_id, data.resumed_at, message.actor.id, had_item)
    after = replace(state, resumed=(*state.resumed, ended)[-work.RESUMED_KEPT :])
    items = [one for one in (item, work.alike(state, "review", None, work.STOPPED)) if one is not None]
    if not items:
        return Transition(after)
    return close_all(after, items, Closed(data.resumed_at, message.actor.id, "resumed"))


def take_work_item(state: PatientState, message: Message[TakeWorkItem], now: datetime) -> Result:
    """Say who sees to it and since when; 409 `taken_by_another` unless it is taken over by `force`."""
    item, me = _waiting(state, message.data.item_id), message.actor.id
    if item.taken_by not in (None, me) and not message.data.force:
        raise Refused(409, "taken_by_another", "Somebody else has taken this; take it over with force if you must.")
    if item.taken_by != me:
        item = replace(item, taken_by=me, taken_at=now)
    body = {"item_id": item.item_id, "status": "taken", "at": (item.taken_at or now).isoformat()}
    return Transition(work.keep(state, item), records=(work_record(item, state.circle.site),), answer=Answer(200, body))


def release_work_item(state: PatientState, message: Message[ReleaseWorkItem], now: datetime) -> Result:
    """Give back what one has taken; 409 for what nobody took, or somebody else did."""
    item = _waiting(state, message.data.item_id)
    if item.taken_by is None:
        raise Refused(409, "not_taken", "Nobody has taken this.")
    if item.taken_by != message.actor.id:
        raise Refused(409, "taken_by_another", "Somebody else has taken this; take it over with force if you must.")
    item = replace(item, taken_by=None, taken_at=None)
    body = {"item_id": item.item_id, "status": "open", "at": now.isoformat()}
    record = work_record(item, state.circle.site)
    return Transition(work.keep(state, item), records=(record,), answer=Answer(200, body))


def close_work_item(state: PatientState, message: Message[CloseWorkItem], now: datetime) -> Result:
    """Close it with a note. A red flag is closed by ending the suspension in `safety`, which its note does, and by hand
    only once the plan has ended; closing never resumes (9.3 no. 2)."""
    item, me = _waiting(state, message.data.item_id), message.actor.id
    if item.taken_by not in (None, me):
        raise Refused(409, "taken_by_another", "Somebody else has taken this; take it over first.")
    if work.still_suspended(state, item):
        raise Refused(409, "still_suspended", "Ending the suspension with a note closes this; or end the plan first.")
    done = close_all(state, [item], Closed(now, me, "done", message.data.note_sealed))
    return replace(done, answer=Answer(200, {"item_id": item.item_id, "status": "closed", "at": now.isoformat()}))


def close_all(state: PatientState, items: Iterable[WorkItem], closed: Closed) -> Result:
    """Close these items in one way; whoever caused the message at hand is who closed them."""
    items = tuple(items)
    return Transition(
        work.without(state, items),
        events=tuple(placed(_closed_event(item), state.person, closed.at) for item in items),
        records=tuple(work_record(item, state.circle.site, closed) for item in items),
    )


def moved(state: PatientState) -> Result:
    """What is open stands on the list of the site where the person is now; nobody there has taken it yet."""
    items = tuple(replace(one, taken_by=None, taken_at=None) for one in state.work)
    return Transition(replace(state, work=items), records=tuple(work_record(one, state.circle.site) for one in items))


def _opened(state: PatientState, item: WorkItem) -> Result:
    event = WorkItemOpenedV1(
        item_id=item.item_id,
        kind=item.kind,
        reason=item.reason,
        urgency=item.urgency,
        track_id=item.track_id,
        due_at=item.due_at,
        cause_event_id=item.cause,
    )
    emit: Emit = placed(event, state.person, item.opened_at, SYSTEM)
    record: Record = work_record(item, state.circle.site)
    return Transition(work.keep(work.caused(state, item.cause), item), events=(emit,), records=(record,))


def _closed_event(item: WorkItem) -> WorkItemClosedV1:
    return WorkItemClosedV1(item_id=item.item_id, kind=item.kind, reason=item.reason, track_id=item.track_id)


def _waiting(state: PatientState, item_id: str) -> WorkItem:
    item = work.find(state, item_id)
    if item is not None:
        return item
    if item_id in state.closed_work:
        raise Refused(409, "work_item_closed", "This is closed already.")
    raise Refused(404, "unknown_work_item", "There is no such work item.")
