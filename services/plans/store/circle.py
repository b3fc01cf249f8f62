"""The records of the people around a person: every word on a consent, and every caregiver who was ever invited."""

from datetime import datetime
from typing import Final

from services.plans.domain.circle import Caregiver, UnlinkedBecause
from services.plans.domain.consents import Consent, Heard
from shared.clock import to_ms
from shared.runtime.messages import Record, as_text

CONSENTS: Final = "consents"
CAREGIVERS: Final = "caregivers"

CIRCLE_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    CONSENTS: ((("key", 1), ("order", -1)),),
    CAREGIVERS: ((("key", 1), ("order", -1)),),
}


def consent_record(consent: Consent, language: str | None, heard: Heard, by: str) -> Record:
    """One word on a consent as it was said: a yes to a text in a `language`, or that it is taken back."""
    at = consent.withdrawn_at or consent.given_at
    word = "granted" if consent.withdrawn_at is None else "withdrawn"
    return Record(
        CONSENTS,
        f"{consent.consent_id}:{word}",
        {
            "order": to_ms(at),
            "purpose": consent.purpose,
            "consent_id": consent.consent_id,
            "word": word,
            "text_version": consent.text_version,
            "language": language,
            "heard": heard,
            "noted_by": by,
            "at": at.isoformat(),
        },
    )


def caregiver_record(one: Caregiver, because: UnlinkedBecause | None = None, at: datetime | None = None) -> Record:
    """One caregiver as invited, linked, or over since `at`, `because` of what; how the person calls them is sealed."""
    return Record(
        CAREGIVERS,
        one.caregiver_id,
        {
            "order": to_ms(one.invited_at),
            "caregiver_id": one.caregiver_id,
            "label_sealed": one.label_sealed,
            "scopes": as_text(list(one.scopes)),
            "goal_ids": as_text(list(one.goal_ids)),
            "invited_at": one.invited_at.isoformat(),
            "subject": one.subject,
            "linked_at": one.linked_at.isoformat() if one.linked_at else None,
            "ended_because": because,
            "ended_at": at.isoformat() if at else None,
        },
    )
