"""What every route asks first: who calls, which person, which group, and how a group is called."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from services.community.domain.commands import Command
from services.community.domain.memberships import GROUPS_MAX
from services.community.domain.model import CommunityState, Group, Person
from services.community.store import GROUPS, MEMBERS, groups_by_id, persons_memberships
from shared.runtime.aggregate import encode
from shared.runtime.messages import Answer
from shared.runtime.runtime import Runtime
from shared.web.principal import Principal, actor, allow_role, found
from shared.web.problems import refused

Document = Mapping[str, Any]

MANY: Final = 4 * GROUPS_MAX
"""More memberships of one person than there can be at a time."""


def own_id(caller: Principal) -> str:
    """The person who calls for themselves; anybody else is `Refused` 403."""
    allow_role(caller, "patient")
    if caller.patient_id is None:
        raise refused(403)
    return caller.patient_id


async def known_person(runtime: Runtime, caller: Principal, patient_id: str) -> Person:
    """An enrolled person of the caller's tenant; anybody else is `Refused` 404."""
    state: CommunityState | None = await runtime.state(patient_id, caller.tenant)
    person = found(None if state is None else state.person)
    found(person.enrolment)
    return person


async def known_group(runtime: Runtime, caller: Principal, group_id: str) -> Group:
    """A group of the caller's tenant, freshly read; any other is `Refused` 404."""
    state: CommunityState | None = await runtime.state(group_id, caller.tenant)
    return found(None if state is None else state.group)


async def memberships(runtime: Runtime, caller: Principal, patient_id: str) -> dict[str, Document]:
    """The person's memberships of now, by group."""
    where = persons_memberships(caller.tenant, patient_id)
    return {document["key"]: document for document in await runtime.find(MEMBERS, where, limit=MANY)}


async def groups_named(runtime: Runtime, caller: Principal, group_ids: Collection[str]) -> dict[str, Document]:
    """The documents of these groups by id, with their names opened."""
    if not group_ids:
        return {}
    documents = await runtime.find(GROUPS, groups_by_id(caller.tenant, group_ids), limit=len(group_ids))
    return await opened(runtime, caller, documents)


async def opened(runtime: Runtime, caller: Principal, documents: Iterable[Document]) -> dict[str, Document]:
    """Groups by id, in the order given, with their names opened."""
    by_id = {document["key"]: document for document in documents}
    ring = await runtime.sealer.load(caller.tenant, by_id, create=False)
    return {
        group_id: {**document, "name": ring.unseal(caller.tenant, group_id, document["name"]).decode()}
        for group_id, document in by_id.items()
    }


async def carry_out(
    runtime: Runtime, caller: Principal, role: str, key: str, command: Command, command_id: str, said: Mapping[str, Any]
) -> Answer:
    """Execute a command; what the client `said` makes two commands the same, not what was read or made up for them."""
    return await runtime.execute(
        key=key,
        tenant=caller.tenant,
        command=command,
        command_id=command_id,
        actor=actor(caller, role),
        source="app",
        content=encode(said),
    )
