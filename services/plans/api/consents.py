"""The routes of consents: what a person is asked to allow, in which words, what they allow, and all they ever said."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictInt

from services.plans.api.aims import SOURCES
from services.plans.api.desk import Desk, json
from services.plans.api.paging import Cursor, Limit, page, position_of
from services.plans.api.requests import BODY
from services.plans.domain import consents
from services.plans.domain.consents import Consents, GrantConsent, Heard, Purpose, WithdrawConsent
from services.plans.store.circle import CONSENTS
from services.plans.texts.circle import DIRECTION, circle_texts
from shared.clinics import language_of
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, found, may

Language = Literal["en", "es", "ar"]


class ConsentBody(BaseModel):
    """The person's yes to one purpose, and which text they read; staff who note it say how they heard it (`source`)."""

    model_config = BODY
    id: Id
    purpose: Purpose
    text_version: Annotated[StrictInt, Field(ge=1, le=10_000)]
    language: Language
    source: Heard = "app"


class WithdrawalBody(BaseModel):
    """The person takes a yes back; `id` is made by the client."""

    model_config = BODY
    id: Id
    source: Heard = "app"


class ConsentSaidView(BaseModel):
    """What stands on a purpose now, since `at`."""

    consent_id: str
    purpose: Purpose
    stands: bool
    at: datetime


class ConsentView(BaseModel):
    """One purpose: the text that is asked today, and whether the person allows it (`stands`, since `at`).

    `ask_again` says that the text has changed since. `consent_id` names the last episode, null where there is none.
    """

    purpose: Purpose
    title: str
    text: str
    text_version: int
    stands: bool
    ask_again: bool
    consent_id: str | None
    at: datetime | None

    @classmethod
    def of(cls, purpose: Purpose, said: Consents, language: str) -> "ConsentView":
        """The view of a purpose in this language."""
        last, words = consents.of(said, purpose), circle_texts(language)
        return cls(
            purpose=purpose,
            title=words[f"consent.{purpose}.title"],
            text=words[f"consent.{purpose}.text"],
            text_version=consents.TEXT_VERSION,
            stands=consents.stands(said, purpose),
            ask_again=last is not None and consents.asked_again(last),
            consent_id=None if last is None else last.consent_id,
            at=None if last is None else last.withdrawn_at or last.given_at,
        )


class ConsentsView(BaseModel):
    """Every purpose that a person may be asked about, in one language."""

    language: Language
    direction: Literal["ltr", "rtl"]
    purposes: list[ConsentView]


class WordView(BaseModel):
    """One word on a consent: a yes to a text, or that it is taken back; `noted_by` only for clinicians."""

    purpose: Purpose
    consent_id: str
    word: Literal["granted", "withdrawn"]
    text_version: int
    language: Language | None
    heard: Heard
    noted_by: str | None
    at: datetime


class WordsView(BaseModel):
    """A page of all that was ever said, the latest first; `next_cursor` is null on the last."""

    words: list[WordView]
    next_cursor: str | None


def consent_router(desk: Desk) -> APIRouter:
    """The routes of consents, under `/v1`."""
    routes, runtime = APIRouter(prefix="/v1", tags=["consents"]), desk.runtime

    @routes.get("/patients/{patient_id}/consents")
    async def read_consents(patient_id: PersonId, caller: Caller, language: Language | None = None) -> ConsentsView:
        """What the person is asked to allow and what they allow, in `language` or their own. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        chosen: Any = language or language_of(found(state.person).locale)
        views = [ConsentView.of(one, state.circle.consents, chosen) for one in consents.PURPOSES]
        return ConsentsView(language=chosen, direction=DIRECTION[chosen], purposes=views)

    @routes.post("/patients/{patient_id}/consents", status_code=201, response_model=ConsentSaidView)
    async def grant_consent(
        patient_id: PersonId, body: ConsentBody, caller: Caller, role: Annotated[str, may("patient", "clinician")]
    ) -> Response:
        """Say yes to one purpose: the person themselves, or staff noting their words (W3)."""
        await desk.known(caller, patient_id)
        command = GrantConsent(body.id, body.purpose, body.text_version, body.language, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.post("/patients/{patient_id}/consents/{consent_id}/withdraw", response_model=ConsentSaidView)
    async def withdraw_consent(
        patient_id: PersonId,
        consent_id: Id,
        body: WithdrawalBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Take a yes back, in force at once: the person themselves, or staff noting their words (W3)."""
        await desk.known(caller, patient_id)
        command = WithdrawConsent(consent_id, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    @routes.get("/patients/{patient_id}/consents/history")
    async def read_history(patient_id: PersonId, caller: Caller, cursor: Cursor = None, limit: Limit = 50) -> WordsView:
        """Every yes and every taking back, with the text it was about. Patient or clinician."""
        position = position_of(cursor)
        role = allow(caller, patient_id, "patient", "clinician")
        await desk.known(caller, patient_id)
        await runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant}
        documents, following = await page(desk, CONSENTS, where, position, limit)
        names = WordView.model_fields.keys() - {"noted_by"}
        return WordsView(
            words=[
                WordView(
                    **{name: one[name] for name in names}, noted_by=one["noted_by"] if role == "clinician" else None
                )
                for one in documents
            ],
            next_cursor=following,
        )

    return routes
