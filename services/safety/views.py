"""What callers read: the list, what to do at once, whether automation is suspended, and what was answered before."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from services.safety.domain.episodes import last_flag
from services.safety.domain.model import Suspension
from services.safety.texts import Speech
from shared.clinics import Clinic, Human
from shared.contracts.safety import Level

Recorded = Literal["stored", "spooled", "not_recorded"]


class QuestionView(BaseModel):
    """One sign, to be answered yes or no."""

    code: str
    text: str


class ListView(BaseModel):
    """The red-flag list in one language, with whom to reach."""

    language: str
    intro: str
    questions: list[QuestionView]
    messages: str = Field(description="Whether anybody reads what is written here, in plain words.")
    emergency_number: str | None
    human: Human | None


class InstructionView(BaseModel):
    """What to do because of one sign, or, without a sign, after every question was answered no."""

    sign: str | None
    title: str
    text: str

    @classmethod
    def of(cls, sign: str | None, speech: Speech) -> Self:
        """The instruction of a sign."""
        name = sign or "none"
        return cls(sign=sign, title=speech.say(f"{name}.title"), text=speech.say(f"{name}.text"))


class AnsweredView(BaseModel):
    """What to do now: the instruction of the gravest sign first. Nothing here is a diagnosis."""

    flag_id: str
    level: Level | None = Field(description="That of the gravest sign; null when all was answered no.")
    signs: list[str]
    language: str
    instruction: InstructionView
    others: list[InstructionView] = Field(description="The other signs answered yes, the gravest first.")
    stop: str | None = Field(description="Not to exercise for now; null when all was answered no.")
    pause: str | None = Field(description="That the plan stops; null unless this answer was kept and suspends.")
    contact: str
    messages: str = Field(description="Whether anybody reads what is written here, in plain words.")
    emergency_number: str | None
    crisis_line: str | None = Field(description="Only where self-harm was answered yes.")
    human: Human | None
    suspended: bool | None = Field(description="Whether automation is suspended now; null where that is not known.")
    recorded: Recorded = Field(description="In the database, on local disk until it is back, or nowhere: then phone.")
    not_recorded: str | None = Field(description="To phone, because the answer could not be kept.")


class SuspensionView(BaseModel):
    """Whether automation is suspended, since when, and for which signs; null where it is not.

    One that a clinician began without a sign has a `reason` (a code), which `pause` says in words, and its own id as
    `last_flag_id` until a flag joins it.
    """

    suspended: bool
    suspension_id: str | None = None
    since: datetime | None = None
    level: Level | None = None
    signs: list[str] = Field(default_factory=list)
    reason: str | None = None
    last_flag_id: str | None = None
    instruction: InstructionView | None = None
    pause: str | None = None
    contact: str
    messages: str
    emergency_number: str | None
    crisis_line: str | None = None
    human: Human | None
    clinician_text: str | None = Field(None, description="Only for clinicians.")


class StoppedView(BaseModel):
    """A suspension that a clinician began."""

    suspension_id: str
    since: datetime
    reason: str


class ResumedView(BaseModel):
    """A suspension that has ended."""

    suspension_id: str
    ended_at: datetime


class ByView(BaseModel):
    """In which role somebody acted, and their random id."""

    role: str
    id: str


class AnswerView(BaseModel):
    """One answer to the list, as it was kept."""

    flag_id: str
    answered_at: datetime
    recorded_at: datetime
    context: str
    signs: list[str]
    level: Level | None
    suspension_id: str | None
    by: ByView

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """The view of a record."""
        return cls.model_validate({**document, "flag_id": document["id"]})


class EpisodeView(BaseModel):
    """One suspension; with how it ended and the clinician's note, once it did."""

    suspension_id: str
    since: datetime
    level: Level
    signs: list[str]
    flags: list[str]
    reason: str | None = None
    began_by: ByView | None = Field(None, description="Who began it, where that was a clinician.")
    ended_at: datetime | None
    ended_by: ByView | None
    note: str | None


class HistoryView(BaseModel):
    """The answers, the latest first, a page at a time; and every suspension, the latest first (at most 100)."""

    answers: list[AnswerView]
    next_cursor: str | None
    suspensions: list[EpisodeView]


def answered(
    flag_id: str,
    signs: tuple[str, ...],
    level: Level | None,
    speech: Speech,
    clinic: Clinic | None,
    recorded: Recorded,
    *,
    suspended: bool | None,
) -> AnsweredView:
    """Everything that a person is told after an answer; needs nothing but its arguments."""
    first, *rest = signs or (None,)
    kept = recorded != "not_recorded"
    return AnsweredView(
        flag_id=flag_id,
        level=level,
        signs=list(signs),
        language=speech.language,
        instruction=InstructionView.of(first, speech),
        others=[InstructionView.of(sign, speech) for sign in rest],
        stop=speech.say("stop") if signs else None,
        pause=speech.say("pause") if signs and kept else None,
        contact=speech.say("contact"),
        messages=messages(speech, clinic),
        emergency_number=clinic.emergency_number if clinic else None,
        crisis_line=clinic.crisis_line if clinic and "self_harm" in signs else None,
        human=clinic.human(speech.language) if clinic else None,
        suspended=suspended,
        recorded=recorded,
        not_recorded=None if kept else speech.say("not_recorded"),
    )


def suspended(
    suspension: Suspension | None, speech: Speech, clinic: Clinic | None, *, for_clinician: bool
) -> SuspensionView:
    """How a suspension is shown, or that there is none."""
    about: dict[str, Any] = {
        "contact": speech.say("contact"),
        "messages": messages(speech, clinic),
        "emergency_number": clinic.emergency_number if clinic else None,
        "human": clinic.human(speech.language) if clinic else None,
    }
    if suspension is None:
        return SuspensionView(suspended=False, **about)
    since = suspension.since.isoformat(timespec="minutes")
    if suspension.signs:
        told = speech.say("suspended.clinician", signs=", ".join(suspension.signs), time=since)
        pause, instruction = speech.say("pause"), InstructionView.of(suspension.signs[0], speech)
    else:
        told = speech.say("stopped.clinician", reason=str(suspension.reason), time=since)
        pause, instruction = speech.say("stopped", why=speech.say(f"reason.{suspension.reason}")), None
    return SuspensionView(
        suspended=True,
        suspension_id=suspension.suspension_id,
        since=suspension.since,
        level=suspension.level,
        signs=list(suspension.signs),
        reason=suspension.reason,
        last_flag_id=last_flag(suspension),
        instruction=instruction,
        pause=pause,
        crisis_line=clinic.crisis_line if clinic and "self_harm" in suspension.signs else None,
        clinician_text=told if for_clinician else None,
        **about,
    )


def messages(speech: Speech, clinic: Clinic | None) -> str:
    """Whether anybody reads what is written here (domain/safety.md 9.2 No staff hours); without a clinic nobody."""
    return speech.say("messages.read" if clinic and clinic.messages_read else "messages.unread")
