"""The route of adherence: what a person reads of their days, and what their clinician reads beside it."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Query

from services.progression.adherence_views import ClinicianView, PersonView, clinician_view, person_view
from services.progression.store import ADHERENCE, TRACKS
from services.progression.texts.adherence import words
from shared.runtime.runtime import Runtime
from shared.web.principal import Caller, PersonId, allow, found

_READERS: Final = ("patient", "clinician")

Language = Annotated[
    str | None,
    Query(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="The language to answer in (en, es, ar); else English."),
]


def adherence_router(runtime: Runtime) -> APIRouter:
    """The route, without its prefix; tenant and roles come from the token."""
    routes = APIRouter(prefix="/v1", tags=["progression"])

    @routes.get("/patients/{patient_id}/adherence")
    async def read_adherence(
        patient_id: PersonId, caller: Caller, language: Language = None
    ) -> ClinicianView | PersonView:
        """How the plan and the person's days go together, up to yesterday. Patient or clinician.

        A patient reads counts in words; nothing is a rate, and after a gap nothing is counted. A clinician reads the
        same, and rates, bands and reasons beside it. Planned slots are not known here yet: what is planned is F/7 of a
        session for each day that counts. Days of a flare, a pause or a stop, blocked days and days with more than 6 h
        without the platform do not count.
        """
        role = allow(caller, patient_id, *_READERS)
        found(await runtime.settle(patient_id, caller.tenant) or None)
        where = {"key": patient_id, "tenant": caller.tenant}
        stored = await runtime.find(ADHERENCE, {"_id": f"{patient_id}:latest", "tenant": caller.tenant}, limit=1)
        tracks = {t["track_id"]: t for t in await runtime.find(TRACKS, {**where, "active": 1}) if t.get("marker")}
        content = json.loads(stored[0]["content"]) if stored else None
        say = words(language)
        person = person_view(content, stored[0]["as_of"] if stored else None, tracks, say)
        return clinician_view(content, person, say) if role == "clinician" else person

    return routes
