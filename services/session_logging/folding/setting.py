"""The person's calendar and the teller's role, from the state and the message that is being handled."""

from datetime import date, datetime
from typing import Any

from services.session_logging.domain.log import Setting
from services.session_logging.domain.rules import PersonIsUnknown
from services.session_logging.domain.state import SessionLogState
from shared.clock import local_date
from shared.ids import slot_id
from shared.runtime.messages import Message

_REPORTERS = {"patient": "patient", "caregiver": "caregiver", "device": "device"}


def setting_of(state: SessionLogState, message: Message[Any], now: datetime) -> Setting:
    """What the rules need to know around a command; raises `PersonIsUnknown` before enrolment.

    W3: the words are the patient's own, or staff's noting them, or there are none (caregiver, device).
    """
    tz, day_starts_at, patient = state.tz, state.day_starts_at, message.key
    if tz is None:
        raise PersonIsUnknown

    def day_of(moment: datetime) -> date:
        return local_date(moment, tz, day_starts_at)

    def slot_of(track: str, day: date) -> str:
        return slot_id(patient, track, day)

    return Setting(now, tz, day_of, slot_of, _REPORTERS.get(message.actor.kind, "staff"), message.source)
