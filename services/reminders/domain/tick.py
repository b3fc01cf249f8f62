"""What a tick decides: every slot and every waiting message that is due ends, or moves to the end of quiet hours."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from services.reminders.domain import inbox, muted, questions, slots
from services.reminders.domain.asked import Question
from services.reminders.domain.model import Cue, Episode, Note, Offer, PatientState, Prompt
from services.reminders.domain.slots import Around

MOST_SLOTS: Final = 100
"""So many slots end in one tick; the next tick follows at once."""


@dataclass(frozen=True, slots=True)
class Done:
    """One message that a tick decided on: to be sent when `reason` is None, else not sent.

    Exactly one of `cue`, `note`, `offer`, `question` and `episode` is set. `not_after` lies before the next quiet
    hours, but for the safety message of an `episode`, which they do not hold back.
    """

    reminder_id: str
    day: date
    reason: str | None
    not_after: datetime
    because: str | None = None
    cue: Cue | None = None
    note: Note | None = None
    offer: Offer | None = None
    question: Question | None = None
    episode: Episode | None = None


def due(state: PatientState) -> datetime | None:
    """When time alone must act: the next slot of a cue or the release of a waiting message, whichever is first."""
    if state.person is None:
        return None
    moments = [cue.next_at for cue in state.cues.values()]
    moments += [note.release_at for note in state.notes.values()]
    moments += [offer.release_at for offer in state.offers.values()]
    moments += [question.release_at for question in state.questions.values()]
    moments += [muted.tell_at(episode) for episode in state.episodes.values()]
    moments += [one.until for one in state.silences.values() if one.open]
    return min((moment for moment in moments if moment is not None), default=None)


def schedule(state: PatientState, around: Around) -> PatientState:
    """The state with every next moment computed anew from wall times, zone and quiet hours."""
    return replace(
        state,
        cues={name: slots.scheduled(around, cue) for name, cue in state.cues.items()},
        notes={name: inbox.release_note(state, around, note) for name, note in state.notes.items()},
        offers={name: inbox.release_offer(state, around, offer) for name, offer in state.offers.items()},
        questions={name: questions.release(state, around, question) for name, question in state.questions.items()},
    )


def run(state: PatientState, around: Around, now: datetime) -> tuple[PatientState, list[Done]]:
    """Decide on everything that is due."""
    decided: list[Done] = []
    for step in (_safety, _offers, _notes, _questions, _cues):
        state, done = step(state, around, now)
        decided += done
    return state, decided


def _safety(state: PatientState, around: Around, now: datetime) -> tuple[PatientState, list[Done]]:
    done: list[Done] = []
    day = around.calendar.day_of(now)
    episodes = dict(state.episodes)
    for suspension_id, episode in sorted(state.episodes.items()):
        if (due_at := muted.tell_at(episode)) is None or due_at > now:
            continue
        episodes[suspension_id] = replace(muted.told(episode), attempt=episode.attempt + 1)
        reminder_id = around.names.reminder("safety", suspension_id, day, episode.attempt)
        reason = muted.safety_verdict(state, episode)
        done.append(Done(reminder_id, day, reason, now + muted.SAFETY_LIFE, episode=episode))
    return replace(state, episodes=episodes), done


def _cues(state: PatientState, around: Around, now: datetime) -> tuple[PatientState, list[Done]]:
    done: list[Done] = []
    for _ in range(MOST_SLOTS):
        cue = min(_due_cues(state, now), key=lambda cue: (cue.next_at, cue.cue_id), default=None)
        if cue is None or cue.next_day is None:
            break
        ended = slots.end_slot(state, around, cue, cue.next_day, now)
        reminder_id = around.names.reminder("cue", cue.cue_id, ended.day)
        after = slots.scheduled(around, slots.after(cue, ended))
        prompts = dict(state.prompts)
        if ended.reason is None:
            prompts[reminder_id] = Prompt(now, ended.day)
        state = replace(state, cues={**state.cues, cue.cue_id: after}, prompts=prompts)
        limit = _before_quiet(around, now, ended.due_at + slots.LATE)
        done.append(Done(reminder_id, ended.day, ended.reason, limit, ended.because, cue=cue))
    return state, done


def _due_cues(state: PatientState, now: datetime) -> Iterator[Cue]:
    return (cue for cue in state.cues.values() if cue.next_at is not None and cue.next_at <= now)


def _notes(state: PatientState, around: Around, now: datetime) -> tuple[PatientState, list[Done]]:
    done: list[Done] = []
    day = around.calendar.day_of(now)
    by_track: dict[str, list[Note]] = {}
    for note in state.notes.values():
        by_track.setdefault(note.track_id, []).append(note)
    notes = dict(state.notes)

    def end(note: Note, reason: str | None, *, keep: bool = False) -> None:
        del notes[note.decision_id]
        if keep:
            notes[note.decision_id] = replace(note, attempt=note.attempt + 1, muted=True)
        reminder_id = around.names.reminder("change_note", note.decision_id, day, note.attempt)
        limit = _before_quiet(around, now, now + inbox.NOTE_LIFE)
        done.append(Done(reminder_id, day, reason, limit, note=note))

    for _, waiting in sorted(by_track.items()):
        if not any(note.release_at is not None and note.release_at <= now for note in waiting):
            continue
        needless, last = inbox.superseded(waiting)
        for note in needless:
            end(note, "superseded")
        if last is None or last.release_at is None or last.release_at > now:
            if last is not None:
                notes[last.decision_id] = last
            continue
        verdict = inbox.judge_note(state, around, last, now)
        if verdict.wait_until is not None:
            notes[last.decision_id] = replace(last, release_at=verdict.wait_until, base=now)
        else:
            end(last, verdict.reason, keep=verdict.keep)
    return replace(state, notes=notes), done


def _offers(state: PatientState, around: Around, now: datetime) -> tuple[PatientState, list[Done]]:
    done: list[Done] = []
    day = around.calendar.day_of(now)
    offers = dict(state.offers)
    for proposal_id, offer in sorted(state.offers.items()):
        if offer.release_at is None or offer.release_at > now:
            continue
        verdict = inbox.judge_offer(state, around, offer, now)
        if verdict.wait_until is not None:
            offers[proposal_id] = replace(offer, release_at=verdict.wait_until, base=now)
            continue
        del offers[proposal_id]
        if verdict.keep:
            offers[proposal_id] = replace(offer, attempt=offer.attempt + 1, muted=True)
        reminder_id = around.names.reminder("proposal", proposal_id, day, offer.attempt)
        limit = _before_quiet(around, now, offer.expires_at)
        done.append(Done(reminder_id, day, verdict.reason, limit, offer=offer))
    return replace(state, offers=offers), done


def _questions(state: PatientState, around: Around, now: datetime) -> tuple[PatientState, list[Done]]:
    done: list[Done] = []
    day = around.calendar.day_of(now)
    for question_id, question in sorted(state.questions.items(), key=lambda one: (questions.rank(one[1]), one[0])):
        if question.release_at is None or question.release_at > now:
            continue
        verdict = questions.judge(state, around, question, now)
        left = {name: one for name, one in state.questions.items() if name != question_id}
        if verdict.wait_until is not None:
            left[question_id] = replace(question, release_at=verdict.wait_until, base=verdict.wait_until)
            state = replace(state, questions=left)
            continue
        if verdict.keep:
            left[question_id] = replace(question, attempt=question.attempt + 1, muted=True)
        state = replace(state, questions=left)
        if verdict.reason is None:
            state = questions.taken(state, question, day)
        reminder_id = around.names.reminder("question", question_id, day, question.attempt)
        limit = _before_quiet(around, now, questions.not_after(question, now))
        done.append(Done(reminder_id, day, verdict.reason, limit, question=question))
    return state, done


def _before_quiet(around: Around, now: datetime, limit: datetime) -> datetime:
    begins = None if around.quiet.holds(now) else around.quiet.begins(now)
    return limit if begins is None else min(limit, begins)
