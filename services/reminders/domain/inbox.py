"""When a change note or an offer may go to the inbox, and what it ends as (reminders 5.2; progression 2.11 W6, W10)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.reminders.domain.model import Note, Offer, PatientState
from services.reminders.domain.muted import hushed
from services.reminders.domain.resting import PAUSE, why_quiet
from services.reminders.domain.slots import Around

NOTE_LIFE: Final = timedelta(hours=24)
"""So long a channel may take with a change note; then it is given again: no plan changes in silence (9.3 no. 14)."""

REASON_GRACE: Final = timedelta(minutes=10)
"""So long a change note waits for the decision that explains it; then it says what changed without the reason."""

STOPPED: Final = "R1"
"""The rule of a stop: the safety message tells of it, so its own change note is not given after the suspension."""

RECORD_BEFORE: Final = timedelta(days=1)
"""A record so long before a change after a gap is the one that brought the person back."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tick found about a waiting message: sent when `reason` is None and `wait_until` too.

    With `keep` it does not leave now and is kept, to be judged again.
    """

    reason: str | None = None
    wait_until: datetime | None = None
    keep: bool = False


def muted_for(reason: str) -> Verdict:
    """No plan changes in silence (9.3 no. 14): what a suspension, or messages off (2.8), mutes is given after it, when
    it is still true."""
    return Verdict(reason, keep=True)


def release_note(state: PatientState, around: Around, note: Note) -> Note:
    """The note with the first moment at which it may leave.

    None while it waits for the person's next record, or, muted once, for the end of what mutes it.
    """
    base = note.base
    note = replace(note, muted=note.muted and hushed(state) is not None)
    if state.plan is not None and state.plan.ended:
        return replace(note, release_at=base)  # it ends at the next tick: nobody is told anything any more
    if note.muted:
        return replace(note, release_at=None)
    if _welcome(state, note):
        if state.last_record_at is None or state.last_record_at < note.changed_at - RECORD_BEFORE:
            return replace(note, release_at=None)
        base = max(base, state.last_record_at)
    elif note.decision_id not in state.decisions or note.rule == STOPPED:  # or its suspension is not heard of yet
        base = max(base, note.changed_at + REASON_GRACE)
    return replace(note, release_at=around.quiet.ends(base) or base)


def release_offer(state: PatientState, around: Around, offer: Offer) -> Offer:
    """The offer with the first moment at which it may leave, none once it was muted by what goes on."""
    offer = replace(offer, muted=offer.muted and hushed(state) is not None)
    if state.plan is not None and state.plan.ended:
        return replace(offer, release_at=offer.base)
    if offer.muted:
        return replace(offer, release_at=None)
    return replace(offer, release_at=around.quiet.ends(offer.base) or offer.base)


def judge_note(state: PatientState, around: Around, note: Note, now: datetime) -> Verdict:
    """Whether a note that is due leaves now; it is never too late for it, only a later change makes it needless."""
    if _no_plan(state):
        return Verdict("no_active_plan")
    track = state.tracks.get(note.track_id)
    paused = (away := why_quiet(state)) is not None and away.kind == "paused"
    if track is not None and track.dose_seq > note.seq and not paused:
        return Verdict("superseded")
    if (hush := hushed(state)) is not None:
        return replace(muted_for(hush), keep=note.rule != STOPPED)
    if note.rule == PAUSE:
        return Verdict("paused")
    return Verdict(wait_until=around.quiet.ends(now))


def judge_offer(state: PatientState, around: Around, offer: Offer, now: datetime) -> Verdict:
    """Whether an offer that is due leaves now; one that was withdrawn or answered meanwhile does not (W10)."""
    if offer.proposal_id in state.gone:
        return Verdict("withdrawn")
    if _no_plan(state):
        return Verdict("no_active_plan")
    if now >= offer.expires_at:
        return Verdict("expired")
    if (hush := hushed(state)) is not None:
        return muted_for(hush)
    return Verdict(wait_until=around.quiet.ends(now))


def superseded(notes: Iterable[Note]) -> tuple[list[Note], Note | None]:
    """Of the waiting notes of one track: those a later one makes needless, and the one that is left to tell.

    What is left tells the whole way, from the dose the person knows; nothing is left when that is the dose again. Of a
    stop they know by the safety message: the way back begins there. A pause, which they asked for, explains no change
    that came before it: that is told by itself.
    """
    ordered = sorted(notes, key=lambda note: note.seq)
    if len(ordered) > 1 and ordered[-1].rule == PAUSE:
        needless, before = superseded(ordered[:-1])
        return [*needless, ordered[-1]], before
    *older, last = ordered
    known = last.old
    for note in reversed(older):
        if note.rule == STOPPED or note.new != known:
            break
        known = note.old
    if older and known == last.new:
        return ordered, None
    return older, replace(last, old=known)


def _no_plan(state: PatientState) -> bool:
    return state.plan is None or state.plan.ended


def _welcome(state: PatientState, note: Note) -> bool:
    """Whether a note welcomes back after a gap (R7): it leaves with the next record, not into the silence (W6).

    Who reports in batches is judged when a batch has come, so their note need not wait.
    """
    return note.rule.startswith("R7") and state.person is not None and state.person.record_mode == "live"
