"""What each event and command does to one person or one group, and the table of all messages."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.community.domain.model import CommunityState, Enrolment
from services.community.store import COLLECTIONS
from shared.contracts.plans import PatientEnrolledV1
from shared.runtime.messages import Handler, Message, Service, To, Transition

Result = Transition[CommunityState]


def on_patient_enrolled(state: CommunityState, message: Message[PatientEnrolledV1], _: datetime) -> Result:
    """The person is of this tenant and reads this language."""
    seq = message.seq or 0
    if state.enrolment is not None and state.enrolment.seq > seq:
        return Transition(state)
    return Transition(replace(state, enrolment=Enrolment(message.data.locale, seq)))


TRANSITIONS: Final[dict[type, Handler | To]] = {PatientEnrolledV1: on_patient_enrolled}

SERVICE: Final = Service("community", CommunityState, TRANSITIONS, collections=COLLECTIONS)
"""The whole service as data."""
