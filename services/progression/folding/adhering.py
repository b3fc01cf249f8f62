"""What a message means for adherence: a mark when a session is logged, the whole at the tick and for late records."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.progression.domain.decisions import name_of
from services.progression.domain.eligible import CHOSEN
from services.progression.domain.having import having
from services.progression.domain.keeping import mark_of, marked
from services.progression.domain.report import Content, misfit, report
from services.progression.domain.state import LATE_DAYS
from services.progression.folding.turn import Turn
from services.progression.store import adherence_record
from shared.clock import from_ms
from shared.contracts.progression import AdherenceBlockV1, AdherenceUpdatedV1, AdherenceV1, AdherenceWindowV1
from shared.contracts.session_logging import SessionAmendedV1, SessionLoggedV1
from shared.runtime.messages import SYSTEM, Emit, Message


def note_session(
    turn: Turn, data: SessionLoggedV1 | SessionAmendedV1, day: date, today: date, before: date | None, *, kept: bool
) -> None:
    """A session was taken over; `kept` where it is among the track's sessions, `before` the day it had until now."""
    state = turn.state
    known = mark_of(state, data.session_id)
    if not kept and (data.history_only or (today - day).days > LATE_DAYS or (known and known[1] >= data.revision)):
        return
    kind: str | None = data.variant if data.variant in CHOSEN and data.amount > 0 else None
    if not kept and kind is None:
        kind = "moved" if data.amount > 0 else "none"
    mark = None if kind is None else (data.session_id, data.revision, data.track_id or "", day, kind)
    late = day < today or (before is not None and before < today) or (known is not None and known[3] < today)
    turn.state = marked(state, data.session_id, mark, late=late)


def note_void(turn: Turn, session_id: str, day: date, today: date) -> None:
    """A session never happened."""
    turn.state = marked(turn.state, session_id, None, late=day < today)


def refresh_late(turn: Turn, message: Message[Any]) -> None:
    """Count anew what records of earlier days changed; what was told of them is superseded."""
    if turn.state.kept.late:
        refresh(turn, message)


def refresh(turn: Turn, message: Message[Any]) -> None:
    """Tell adherence as of the person's day, where it is not what was told before; ask a human once where the plan may
    not fit (article P3.7)."""
    state = turn.state
    if not state.active:
        return
    at = turn.instant()
    today, kept = turn.day(at), state.kept
    content = report(state, today)
    if kept.late:
        turn.state = having(state, kept=having(kept, late=False))
    if kept.told is None and not content["windows"][-1]["eligible_days"] and not content["weeks_active"]:
        return
    turn.records.append(adherence_record(today, content))
    told = told_of(content)
    name = name_of("told", told.model_dump_json())[:16]
    if kept.told is None or kept.told[1] != name:
        supersedes = kept.told[0] if kept.told is not None and kept.late else None
        update_id = name_of("adherence", message.key, name, kept.told[0] if kept.told is not None else "")
        turn.state = having(state, kept=having(kept, late=False, told=(update_id, name)))
        data = AdherenceUpdatedV1(update_id=update_id, as_of=today, supersedes=supersedes, told=told)
        zone = state.tz or None
        turn.events.append(Emit(data, from_ms(at), local_date=today, tz=zone, actor=SYSTEM, source="system"))
    if misfit(content) and not any(name.endswith(":plan_fit") for name in turn.state.reviews):
        turn.ask(message, None, "misfit", today)


def told_of(content: Content) -> AdherenceV1:
    """What of the content others are told."""
    rows = [(None, content["windows"]), *((name, track["windows"]) for name, track in content["tracks"].items())]
    windows = tuple(
        AdherenceWindowV1(
            track_id=track_id,
            days=window["days"],
            eligible_days=window["eligible_days"],
            planned_sevenths=window["sevenths"],
            completed=window["completed"],
            session_pct=window["session_pct"],
            dose_pct=window["dose_pct"],
            coverage_pct=window["coverage_pct"],
            longest_gap=window["longest_gap"],
            band=window["band"],
        )
        for track_id, found in rows
        for window in found
    )
    return AdherenceV1(
        windows=windows,
        weeks_kept=content["weeks"]["kept"],
        weeks_counted=content["weeks"]["counted"],
        by_block=tuple(AdherenceBlockV1(block=b, begun=n, completed=done) for b, n, done in content["blocks"]),
        insights=tuple(code for code, _, _ in content["patterns"]),
        pillars=content["pillars"],
    )
