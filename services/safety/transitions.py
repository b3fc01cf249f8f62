"""What each command and event does to one person's red flags and suspension."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.safety.domain.model import Enrolment, SafetyState
from services.safety.store import COLLECTIONS
from shared.contracts.plans import PatientEnrolledV1
from shared.runtime.messages import Handler, Message, Service, To, Transition

Result = Transition[SafetyState]


def on_patient_enrolled(state: SafetyState, message: Message[PatientEnrolledV1], _: datetime) -> Result:
    """The person is of this tenant: staff may now act for them, and they are spoken to in their language."""
    data = message.data
    return Transition(replace(state, enrolment=Enrolment(data.locale, data.tz, data.day_starts_at)))


TRANSITIONS: Final[dict[type, Handler | To]] = {PatientEnrolledV1: on_patient_enrolled}

SERVICE: Final = Service("safety", SafetyState, TRANSITIONS, collections=COLLECTIONS)
"""The whole service as data."""
