"""The routes of questions: what the person is asked just now, what was asked before, and their answers."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from services.progression.adherence_routes import Language
from services.progression.domain.asked import ANSWERS
from services.progression.domain.away_commands import AnswerQuestion
from services.progression.store import QUESTIONS
from services.progression.texts.questions import Words, words
from shared.clock import from_ms, to_ms
from shared.contracts.fields import Id
from shared.contracts.progression import QuestionKind
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, actor, found, may

BODY: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
SHOWN: Final = 50
"""So many questions are shown, the latest first: at most one of each kind is open."""

_SOURCES: Final = {"patient": "app", "clinician": "clinician"}
_AT_PLANS: Final = "tryout"

YesNo = Literal["yes", "no"]
Speaker = Annotated[str, may("patient", "clinician")]


class AnswersBody(BaseModel):
    """The answer, part by part: the parts of the question that is answered, and no others."""

    model_config = BODY
    worse: YesNo | None = None
    hard: YesNo | None = None
    limits: YesNo | None = None
    settling: YesNo | None = None
    usual: YesNo | None = None
    moving: Literal["same", "less", "no"] | None = None


class AnswerBody(BaseModel):
    """An answer; `id` is made by the client, sent again it is the same answer."""

    model_config = BODY
    id: Id
    answers: AnswersBody


class ChoiceView(BaseModel):
    """One possible answer."""

    answer: str
    text: str


class PartView(BaseModel):
    """One part of a question in words, with its possible answers."""

    part: str
    text: str
    choices: list[ChoiceView]


class OpenQuestionView(BaseModel):
    """A question that waits for an answer, in the language asked for.

    `until` is when it closes, None while it is open as long as it is true. `answer_with` is the route that takes the
    answer: that of this question, or for a try-out that of the plan. `text` says that it may be left open.
    """

    question_id: str
    kind: QuestionKind
    track_id: str | None
    asked_at: str
    until: str | None
    parts: list[PartView]
    text: str
    answer_with: str


class PastQuestionView(BaseModel):
    """A question that is not open any more: why, what was answered part by part, and by whom it was noted."""

    question_id: str
    kind: QuestionKind
    track_id: str | None
    asked_at: str
    parts: list[PartView]
    reason: Literal["answered", "no_answer", "needless"]
    answers: dict[str, str]
    answered_by: str | None
    ended_at: str


class QuestionsView(BaseModel):
    """What is asked just now, and what was asked before, the latest first."""

    open: list[OpenQuestionView]
    past: list[PastQuestionView]


class AnsweredView(BaseModel):
    """An answered question. For `flare` what the answers mean: `flare`, which the red-flag list follows, `rough_patch`,
    for which `less` names a lower dose of each track, or `none`; for `settling` whether the flare is `over`."""

    question_id: str
    kind: QuestionKind
    result: str | None = None
    flare_id: str | None = None
    ask_red_flags: bool | None = None
    less: list[dict[str, str | int]] | None = None
    over: bool | None = None


def question_router(runtime: Runtime) -> APIRouter:
    """The routes, under `/v1`; tenant and roles come from the token."""
    routes = APIRouter(prefix="/v1", tags=["progression"])

    @routes.get("/patients/{patient_id}/questions")
    async def read_questions(
        patient_id: PersonId, caller: Caller, role: Speaker, language: Language = None
    ) -> QuestionsView:
        """What is asked, with the possible answers, and the diary of what was asked. Patient or clinician."""
        found(await runtime.settle(patient_id, caller.tenant) or None)
        where = {"key": patient_id, "tenant": caller.tenant}
        asked = await runtime.find(QUESTIONS, where, sort=[("asked_at", -1)], limit=SHOWN)
        now, said = to_ms(runtime.clock.now()), words(language)
        waiting = [one for one in asked if one["open"] and (one["until"] is None or one["until"] > now)]
        return QuestionsView(
            open=[_open(patient_id, one, said) for one in waiting],
            past=[_past(one, said) for one in asked if one not in waiting],
        )

    @routes.post("/patients/{patient_id}/questions/{question_id}/answer", response_model=AnsweredView)
    async def answer_question(
        patient_id: PersonId, question_id: Id, body: AnswerBody, caller: Caller, role: Speaker
    ) -> JSONResponse:
        """Answer an open question: it takes effect at once. Patient, or a clinician noting their words (W3)."""
        found(await runtime.state(patient_id, caller.tenant))
        answer = await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=AnswerQuestion(question_id, tuple(body.answers.model_dump(exclude_none=True).items())),
            command_id=body.id,
            actor=actor(caller, role),
            source=_SOURCES[role],
        )
        return JSONResponse(dict(answer.body), answer.status)

    return routes


def _parts(document: Mapping[str, Any], said: Words) -> list[PartView]:
    pain = document["about"] if document["kind"] == "usual_pain" else None
    return [
        PartView(
            part=part,
            text=said.ask(document["kind"], part, pain),
            choices=[ChoiceView(answer=answer, text=said.answer(answer)) for answer in choices],
        )
        for part, choices in ANSWERS[document["kind"]].items()
    ]


def _open(patient_id: str, document: Mapping[str, Any], said: Words) -> OpenQuestionView:
    own = f"/v1/patients/{patient_id}/questions/{document['question_id']}/answer"
    elsewhere = f"/v1/patients/{patient_id}/tracks/{document['track_id']}/tryout"
    return OpenQuestionView(
        question_id=document["question_id"],
        kind=document["kind"],
        track_id=document["track_id"],
        asked_at=_iso(document["asked_at"]),
        until=None if document["until"] is None else _iso(document["until"]),
        parts=_parts(document, said),
        text=said.leave,
        answer_with=elsewhere if document["kind"] == _AT_PLANS else own,
    )


def _past(document: Mapping[str, Any], said: Words) -> PastQuestionView:
    over = document["ended_at"] if document["ended_at"] is not None else document["until"]
    return PastQuestionView(
        question_id=document["question_id"],
        kind=document["kind"],
        track_id=document["track_id"],
        asked_at=_iso(document["asked_at"]),
        parts=_parts(document, said),
        reason=document["reason"] or "no_answer",
        answers=json.loads(document["answers"] or "{}"),
        answered_by=document["answered_by"],
        ended_at=_iso(over),
    )


def _iso(at: int) -> str:
    return from_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
