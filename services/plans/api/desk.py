"""What every route of plans does alike: who the person is, carrying out a command, words sealed and opened again."""

from typing import Any

from fastapi.responses import JSONResponse, Response

from services.plans.domain.model import PatientState
from shared.clinics import Clinics, Human
from shared.runtime.messages import Answer
from shared.runtime.runtime import Runtime
from shared.web.principal import Principal, actor, found


class Desk:
    """The running service and its clinics, as routes use them."""

    def __init__(self, runtime: Runtime, clinics: Clinics) -> None:
        self.runtime = runtime
        self.clinics = clinics

    async def known(self, caller: Principal, patient_id: str) -> PatientState:
        """The file of an enrolled person of the caller's tenant; `Refused` 404 for a stranger."""
        state: PatientState | None = await self.runtime.state(patient_id, caller.tenant)
        found(state and state.person)
        return found(state)

    async def run(
        self, caller: Principal, role: str, patient_id: str, command: Any, command_id: str, source: str = "clinician"
    ) -> Answer:
        """Carry a command out in the role that the route allowed; `source` is the way it came in (vocabulary 0.2)."""
        return await self.runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=command,
            command_id=command_id,
            actor=actor(caller, role),
            source=source,
        )

    async def seal(self, caller: Principal, patient_id: str, text: str | None) -> str | None:
        """Words sealed with the person's key; ask `known` first, for a stranger is to have no key."""
        return None if text is None else await self.runtime.sealer.seal(caller.tenant, patient_id, text)

    async def unseal(self, caller: Principal, patient_id: str, token: str | None) -> str | None:
        """The words of a token, None where there are none."""
        return None if token is None else await self.runtime.sealer.unseal(caller.tenant, patient_id, token)

    def minors_served(self, caller: Principal) -> bool:
        """Whether the caller's clinic gives plans to people under age (its switch, off by default)."""
        clinic = self.clinics.of(caller.tenant)
        return clinic is not None and clinic.minors

    def human(self, caller: Principal, state: PatientState) -> Human | None:
        """Whom the person can reach, in their language (article P8.1)."""
        clinic = self.clinics.of(caller.tenant)
        return None if clinic is None or state.person is None else clinic.human(state.person.locale)


def json(answer: Answer, *, etag: bool = False) -> Response:
    """An answer as it is sent; with `etag` the version of the plan that it tells."""
    headers = {"ETag": f'"{answer.body["plan_version"]}"'} if etag else None
    return JSONResponse(dict(answer.body), answer.status, headers)
