"""What is answered to a flare that is reported while everything stands still: the warning signs and whom to call (W15).

A report that is refused still comes from somebody who is worse: they are asked for red flags and told whom to call, in
the fields that a worrying log is answered with (domain/safety.md 9.1).
"""

from typing import Any, Final

import orjson
from fastapi import Response
from pydantic import BaseModel, Field

from services.progression.flare_page import FlarePages, FlarePlanView
from shared.clinics import Clinic, Human, language_of
from shared.red_flags import questions
from shared.runtime.messages import Refused
from shared.web.problems import MEDIA_TYPE, from_refused

STOPPED: Final = "suspended"
"""The code of the refusal that is answered so."""


class SignView(BaseModel):
    """One sign, to be answered yes or no."""

    code: str
    text: str


class AttentionView(BaseModel):
    """What to do at once; `answer_at` is where the signs are answered (`safety`), with the codes that were yes.

    Without a flare plan, while it cannot be read, and for a caregiver `flare_plan` is null (W3).
    """

    why: str = Field(description="Always `flare_report`.")
    language: str
    warning_signs: list[SignView]
    answer_at: str
    flare_plan: FlarePlanView | None
    human: Human | None
    emergency_number: str | None
    crisis_line: str | None


async def stopped(
    error: Refused,
    pages: FlarePages,
    tenant: str,
    patient_id: str,
    locale: str | None,
    clinic: Clinic | None,
    *,
    own: bool,
) -> Response:
    """The problem document of a report that was refused for a stop, with `attention` as an extension (RFC 9457 3.2)."""
    told = AttentionView(
        why="flare_report",
        language=language_of(locale),
        warning_signs=[SignView(code=one.code, text=one.text) for one in questions(locale)],
        answer_at=f"/v1/patients/{patient_id}/red-flags",
        flare_plan=await pages.words(tenant, patient_id) if own else None,
        human=clinic.human(locale) if clinic else None,
        emergency_number=clinic.emergency_number if clinic else None,
        crisis_line=clinic.crisis_line if clinic else None,
    )
    plain = from_refused(error)
    body: dict[str, Any] = {**orjson.loads(plain.body), "attention": told.model_dump()}
    return Response(orjson.dumps(body), plain.status_code, media_type=MEDIA_TYPE)
