"""What a journal entry means for the plan; its words stay sealed elsewhere, only ids and tags are heard of here."""

from dataclasses import replace
from datetime import datetime

from services.plans.domain.model import PatientState
from services.plans.folding import doing, learning, reviews
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.messages import Message, Transition


def on_journal_recorded(
    state: PatientState, message: Message[JournalRecordedV1], now: datetime
) -> Transition[PatientState]:
    """A tag may tell of something in the way (P5.6), and call for a misconception to be taken up (P4.5); what is
    for the visit is noted (P7.6)."""
    noted = doing.note_barrier(state, message, now)
    taken = learning.take_up(noted.state, message, now)
    return replace(taken, events=(*noted.events, *taken.events), records=(*taken.records, *reviews.brought(message)))
