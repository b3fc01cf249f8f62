"""What a person allows, purpose by purpose: given in an episode with an id of its own, and taken back at any time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

Purpose = Literal[
    "care",
    "sharing_with_caregiver",
    "group",
    "research",
    "wearables",
    "messages_by_sms",
    "messages_by_email",
    "messages_by_voice",
]
Heard = Literal["app", "phone", "paper", "in_person"]
"""How the person said it: themselves in the app, or to staff who note their words (W3)."""

PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

TEXT_VERSION: Final = 1
"""The version of the texts that are consented to; whoever changes a text raises it, and asks again."""

CARE: Final[Purpose] = "care"
CAREGIVERS: Final[Purpose] = "sharing_with_caregiver"


@dataclass(frozen=True, slots=True)
class Consent:
    """The last word on one purpose: the episode `consent_id` began at `given_at` under a version of the text, and
    stands until `withdrawn_at`; `before` is when the last one before it was taken back."""

    purpose: Purpose
    consent_id: str
    text_version: int
    given_at: datetime
    withdrawn_at: datetime | None = None
    before: datetime | None = None


Consents = tuple[Consent, ...]


def of(consents: Consents, purpose: Purpose) -> Consent | None:
    """The last word on a purpose, None when the person was never asked, or never said yes."""
    return next((one for one in consents if one.purpose == purpose), None)


def stands(consents: Consents, purpose: Purpose) -> bool:
    """Whether the person allows it now. Silence is no consent (domain/safety.md 9.3 no. 15)."""
    last = of(consents, purpose)
    return last is not None and last.withdrawn_at is None


def taken_back(consents: Consents, purpose: Purpose) -> bool:
    """Whether the person took it back, which says more than never having been asked."""
    last = of(consents, purpose)
    return last is not None and last.withdrawn_at is not None


def asked_again(consent: Consent) -> bool:
    """Whether the text has changed since the person said yes to it."""
    return consent.withdrawn_at is None and consent.text_version < TEXT_VERSION


def keep(consents: Consents, consent: Consent) -> Consents:
    """All last words with this one in its place."""
    others = (one for one in consents if one.purpose != consent.purpose)
    return tuple(sorted((*others, consent), key=lambda one: PURPOSES.index(one.purpose)))


@dataclass(frozen=True, slots=True)
class GrantConsent:
    """Note the person's yes to the text of one purpose, of which they read this version in this language."""

    consent_id: str
    purpose: Purpose
    text_version: int
    language: str
    heard: Heard


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """Note that the person takes their yes back."""

    consent_id: str
    heard: Heard
