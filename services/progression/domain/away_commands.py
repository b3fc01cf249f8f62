"""What a person may say of flares and pauses, one value per command; each command's id names what it begins."""

from dataclasses import dataclass
from datetime import date
from typing import Final

MAY_REPORT: Final = frozenset({"patient", "caregiver", "clinician"})
"""W3: a caregiver may report a flare."""

MAY_SAY: Final = frozenset({"patient", "clinician"})
"""W3: how it is, that it is over, a pause and its end come from the patient, or from staff noting their words."""


@dataclass(frozen=True, slots=True)
class ReportFlare:
    """A flare has begun (article P1.1: it takes effect at once)."""


@dataclass(frozen=True, slots=True)
class EndFlare:
    """The flare is over; `flare_id` says which one, where that is known."""

    flare_id: str | None = None


@dataclass(frozen=True, slots=True)
class TellSettling:
    """Whether the flare is settling (2.6 follow-up)."""

    settling: bool


@dataclass(frozen=True, slots=True)
class AnswerFlareQuestions:
    """The three answers of 2.6; without a `question_id` the person checked by themselves (article P9.2)."""

    worse: bool
    hard: bool
    limits: bool
    question_id: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """The answer to an open question: each part of it with what was chosen."""

    question_id: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RequestPause:
    """Put the plan on pause for a reason (a code), until a day of the person or until they say so."""

    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class RequestResume:
    """The pause is over; `pause_id` says which one, where that is known."""

    pause_id: str | None = None
