"""The routes of lessons: all there are, those that a person has with what comes back when, giving and reading one."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk, json
from services.plans.api.requests import BODY
from services.plans.domain.learning import Assigned, AssignLesson, ViewLesson, Why, comes_back_on
from services.plans.domain.lessons import BY_ID, LESSONS, Lesson, LessonKind, recommended
from services.plans.folding.learning import areas_of
from services.plans.store.learning import LESSONS as WHY
from services.plans.texts.lessons import words
from shared.clinics import Human, language_of
from shared.contracts.fields import Code, Id
from shared.web.principal import Caller, PersonId, allow, allow_role, found, may

Language = Literal["en", "es", "ar"]


class AssignBody(BaseModel):
    """Giving a lesson; `id` is made by the client."""

    model_config = BODY
    id: Id
    lesson_id: Code


class ViewedBody(BaseModel):
    """A lesson was read; staff who note it say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    source: Literal["app", "phone", "paper"] = "app"


class TermView(BaseModel):
    """A word that a lesson uses, and what it means."""

    term: str
    means: str


class LessonView(BaseModel):
    """One lesson with its words: a `lesson` has `text`; a `dialogue` has a question first, then an answer to talk
    about, and the question that it ends with. Paragraphs lie an empty line apart."""

    lesson_id: str
    kind: LessonKind
    title: str
    question: str | None
    text: str
    next_question: str | None
    areas: list[str] = Field(description="Life areas and motives that it speaks to.")
    activity_families: list[str]
    terms: list[TermView]

    @classmethod
    def of(cls, lesson: Lesson, language: str) -> "LessonView":
        """A lesson in a language."""
        return cls(**_told(lesson, language))


class LessonsView(BaseModel):
    """Every lesson there is, in one language. No clinician has reviewed the words yet, which `reviewed` tells."""

    language: Language
    reviewed: bool = False
    lessons: list[LessonView]


class TriggerView(BaseModel):
    """Why a person has a lesson: a first plan (`start`), a new track, a journal entry and its tags, a clinician, or
    their own wish (`self`)."""

    because: Why
    assigned_by: str | None
    track_id: str | None
    entry_id: str | None
    tags: list[str]


class PersonsLessonView(LessonView):
    """A lesson that a person has: their days of reading it, and the day from which it comes back next."""

    assigned_at: datetime | None
    first_viewed_on: date | None
    last_viewed_on: date | None
    comes_back_on: date | None
    waits: bool = Field(description="Whether the person was told of it and has not read it since.")
    trigger: TriggerView | None = Field(description="Only for clinicians.")


class PersonsLessonsView(BaseModel):
    """All lessons that a person has, in the order in which they got them, and others that fit their goals."""

    language: Language
    reviewed: bool = False
    lessons: list[PersonsLessonView]
    recommended: list[LessonView]
    human: Human | None


class LessonGivenView(BaseModel):
    """A lesson was given."""

    lesson_id: str
    at: datetime


class LessonReadView(BaseModel):
    """A lesson was read, on this day of the person's."""

    lesson_id: str
    viewed_on: date


def learning_router(desk: Desk) -> APIRouter:
    """The routes of lessons, under `/v1`."""
    routes, runtime = APIRouter(prefix="/v1", tags=["lessons"]), desk.runtime

    @routes.get("/lessons")
    async def list_lessons(
        caller: Caller, language: Annotated[Language, Query(description="In which language.")] = "en"
    ) -> LessonsView:
        """Every lesson and dialogue with its words. Patient, caregiver, clinician or admin."""
        allow_role(caller, "patient", "caregiver", "clinician", "admin")
        return LessonsView(language=language, lessons=[LessonView.of(one, language) for one in LESSONS])

    @routes.get("/patients/{patient_id}/lessons")
    async def read_lessons(patient_id: PersonId, caller: Caller) -> PersonsLessonsView:
        """What this person has to read, in their language, and why they have it (clinicians). Patient or clinician."""
        role = allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        documents = await runtime.find(WHY, {"key": patient_id, "tenant": caller.tenant}, limit=len(LESSONS))
        reasons = {one["lesson_id"]: one for one in documents}
        waits = {one.ref for one in state.prompts if one.kind == "lesson"}
        language: Any = language_of(found(state.person).locale)
        pem = None if state.plan is None else state.plan.terms.pem
        return PersonsLessonsView(
            language=language,
            lessons=[
                _persons(one, language, reasons.get(one.lesson_id), one.lesson_id in waits, role == "clinician")
                for one in state.learning.lessons
                if one.lesson_id in BY_ID
            ],
            recommended=[LessonView.of(one, language) for one in recommended(areas_of(state), state.learning.ids, pem)],
            human=desk.human(caller, state),
        )

    @routes.post("/patients/{patient_id}/lessons", status_code=201, response_model=LessonGivenView)
    async def assign_lesson(
        patient_id: PersonId, body: AssignBody, caller: Caller, role: Annotated[str, may("clinician")]
    ) -> Response:
        """Give a lesson or a dialogue; one that the person has already begins anew. Clinician."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, AssignLesson(body.lesson_id), body.id))

    @routes.post("/patients/{patient_id}/lessons/{lesson_id}/viewed", response_model=LessonReadView)
    async def view_lesson(
        patient_id: PersonId,
        lesson_id: Code,
        body: ViewedBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """The person read it; from themselves, or from staff who heard it by phone or on paper (W3)."""
        await desk.known(caller, patient_id)
        return json(await desk.run(caller, role, patient_id, ViewLesson(lesson_id), body.id, body.source))

    return routes


def _persons(
    one: Assigned, language: str, why: Mapping[str, Any] | None, waits: bool, clinician: bool
) -> PersonsLessonView:
    return PersonsLessonView(
        **_told(BY_ID[one.lesson_id], language),
        assigned_at=None if why is None else why["assigned_at"],
        first_viewed_on=one.first_on,
        last_viewed_on=one.last_on,
        comes_back_on=comes_back_on(one),
        waits=waits,
        trigger=TriggerView.model_validate(why) if clinician and why else None,
    )


def _told(lesson: Lesson, language: str) -> dict[str, Any]:
    said, id = words(language), lesson.lesson_id
    dialogue = lesson.kind == "dialogue"
    return {
        "lesson_id": id,
        "kind": lesson.kind,
        "title": said[f"{id}.title"],
        "question": said[f"{id}.question"] if dialogue else None,
        "text": said[f"{id}.answer" if dialogue else f"{id}.text"],
        "next_question": said[f"{id}.next"] if dialogue else None,
        "areas": list(lesson.areas),
        "activity_families": list(lesson.families),
        "terms": [{"term": said[f"term.{one}"], "means": said[f"term.{one}.means"]} for one in lesson.terms],
    }
