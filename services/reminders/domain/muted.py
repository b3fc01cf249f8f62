"""While automation is suspended, or messages are off, only a safety message leaves (R1, 2.8); what waits is recalled
(2.11 W16)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.reminders.domain import blocked, turned_off
from services.reminders.domain.asked import Question
from services.reminders.domain.model import Episode, PatientState
from services.reminders.domain.resting import why_quiet
from services.reminders.domain.silenced import REASON, silence

GRAVEST_FIRST: Final = ("emergency", "urgent", "review", "lock")

NO_SIGN: Final = ("clinician",)
"""The signs of a suspension that a clinician began (progression 2.8)."""

SAFETY_LIFE: Final = timedelta(hours=24)
"""So long a channel may take with a safety message; then, should the suspension last, it is given again."""

SAFETY_AGAIN: Final = timedelta(minutes=5)
"""A safety message that a channel failed is tried again after this, `SAFETY_FAILURES` times [D]."""

SAFETY_FAILURES: Final = 3
EPISODES: Final = 8

IN_A_FLARE: Final = frozenset({"settling"})
"""What is asked in a flare: the follow-ups that belong to it, and nothing else (5.2 Fatigue/flare aware)."""


def suspended(state: PatientState) -> bool:
    """Whether any suspension of automation is open (progression 2.5 R1; domain/safety.md 9.2 Suspend scope)."""
    return any(episode.open for episode in state.episodes.values())


def hushed(state: PatientState) -> str | None:
    """Why nothing but a safety message may leave: suspended, or messages set off (2.8); None where it may."""
    if suspended(state):
        return "suspended"
    return None if silence(state) is None else REASON


def held(state: PatientState, question: Question) -> str | None:
    """Why a question may not leave for now: suspended, messages off, a pause, or a flare that it does not belong to."""
    if (hush := hushed(state)) is not None:
        return hush
    quiet = why_quiet(state)
    if quiet is None or (quiet.kind == "flare" and question.kind in IN_A_FLARE):
        return None
    return quiet.kind


def tell_at(episode: Episode) -> datetime | None:
    """When the person is to be told of a suspension, or None when they were told of its level or a graver one."""
    if episode.again_at is not None:
        return episode.again_at
    return episode.since if _graver(episode.level, episode.told) else None


def safety_verdict(state: PatientState, episode: Episode) -> str | None:
    """Why the safety message of a suspension does not leave, or None when it does; quiet hours do not matter to it."""
    if state.plan is not None and state.plan.ended:
        return "plan_ended"
    return None if episode.open else "resumed"


def recall(state: PatientState, effect_id: str) -> str | None:
    """Why a message that was decided and not yet sent must not leave any more, or None.

    After `plan.ended` no message of any kind (2.11 W16), while suspended or set off nothing but a safety message (9.2),
    in a flare or a pause or on a blocked day no prompt, and no offer or question that was answered or withdrawn (W10).
    """
    sent = state.sending.get(effect_id)
    if sent is None:
        return None
    if state.plan is not None and state.plan.ended:
        return "plan_ended"
    if sent.kind == "safety":
        episode = state.episodes.get(sent.suspension_id or "")
        return None if episode is not None and episode.open else "resumed"
    if (hush := hushed(state)) is not None:
        return hush
    if sent.kind == "cue" and turned_off.off(state) is not None:
        return turned_off.REASON
    if sent.kind == "cue" and (quiet := why_quiet(state)) is not None:
        return quiet.kind
    if sent.kind == "cue" and blocked.holds(state, sent.day):
        return "blocked_day"
    if sent.question is not None:
        return "withdrawn" if sent.question.question_id in state.gone else held(state, sent.question)
    return "withdrawn" if sent.offer is not None and sent.offer.proposal_id in state.gone else None


def told(episode: Episode) -> Episode:
    """The episode once its message has left, or was decided not to."""
    return replace(episode, told=episode.level, again_at=None)


def kept_episodes(state: PatientState) -> dict[str, Episode]:
    """Every open suspension and the latest of those that ended."""
    found = sorted(state.episodes.values(), key=lambda e: (e.open, max(e.on_seq, e.off_seq)), reverse=True)
    keep = {e.suspension_id for number, e in enumerate(found) if e.open or number < EPISODES}
    return {name: state.episodes[name] for name in sorted(keep)}


def _graver(level: str | None, told_of: str | None) -> bool:
    if level is None or told_of is None:
        return level is not None
    return GRAVEST_FIRST.index(level) < GRAVEST_FIRST.index(told_of)
