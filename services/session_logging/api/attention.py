"""The words around a worrying answer (W15): signs, flare plan, human and numbers, from what this process has by it."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from services.session_logging.api.answers import Attention, FlarePlan, Sign
from shared.clinics import Clinics, language_of
from shared.red_flags import questions
from shared.runtime.messages import Answer
from shared.runtime.ports import DependencyDown
from shared.runtime.runtime import Runtime
from shared.sealing import Erased, NotSealed

_PART: Final = "attention"


async def with_words(runtime: Runtime, clinics: Clinics, tenant: str, patient_id: str, answer: Answer) -> Answer:
    """The answer with its part `attention` told in full; one without such a part as it is.

    Nothing outside this process is needed but the person's key, and without that only the flare plan is missing: a
    worrying log is never left without its answer (domain/progression.md 2.11 W15).
    """
    part: Mapping[str, Any] | None = answer.body.get(_PART)
    if part is None:
        return answer
    locale, clinic = part["locale"], clinics.of(tenant)
    told = Attention(
        why=part["why"],
        language=language_of(locale),
        warning_signs=[Sign(code=question.code, text=question.text) for question in questions(locale)],
        answer_at=f"/v1/patients/{patient_id}/red-flags",
        flare_plan=await _flare_plan(runtime, tenant, patient_id, part["flare_plan_sealed"]),
        human=clinic.human(locale) if clinic else None,
        emergency_number=clinic.emergency_number if clinic else None,
        crisis_line=clinic.crisis_line if clinic else None,
    )
    return Answer(answer.status, {**answer.body, _PART: told.model_dump()})


async def _flare_plan(runtime: Runtime, tenant: str, patient_id: str, sealed: str | None) -> FlarePlan | None:
    if sealed is None:
        return None
    try:
        return FlarePlan.model_validate_json(await runtime.sealer.unseal(tenant, patient_id, sealed))
    except (DependencyDown, Erased, NotSealed, ValidationError):
        return None
