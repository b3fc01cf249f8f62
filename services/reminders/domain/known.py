"""What is remembered and for how long, so that a person's state stays small whatever arrives in whatever order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.reminders.domain.blocked import kept as kept_blocked
from services.reminders.domain.model import Decision, Note, Offer, PatientState, Session, TrackNow
from services.reminders.domain.muted import kept_episodes
from services.reminders.domain.resting import kept
from services.reminders.domain.silenced import kept as kept_silences
from services.reminders.domain.slots import kept_prompts

SESSIONS_DAYS: Final = timedelta(days=4)
SESSIONS: Final = 40
DECISIONS: Final = 6
GONE: Final = 16
TRACKS: Final = 16


def keep_session(state: PatientState, session_id: str, session: Session) -> PatientState:
    """The state with a bout as last revised; a lower revision never overrides a higher one."""
    known = state.sessions.get(session_id)
    if known is not None and known.revision >= session.revision:
        return state
    return replace(state, sessions={**state.sessions, session_id: session})


def keep_decision(state: PatientState, decision_id: str, decision: Decision) -> PatientState:
    """The state with a decision whose words a note or an offer may need."""
    return replace(state, decisions={**state.decisions, decision_id: decision})


def keep_track(state: PatientState, track_id: str, track: TrackNow) -> PatientState:
    """The state with what is known of a track now."""
    return replace(state, tracks={**state.tracks, track_id: track})


def forget(state: PatientState, now: datetime) -> PatientState:
    """The state without what no rule can ask for any more; what is kept depends on what is known, not on its order."""
    sessions = {name: session for name, session in state.sessions.items() if now - session.started_at < SESSIONS_DAYS}
    newest = sorted(sessions, key=lambda name: (sessions[name].started_at, name), reverse=True)[:SESSIONS]
    gone = sorted(state.gone, key=lambda name: (state.gone[name], name), reverse=True)[:GONE]
    tracks = sorted(
        state.tracks, key=lambda name: (max(state.tracks[name].dose_seq, state.tracks[name].short_seq), name)
    )
    return replace(
        state,
        sessions={name: sessions[name] for name in sorted(newest)},
        decisions=_decisions(state.decisions, [*state.notes.values(), *state.offers.values()]),
        gone={name: state.gone[name] for name in sorted(gone)},
        tracks={name: state.tracks[name] for name in sorted(tracks[-TRACKS:])},
        prompts=kept_prompts(state.prompts, now),
        episodes=kept_episodes(state),
        away=kept(state) if state.away else state.away,
        blocked=kept_blocked(state.blocked, now.date()) if state.blocked else state.blocked,
        silences=kept_silences(state, now) if state.silences else state.silences,
    )


def _decisions(decisions: Mapping[str, Decision], waiting: list[Note | Offer]) -> dict[str, Decision]:
    wanted = {one.decision_id for one in waiting}
    newest = sorted(decisions, key=lambda name: decisions[name].seq, reverse=True)[:DECISIONS]
    return {name: decisions[name] for name in sorted(decisions) if name in wanted or name in newest}
