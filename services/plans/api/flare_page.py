"""The route of the page for a flare: what to do and whom to call, on one page, to be read, printed and kept at hand."""

import json as plain_json
import textwrap
from collections.abc import Callable
from datetime import date
from html import escape
from typing import Annotated, Final, Literal

from babel.dates import format_date
from fastapi import APIRouter, Header, Query
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field

from services.plans.api.desk import Desk
from services.plans.api.scopes import reader
from services.plans.domain.model import PatientState
from services.plans.texts.doing import RIGHT_TO_LEFT, say
from shared.clinics import Clinic, Human, language_of
from shared.clock import local_date
from shared.ids import content_hash
from shared.web.principal import Caller, PersonId, found

PAGE_LINES: Final = 64
PAGE_WIDTH: Final = 86
"""A page (A4) holds so many lines of so many characters in print of 10 points."""

KEPT: Final = "private, max-age=3600, stale-if-error=2592000"
"""The person's own device keeps it: it is asked for anew after an hour, and read from there while nothing answers."""

NOT_KEPT: Final = "no-store"
"""A caregiver's device keeps nothing, so that what the person takes back is gone."""

_CSP: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = (
    "@page{size:A4;margin:12mm}body{font:10pt/1.2 sans-serif;max-width:180mm;margin:auto}"
    "h1{font-size:14pt;margin:0}h2{font-size:11pt;margin:6pt 0 2pt}ol,ul{margin:0}p{margin:2pt 0}"
    "li,p{overflow-wrap:anywhere}.first{font-weight:bold}"
)


class CallView(BaseModel):
    """Whom the person wanted to call, by the name they gave."""

    label: str
    number: str


class FlarePageView(BaseModel):
    """The page: what the person does in a flare, and whom they call, as it was written with them (article P9.5).

    `human` is the clinic with its hours, `emergency_number` that of its country; `text` is the whole page in lines.
    """

    language: str
    plan_version: int
    written_on: date = Field(description="The person's own day on which this version came into force.")
    title: str
    steps: list[str]
    phones: list[CallView]
    human: Human | None
    emergency_number: str | None
    text: str


def flare_router(desk: Desk) -> APIRouter:
    """The route of the page for a flare, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["doing"])

    @routes.get(
        "/patients/{patient_id}/flare-plan",
        response_model=FlarePageView,
        responses={
            200: {
                "content": {"text/html": {"schema": {"type": "string"}}, "text/plain": {"schema": {"type": "string"}}}
            },
            304: {"description": "The page is as it was read."},
        },
    )
    async def read_flare_page(
        patient_id: PersonId,
        caller: Caller,
        format: Annotated[Literal["json", "html", "text"], Query(description="To be read or printed.")] = "json",
        if_none_match: Annotated[str | None, Header(description="The ETag of the page as it was read.")] = None,
    ) -> Response:
        """The flare plan in force on one page, with contacts. Patient, clinician, caregiver who is shown it."""
        role, state = await reader(desk, caller, patient_id, "flare_plan", "patient", "clinician")
        words = await desk.unseal(caller, patient_id, _sealed(state))
        page = page_of(state, found(words), desk.clinics.of(caller.tenant))
        etag = f'"{content_hash([page.model_dump(mode="json"), format])[:32]}"'
        headers = {"ETag": etag, "Cache-Control": NOT_KEPT if role == "caregiver" else KEPT}
        if if_none_match is not None and etag in {one.strip().removeprefix("W/") for one in if_none_match.split(",")}:
            return Response(status_code=304, headers=headers)
        match format:
            case "html":
                return HTMLResponse(as_html(page), headers={**headers, "Content-Security-Policy": _CSP})
            case "text":
                return PlainTextResponse(page.text, headers=headers)
            case _:
                return JSONResponse(page.model_dump(mode="json"), headers=headers)

    return routes


def page_of(state: PatientState, words: str, clinic: Clinic | None) -> FlarePageView:
    """The page of the plan in force from its opened words, in the person's language."""
    person, plan = found(state.person), found(state.plan)
    human = None if clinic is None else clinic.human(person.locale)
    plain = plain_json.loads(words)
    page = FlarePageView(
        language=language_of(person.locale),
        plan_version=plan.version,
        written_on=local_date(plan.effective_at, person.tz, person.day_starts_at),
        title=say("flare.title", person.locale),
        steps=plain["steps"],
        phones=plain["phones"],
        human=human,
        emergency_number=None if clinic is None else clinic.emergency_number,
        text="",
    )
    return page.model_copy(update={"text": as_text(page)})


def as_text(page: FlarePageView) -> str:
    """The page as lines: at most 64 of at most 86 characters, whatever was written into the plan."""
    lines = _lines(page, _by_words)
    return "\n".join(lines if len(lines) <= PAGE_LINES else _lines(page, _by_characters)) + "\n"


def as_html(page: FlarePageView) -> str:
    """The page to be printed, in the language's direction."""
    side = "rtl" if page.language in RIGHT_TO_LEFT else "ltr"
    steps = "".join(f"<li>{escape(one)}</li>" for one in page.steps)
    calls = "".join(f"<li>{escape(one.label)}: <bdi dir=ltr>{escape(one.number)}</bdi></li>" for one in page.phones)
    last = "".join(f"<p>{escape(one)}</p>" for one in _closing(page))
    return (
        f'<!doctype html><html lang="{page.language}" dir="{side}"><head><meta charset="utf-8">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(page.title)}</h1><p>{escape(_version(page))}</p>"
        f"{''.join(f'<p class=first>{escape(one)}</p>' for one in _danger(page))}"
        f"<h2>{escape(say('flare.steps', page.language))}</h2><ol>{steps}</ol>"
        f"<h2>{escape(say('flare.phones', page.language))}</h2><ul>{calls}</ul>{last}</body></html>"
    )


def _lines(page: FlarePageView, wrap: Callable[[str, str], list[str]]) -> list[str]:
    steps = [line for number, one in enumerate(page.steps, 1) for line in wrap(one, f"{number}. ")]
    calls = [line for one in page.phones for line in wrap(f"{one.label}: {_number(page, one.number)}", "- ")]
    return [
        page.title,
        _version(page),
        "",
        *(line for one in _danger(page) for line in wrap(one, "")),
        "",
        say("flare.steps", page.language),
        *steps,
        "",
        say("flare.phones", page.language),
        *calls,
        *(line for one in _closing(page) for line in wrap(one, "")),
    ]


def _version(page: FlarePageView) -> str:
    day = format_date(page.written_on, "long", locale=page.language)
    return say("flare.version", page.language, version=page.plan_version, date=day)


def _danger(page: FlarePageView) -> list[str]:
    number = page.emergency_number
    return [] if number is None else [say("flare.emergency", page.language, emergency=_number(page, number))]


def _closing(page: FlarePageView) -> list[str]:
    human, found_lines = page.human, []
    if human is not None:
        phone = _number(page, human.phone)
        found_lines = [say("flare.clinic", page.language, clinic=human.name, phone=phone, hours=human.hours)]
        found_lines += [] if human.messages_read else [say("flare.unread", page.language)]
    return [*found_lines, say("flare.gentle", page.language)]


def _number(page: FlarePageView, number: str) -> str:
    """A number that keeps its order within text that runs from right to left."""
    return f"\u2066{number}\u2069" if page.language in RIGHT_TO_LEFT else number


def _sealed(state: PatientState) -> str:
    plan = state.plan
    return found(None if plan is None or plan.ended else plan.terms.flare_plan_sealed)


def _by_words(text: str, mark: str) -> list[str]:
    return textwrap.wrap(text, PAGE_WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark)) or [mark]


def _by_characters(text: str, mark: str) -> list[str]:
    room = PAGE_WIDTH - len(mark)
    pieces = [text[at : at + room] for at in range(0, len(text), room)]
    return [f"{mark if index == 0 else ' ' * len(mark)}{piece}" for index, piece in enumerate(pieces)]
