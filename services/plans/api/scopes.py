"""Who reads a person's file: the roles of a route, and a caregiver as far as the person shows it to them."""

from services.plans.api.desk import Desk
from services.plans.domain.circle import Caregiver, Scope
from services.plans.domain.model import PatientState
from services.plans.domain.seen import link
from shared.web.principal import Principal, allow
from shared.web.problems import refused


async def linked(desk: Desk, caller: Principal, patient_id: str) -> tuple[PatientState, Caregiver]:
    """The file and the link of a caregiver who calls; `Refused` 403 without one, whoever the person is.

    The file is read for each request, so that what the person takes back is gone with the next one.
    """
    allow(caller, patient_id, "caregiver")
    state: PatientState | None = await desk.runtime.state(patient_id, caller.tenant)
    found = None if state is None else link(state, caller.subject)
    if state is None or found is None:
        raise refused(403)
    return state, found


async def reader(desk: Desk, caller: Principal, patient_id: str, scope: Scope, *roles: str) -> tuple[str, PatientState]:
    """The role in which the caller reads, and the file: one of `roles`, or a caregiver who is shown this `scope`.

    `Refused` 403 for others, 404 for a stranger.
    """
    role = allow(caller, patient_id, *roles, "caregiver")
    if role != "caregiver":
        return role, await desk.known(caller, patient_id)
    state, found = await linked(desk, caller, patient_id)
    if scope not in found.scopes:
        raise refused(403)
    return role, state


async def goals_shown(
    desk: Desk, caller: Principal, patient_id: str, *roles: str
) -> tuple[PatientState, frozenset[str] | None]:
    """The file, and the ids of the goals that the caller reads: None for all, to one of `roles`; to a caregiver those
    that the person shows them, one by one. `Refused` 403 where that is none, 404 for a stranger."""
    if allow(caller, patient_id, *roles, "caregiver") != "caregiver":
        return await desk.known(caller, patient_id), None
    state, found = await linked(desk, caller, patient_id)
    if not found.goal_ids:
        raise refused(403)
    return state, frozenset(found.goal_ids)
