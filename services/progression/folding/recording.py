"""What a logged, amended or voided session and a morning check do to what is known (domain/progression.md 2.7)."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.progression.domain import facts
from services.progression.domain.effort import MILESTONES, noted, reached
from services.progression.domain.having import having
from services.progression.domain.history import History
from services.progression.domain.judge import may_be_gap, rule_behind
from services.progression.domain.machine import lowers
from services.progression.domain.state import LATE_DAYS
from services.progression.domain.units import MORNING_FROM_MS, MORNING_TO_MS, Bout, Morning, gives_evidence
from services.progression.domain.worry import may_worry, why_of
from services.progression.folding.adhering import note_session, note_void, refresh_late
from services.progression.folding.turn import Turn
from shared.clock import to_ms
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.runtime.messages import Message


def take_session(turn: Turn, message: Message[Any]) -> None:
    """A session in its latest revision takes the place of any lower one; the last of a batch has it all judged."""
    data: SessionLoggedV1 | SessionAmendedV1 = message.data
    if turn.state.plan is None or (data.track_id is not None and data.track_id not in turn.state.tracks):
        if not turn.wait(message, data.track_id):
            return
    elif data.revision <= facts.known_revision(turn.state, data.session_id):
        return
    elif not turn.state.plan.ended:
        _store_session(turn, message, data)
    _judge_if_complete(turn, message, more_follow=data.more_follow)


def tell_worry(turn: Turn, message: Message[Any]) -> None:
    """W15: what the answer to the log found worrying is a work item the same day, also before any plan is known."""
    data: SessionLoggedV1 | SessionAmendedV1 = message.data
    if data.alert is None or data.history_only:
        return
    if data.revision > facts.known_revision(turn.state, data.session_id):
        day = message.local_date or turn.day(to_ms(data.started_at))
        turn.ask(message, data.track_id, data.alert, day)


def _own_worry(turn: Turn, message: Message[Any], bout: Bout, track_id: str, day: date) -> None:
    """W15 by the usual pain that is known here (the median of the mornings), where the answer did not know better."""
    if message.data.alert is not None or not may_worry(bout.pain, bout.stop):
        return
    why = why_of(bout.pain, bout.stop, History.of(turn.state).usual_pain(day).value)
    if why is not None:
        turn.ask(message, track_id, why, day)


def _note_effort(turn: Turn, message: Message[Any], session_id: str, revision: int, day: date, *, done: bool) -> None:
    """Milestones of effort, each once; one that was reached stays so, whatever is voided later (community 6.2)."""
    state = turn.state
    missing = [kind for kind in MILESTONES if kind not in state.milestones]
    if not missing:
        return
    rows = noted(state.efforts, session_id, revision, day, done=done)
    found = {kind: on for kind, on in reached(rows).items() if kind in missing}
    milestones = tuple(kind for kind in MILESTONES if kind in state.milestones or kind in found)
    complete = len(milestones) == len(MILESTONES)
    turn.state = having(state, efforts=() if complete else rows, milestones=milestones)
    for kind, on in found.items():
        turn.celebrate(message, kind, on)


def _store_session(turn: Turn, message: Message[Any], data: SessionLoggedV1 | SessionAmendedV1) -> None:
    started = to_ms(data.started_at)
    day = message.local_date or turn.day(started)
    today = turn.day(turn.instant(to_ms(message.recorded_at)))
    if not data.history_only and (turn.day(to_ms(message.recorded_at)) - day).days <= LATE_DAYS:
        _note_effort(turn, message, data.session_id, data.revision, day, done=data.amount > 0)
    known = facts.bout_before(turn.state, data.session_id)
    late = data.history_only or (today - day).days > LATE_DAYS
    if data.track_id is None or turn.state.tracks[data.track_id].config.marker != data.marker:
        if known is not None:
            turn.state = facts.with_void(turn.state, data.session_id, data.revision, day)
            turn.mark([known[0]], known[1].started, corrected=True)
        note_session(turn, data, day, today, known[1].day if known is not None else None, kept=False)
        return
    if late and known is None:
        return
    own = gives_evidence(data.reporter)
    bout = Bout(
        session_id=data.session_id,
        revision=data.revision,
        day=day,
        started=started,
        ended=to_ms(data.ended_at),
        amount=data.amount,
        pain=data.pain if own else None,
        before=data.pain_before if own else None,
        effort=data.effort if own else None,
        fatigue=data.fatigue if own else None,
        stop=data.stop if own else None,
        rest=data.variant == "rest",
    )
    _own_worry(turn, message, bout, data.track_id, day)
    if known is None and bout.amount > 0 and day == today and not data.more_follow:
        _gap_before(turn, message, data.track_id, started)
    turn.state = facts.with_bout(turn.state, data.track_id, bout)
    note_session(turn, data, day, today, known[1].day if known is not None else None, kept=True)
    turn.mark([data.track_id], started)
    if known is not None:
        turn.mark({known[0], data.track_id}, min(started, known[1].started), corrected=True)


def _gap_before(turn: Turn, message: Message[Any], track_id: str, started: int) -> None:
    """A live person's gap is judged by the tick; where that has not run yet today, before the session that ends it."""
    state = turn.state
    at = turn.instant(to_ms(message.recorded_at))
    if state.record_mode != "live" or state.ticked is None or state.ticked >= turn.day(at):
        return
    if not may_be_gap(state.tracks[track_id], turn.day(at)):
        return
    round_ = turn.round("gap", at=at)
    found = round_.look(track_id)
    if lowers(found[0]) and rule_behind(found[0]).startswith("R7"):
        round_.conclude(track_id, found, concerned=True, since=started)
        turn.finish(round_)


def take_void(turn: Turn, message: Message[Any]) -> None:
    """A session that never happened leaves every count; what it lowered is judged again."""
    data: SessionVoidedV1 = message.data
    if turn.state.plan is None or (data.track_id is not None and data.track_id not in turn.state.tracks):
        turn.wait(message, data.track_id)
        return
    if turn.state.plan.ended or data.revision <= facts.known_revision(turn.state, data.session_id):
        return
    known = facts.bout_before(turn.state, data.session_id)
    day = message.local_date or turn.day(to_ms(data.started_at))
    today = turn.day(turn.instant(to_ms(message.recorded_at)))
    if known is not None or (today - day).days <= LATE_DAYS:
        turn.state = facts.with_void(turn.state, data.session_id, data.revision, day)
        note_void(turn, data.session_id, day, today)
    _note_effort(turn, message, data.session_id, data.revision, day, done=False)
    if known is not None:
        turn.mark([known[0]], known[1].started, corrected=True)
    _judge_if_complete(turn, message, more_follow=False)


def take_morning(turn: Turn, message: Message[Any]) -> None:
    """A morning check is evidence for every track with a session 8-36 h before, and for usual pain (2.3, W3)."""
    data: MorningCheckRecordedV1 = message.data
    state = turn.state
    if state.plan is None:
        if not turn.wait(message, None):
            return
    elif not state.plan.ended and gives_evidence(data.reporter):
        at = to_ms(data.at)
        day = message.local_date or turn.day(at)
        kept = facts.with_morning(state, Morning(data.check_id, day, at, data.pain, data.fatigue))
        if kept == state:
            return
        today = turn.day(turn.instant(to_ms(message.recorded_at)))
        if (today - day).days <= LATE_DAYS:
            tracks = [
                track_id
                for track_id, track in state.tracks.items()
                if any(MORNING_FROM_MS <= at - row[4] <= MORNING_TO_MS for row in track.bouts)
            ]
            turn.state = kept
            turn.mark(tracks, at)
    _judge_if_complete(turn, message, more_follow=data.more_follow)


def _judge_if_complete(turn: Turn, message: Message[Any], *, more_follow: bool) -> None:
    """Twelve sessions of one batch give one decision: nothing is judged while more of it is on its way."""
    if turn.state.touched is not None and not more_follow and turn.state.active:
        turn.judge("record", at=turn.instant(to_ms(message.recorded_at)))
    if not more_follow:
        refresh_late(turn, message)
